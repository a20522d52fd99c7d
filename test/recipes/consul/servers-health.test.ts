import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { byAddress, judge } from '../../../recipes/consul-server/health.ts'
import { consulServer } from '../../../recipes/consul-server.ts'
import type { ConsulAutopilot, ConsulServer } from '../../../src/index.ts'
import { agent, Failed, lab } from './lab.ts'

const test = suite("health of Consul's servers")

const LEADER = { '/v1/status/leader': '10.0.0.11:8300' }
const SERVERS = ['10.0.0.11:8300', '10.0.0.12:8300', '10.0.0.13:8300']

const NAMES = ['s-1', 's-2', 's-3']
const server = (n: number, more: Partial<ConsulServer> = {}): ConsulServer => ({
  id: `id-${n}`,
  name: `s-${n}`,
  address: `10.0.0.1${n}:8300`,
  leader: n === 1,
  healthy: true,
  voter: true,
  lastIndex: 100,
  serf: 'alive',
  lastContact: '36.9ms',
  ...more,
})
const autopilot = (failureTolerance: number, ...servers: readonly ConsulServer[]): ConsulAutopilot => ({
  healthy: true,
  failureTolerance,
  servers,
})
const ALL = autopilot(1, server(1), server(2), server(3))

for (const [what, n, state, applied, is] of [
  ['a follower', 2, ALL, 100, { green: true, says: 'follower, 3 of 3 servers healthy' }],
  ['the leader', 1, ALL, 120, { green: true, says: 'leader, 3 of 3 servers healthy', leads: true }],
  [
    'no servers at all',
    1,
    autopilot(0),
    100,
    { green: false, says: 'not yet among the 0 servers that the leader counts' },
  ],
  [
    'one that is struck off',
    3,
    autopilot(0, server(1), server(2)),
    100,
    { green: false, says: 'not yet among the 2 servers that the leader counts' },
  ],
  [
    'one of the same name that is made anew, of which the leader does not know yet',
    9,
    ALL,
    100,
    { green: false, says: 'not yet among the 3 servers that the leader counts' },
  ],
  [
    'one beside it',
    2,
    autopilot(0, server(1), server(2)),
    100,
    { green: true, says: 'follower, 2 of 3 servers healthy' },
  ],
  [
    'one that is new',
    3,
    autopilot(0, server(1), server(2), server(3, { voter: false })),
    100,
    { green: false, says: 'has no vote yet' },
  ],
  ['one that lags', 2, ALL, 40, { green: false, says: 'follower, 60 entries behind' }],
  [
    'one that the leader does not hear',
    2,
    autopilot(0, server(1), server(2, { healthy: false, serf: 'failed' }), server(3)),
    100,
    { green: false, says: 'the leader does not find it healthy: gossip calls it failed' },
  ],
  [
    'one that does not hear the leader in time',
    2,
    autopilot(0, server(1), server(2, { healthy: false, lastContact: '612ms' }), server(3)),
    100,
    {
      green: false,
      says: 'the leader does not find it healthy: it is alive, and last heard from the leader 612ms before',
    },
  ],
  [
    'three that are well beside a dead voter whom nobody knows: none may fail',
    1,
    autopilot(0, server(1), server(2), server(3), server(9, { healthy: false })),
    100,
    {
      green: false,
      says: 'leader, 3 of 3 servers healthy, but none may fail; s-9 is not in the inventory',
      leads: true,
    },
  ],
  [
    'four, of whom one is to go',
    2,
    autopilot(1, server(1), server(2), server(3), server(4)),
    100,
    { green: true, says: 'follower, 3 of 3 servers healthy; s-4 is not in the inventory' },
  ],
] as const) {
  test(`a server is: ${what}`, () => assert.equal(judge(NAMES, state, { id: `id-${n}`, applied }), is))
}

test('a single server may not fail, and is well', () =>
  assert.is(judge(['s-1'], autopilot(0, server(1)), { id: 'id-1', applied: 100 }).green, true))

const raw = (...all: readonly ConsulServer[]) => ({
  Healthy: true,
  FailureTolerance: 1,
  Servers: all.map((s) => ({
    ID: s.id,
    Name: s.name,
    Address: s.address,
    Leader: s.leader,
    Healthy: s.healthy,
    Voter: s.voter,
    LastIndex: s.lastIndex,
    SerfStatus: s.serf,
    LastContact: s.lastContact,
  })),
})
const SERVING = {
  ...LEADER,
  '/v1/operator/autopilot/health': raw(server(1), server(2), server(3)),
  '/v1/agent/self': { Config: { NodeID: 'id-1' }, Stats: { raft: { applied_index: '100' } } },
}
for (const [what, net, is] of [
  ['well', agent(SERVING), { green: true, says: 'leader, 3 of 3 servers healthy', leads: true }],
  ['not running', agent(undefined), { green: false, down: true, says: 'not running: port 8500 refuses' }],
  [
    'without a leader',
    agent({ '/v1/status/leader': '' }),
    { green: false, down: true, says: 'up, but the servers have no leader' },
  ],
  [
    'one whose leader has just died',
    agent({ ...SERVING, '/v1/operator/autopilot/health': new Failed(500, 'rpc error making call: EOF') }),
    { green: false, down: true, says: "up, but the servers' leader does not answer" },
  ],
  [
    'asked with a token that may not',
    agent({ ...SERVING, '/v1/operator/autopilot/health': 403 }),
    {
      green: false,
      variable: 'vars.consul.acl.tokens.agent',
      says: 'its token, vars.consul.acl.tokens.agent, may not ask how the servers are (it needs operator:read and agent:read): GET /v1/operator/autopilot/health answered 403: no',
    },
  ],
] as const) {
  test(`health of a server: ${what}`, async () => {
    const cluster = lab(3, 0)
    assert.equal(await consulServer.health?.(cluster.host('s-1'), cluster, net), is)
  })
}

for (const [what, leader, peers, is] of [
  [
    'leader',
    '10.0.0.11:8300',
    SERVERS,
    { green: true, says: 'leader among 3 of 3 servers; their health is unknown without a token', leads: true },
  ],
  [
    'follower',
    '10.0.0.12:8300',
    SERVERS.slice(0, 2),
    { green: false, says: 'follower among 2 of 3 servers; their health is unknown without a token' },
  ],
  [
    'follower beside a server that is gone from the inventory',
    '10.0.0.12:8300',
    [...SERVERS.slice(0, 2), '10.0.0.99:8300'],
    {
      green: false,
      says: 'follower among 2 of 3 servers; 10.0.0.99 is not in the inventory; their health is unknown without a token',
    },
  ],
  ['stranger', '10.0.0.12:8300', SERVERS.slice(1), { green: false, says: 'not yet among the 2 servers that vote' }],
] as const) {
  test(`without a token: a ${what}`, () => {
    const cluster = lab(3, 0)
    assert.equal(byAddress(cluster.host('s-1'), cluster.withRecipe('consul-server'), leader, peers), is)
  })
}

test.run()
