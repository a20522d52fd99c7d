import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { consul } from '../../../recipes/consul.ts'
import { withCertificates } from '../../support/certificates.ts'
import { agent, Failed, lab, secure } from './lab.ts'

const test = suite('health of a Consul agent')
const certificates = withCertificates(test)

const member = (Name: string, id: string) => ({ Name, Addr: '10.0.0.51', Status: 1, Tags: { role: 'node', id } })
const LEADER = { '/v1/status/leader': '10.0.0.11:8300' }
const KNOWN = {
  ...LEADER,
  '/v1/agent/members': [member('c-1', 'one')],
  '/v1/catalog/node/c-1': { Node: { ID: 'one', Address: '10.0.0.51' } },
}
/** What Consul 1.21 answered when two of three servers, the leader among them, had just stopped. */
const GONE =
  'rpc error getting client: failed to get conn: dial tcp 10.0.0.51:0->10.0.0.11:8300: connect: connection refused'
const SERVERS = ['10.0.0.11:8300', '10.0.0.12:8300', '10.0.0.13:8300']

for (const [what, net, is] of [
  ['a member', agent(KNOWN), { green: true, says: 'client' }],
  [
    'one that the catalogue does not have yet',
    agent({ ...KNOWN, '/v1/catalog/node/c-1': null }),
    { green: false, says: 'the catalogue does not have it yet' },
  ],
  [
    'one whose node id another has',
    agent({ ...KNOWN, '/v1/agent/members': [member('c-2', 'one'), member('c-1', 'one')] }),
    {
      green: false,
      says: 'has the node id of c-2, too, as a copy of its disk has: on the copy, run systemctl stop consul; rm /var/lib/consul/node-id; systemctl start consul',
    },
  ],
  [
    'one whose node id was that of a host that has left',
    agent({ ...KNOWN, '/v1/agent/members': [{ ...member('c-2', 'one'), Status: 3 }, member('c-1', 'one')] }),
    { green: true, says: 'client' },
  ],
  [
    'one whose name another has',
    agent({ ...KNOWN, '/v1/catalog/node/c-1': { Node: { ID: 'another-one', Address: '10.0.0.51' } } }),
    { green: false, says: 'the catalogue has another node of this name (another-)' },
  ],
  [
    'one that does not run',
    agent(undefined, { reads: 'stopped\n' }),
    {
      green: false,
      down: true,
      says: 'not running: port 8500 refuses; its unit was stopped, or never started',
    },
  ],
  [
    'one that has not got far',
    agent(undefined, { reads: 'active\nagent.auto_config: AutoEncrypt.Sign RPC failed: ACL not found\n' }),
    {
      green: false,
      down: true,
      says: 'starts, and port 8500 refuses yet: agent.auto_config: AutoEncrypt.Sign RPC failed: ACL not found',
    },
  ],
  [
    'one without a leader',
    agent({ '/v1/status/leader': '' }),
    { green: false, says: 'the servers have no leader', waitsFor: 'consul-server' },
  ],
  [
    'one whose leader has just died',
    agent({ ...KNOWN, '/v1/catalog/node/c-1': new Failed(500, GONE) }),
    { green: false, says: "the servers' leader does not answer", waitsFor: 'consul-server' },
  ],
  [
    'one whose servers are away',
    agent({ '/v1/status/leader': 500 }),
    { green: false, says: 'no server answers it', waitsFor: 'consul-server' },
  ],
  [
    'one that the servers do not want',
    agent({ '/v1/status/leader': 500 }, { open: SERVERS.slice(1) }),
    {
      green: false,
      says: 'knows no server, though 2 of 3 answer this host: another gossip key, certificate or token?',
    },
  ],
] as const) {
  test(`health of a client: ${what}`, async () => {
    const cluster = lab(3, 1)
    assert.equal(await consul.health?.(cluster.host('c-1'), cluster, net), is)
  })
}

test('a client with auto_encrypt does not even listen before its servers answer', async () => {
  const cluster = secure()
  const health = async (open: readonly string[]) =>
    (await consul.health?.(cluster.host('c-1'), cluster, agent(undefined, { open })))?.waitsFor
  assert.equal([await health([]), await health(SERVERS)], ['consul-server', undefined])
})

test('the certificates that an agent has are told when they end soon, or have', async () => {
  const cluster = secure()
  const says = async (name: string) => {
    const reads = `= /etc/consul.d/tls/ca.pem\n${certificates.read(`${name}.crt`)}`
    const health = await consul.health?.(cluster.host('c-1'), cluster, agent(KNOWN, { reads }))
    return [health?.green, health?.says]
  }
  assert.equal(await says('root'), [true, 'client'])
  assert.equal(await says('old'), [false, "client; the CA of Consul's agents expired at 2024-04-01 00:00 UTC"])
})

test("an agent on a server says nothing of the servers: that is the other recipe's", async () => {
  const cluster = lab(3, 0)
  assert.equal(await consul.health?.(cluster.host('s-1'), cluster, agent({ '/v1/status/leader': '' })), {
    green: true,
    says: 'agent',
  })
})

test.run()
