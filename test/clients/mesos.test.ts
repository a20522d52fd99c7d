import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { NONE_IS_MISSED } from '../../src/balancing/chain.ts'
import { agentState, agentTasks } from '../../src/clients/mesos/agent.ts'
import { pidAddress } from '../../src/clients/mesos/answers.ts'
import { masterState, namedLeader, runningFlags } from '../../src/clients/mesos/master.ts'
import { mesos } from '../../src/clients/mesos/mesos.ts'
import { Secret } from '../../src/shell/secret.ts'
import { type Asked, httpPeer, type Said } from '../support/http-peer.ts'

const test = suite('cluster/mesos')

/**
 * What a real cluster of three masters and two agents answered (ClusterD 1.11.0), byte for byte; the leader's metrics
 * without those of its frameworks.
 */
const recorded = (name: string): string => readFileSync(new URL(`answers/mesos/${name}.txt`, import.meta.url), 'utf8')

const message = async (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'it resolved',
    (error: Error) => `${error.name}: ${error.message}`,
  )
const STANDBY: Said = { status: 307, headers: { Location: '//10.77.0.13:5050/master/slaves' } }
const NO_LEADER: Said = { status: 503, body: 'No leader elected' }

/** Masters that answer as they are told, and what each was asked. */
function masters(...says: readonly ((asked: Asked) => Said)[]) {
  const asked: string[] = []
  const hosts = says.map((answer, i) => ({
    name: `m${i + 1}`,
    dial: httpPeer((what) => {
      asked.push(`m${i + 1} ${what.method} ${what.path}${what.body && ` ${what.body}`}`)
      return answer(what)
    }),
  }))
  return { hosts, asked, client: mesos({ masters: hosts }) }
}
const says = (said: Said) => () => said

test('the leader is found by asking all, and is asked first from then on', async () => {
  const { client, asked } = masters(says(STANDBY), says(new Error('refused')), says({ body: recorded('slaves') }))
  assert.is((await client.agents()).leader, 'm3')
  await client.agents()
  assert.equal(asked, ['m1 GET /slaves', 'm2 GET /slaves', 'm3 GET /slaves', 'm3 GET /slaves'])
})

test('agents', async () => {
  const { agents, missing } = await masters(says({ body: recorded('slaves') })).client.agents()
  assert.equal(agents[1], {
    id: 'a1ed2d33-3dad-4f32-8e85-039f9df71c2f-S16',
    hostname: 'h4',
    ip: '10.77.0.14',
    port: 5051,
    active: true,
    deactivated: false,
    attributes: { rack: 'r4', zone: 'a' },
    whole: { cpus: 2, mem: 2048, disk: 4096 },
    ports: [[31000, 32000]],
    free: { cpus: 1.8, mem: 1984, disk: 4096 },
    version: '1.11.0',
  })
  assert.equal(missing, [])
})

for (const [file, of, rack, room] of [
  ['slaves-deactivated', { active: false, deactivated: true }, 'r9', { cpus: 1.8, mem: 1984, disk: 4096 }],
  [
    'slaves-draining',
    { active: false, deactivated: true, drain: 'DRAINING' },
    'r4',
    { cpus: 1.6, mem: 1920, disk: 4096 },
  ],
  ['slaves-drained', { active: false, deactivated: true, drain: 'DRAINED' }, 'r4', { cpus: 2, mem: 2048, disk: 4096 }],
] as const) {
  test(`an agent among ${file}`, async () => {
    const { agents } = await masters(says({ body: recorded(file) })).client.agents()
    const { id: _, hostname: __, ip: ___, port: ____, attributes, free, ...rest } = agents[0] as (typeof agents)[number]
    assert.equal(rest, { whole: { cpus: 2, mem: 2048, disk: 4096 }, ports: [[31000, 32000]], version: '1.11.0', ...of })
    assert.equal([attributes, free], [{ rack, zone: 'a' }, room])
  })
}

test('an agent that has not come back since the failover is missing', async () => {
  const { missing } = await masters(says({ body: recorded('slaves-after-failover') })).client.agents()
  assert.equal(missing, ['a1ed2d33-3dad-4f32-8e85-039f9df71c2f-S17'])
})

test('frameworks: those that are there now', async () => {
  assert.equal(await masters(says({ body: recorded('frameworks') })).client.frameworks(), [
    { id: 'a1ed2d33-3dad-4f32-8e85-039f9df71c2f-0004', name: 'fw1', active: true, connected: true },
  ])
})

for (const [what, all, says_] of [
  [
    'none leads',
    [says(STANDBY), says(STANDBY)],
    'MesosAwayError: no master answers as the leader: m1 does not lead; m2 does not lead',
  ],
  ['none knows a leader', [says(NO_LEADER)], 'MesosAwayError: no master answers as the leader: m1 knows no leader'],
  [
    'none can be reached',
    [says(new Error('gone'))],
    'MesosAwayError: no master answers as the leader: m1: GET /slaves: gone',
  ],
  ['there is none', [], 'MesosAwayError: there is no master to ask'],
  [
    'it wants to know who asks',
    [says({ status: 401, body: '401 Unauthorized.' })],
    /RefusedLoginError: m1 asks for a principal and a secret, or does not accept/,
  ],
  [
    'it answers with something else',
    [says({ body: '[]' })],
    'Error: this is not what Mesos answers when it is asked for its agents',
  ],
  ['it does not answer with JSON', [says({ body: 'hello' })], "Error: m1's answer to /slaves is not JSON"],
  ['it fails', [says({ status: 500, body: 'oh' })], 'MesosError: m1 answered 500 to /slaves: oh'],
] as const) {
  test(`its agents, where ${what}`, async () => {
    const said = await message(masters(...all).client.agents())
    if (typeof says_ === 'string') assert.is(said, says_)
    else assert.match(said, says_)
  })
}

test('an operator says who it is, and its secret is not in an error', async () => {
  let header: string | undefined
  const dial = httpPeer(({ headers }) => {
    header = headers.authorization
    return { status: 403 }
  })
  const client = mesos({
    masters: [{ name: 'm1', dial }],
    credential: { principal: 'ops', secret: new Secret('s3cret') },
  })
  assert.not.match(await message(client.agents()), /s3cret/)
  assert.is(header, `Basic ${Buffer.from('ops:s3cret').toString('base64')}`)
})

test('taking an agent out and bringing it back', async () => {
  const { client, asked } = masters(says({}))
  await client.deactivate('S1')
  await client.drain('S1', 60, NONE_IS_MISSED)
  assert.is(await client.reactivate('S1'), 'done')
  assert.equal(asked, [
    'm1 POST /api/v1 {"type":"DEACTIVATE_AGENT","deactivate_agent":{"agent_id":{"value":"S1"}}}',
    'm1 POST /api/v1 {"type":"DRAIN_AGENT","drain_agent":{"agent_id":{"value":"S1"},"max_grace_period":{"seconds":60}}}',
    'm1 POST /api/v1 {"type":"REACTIVATE_AGENT","reactivate_agent":{"agent_id":{"value":"S1"}}}',
  ])
})

for (const [body, is] of [
  ['Agent is still in the DRAINING state', 'draining'],
  ['Agent is not deactivated', 'done'],
] as const) {
  test(`bringing back: "${body}"`, async () =>
    assert.is(await masters(says({ status: 400, body })).client.reactivate('S1'), is))
}
test('bringing back one that nobody knows', async () =>
  assert.is(
    await message(masters(says({ status: 400, body: 'Unknown agent' })).client.reactivate('S1')),
    'MesosError: REACTIVATE_AGENT was answered with 400: Unknown agent',
  ))

test("a leader's and a follower's metrics", async () => {
  assert.equal(await masterState(httpPeer(says({ body: recorded('metrics-leader') }))), {
    elected: true,
    recovered: true,
    serves: true,
    ensemble: 3,
    activeAgents: 2,
  })
  assert.equal(await masterState(httpPeer(says({ body: recorded('metrics-follower') }))), {
    elected: false,
    recovered: true,
    serves: false,
    ensemble: 3,
    activeAgents: 0,
  })
})

test('a master that is elected without a quorum does not serve', async () => {
  const metrics = { ...JSON.parse(recorded('metrics-follower')), 'master/elected': 1 }
  const { elected, serves } = await masterState(httpPeer(says({ body: metrics })))
  assert.equal([elected, serves], [true, false])
})

test('the leader that a master names', async () => {
  assert.is(await namedLeader(httpPeer(says({ status: 307, headers: { Location: '//h3:5050' } }))), 'h3:5050')
  assert.is(
    await namedLeader(httpPeer(says({ status: 307, headers: { Location: 'http://10.0.0.1:5050/' } }))),
    '10.0.0.1:5050',
  )
  assert.is(await namedLeader(httpPeer(says(NO_LEADER))), undefined)
})

test('the flags that it runs with', async () =>
  assert.is((await runningFlags(httpPeer(says({ body: recorded('flags') })))).quorum, '2'))

test('what an agent is and has', async () => {
  const state = await agentState(httpPeer(says({ body: recorded('agent-state') })))
  assert.equal(
    [state?.hostname, state?.port, state?.attributes, state?.resources, state?.flags.reconfiguration_policy],
    [
      'h4',
      5051,
      { rack: 'r4', zone: 'a' },
      { disk: 4096, mem: 2048, gpus: 0, cpus: 2, ports: '[31000-32000]' },
      'equal',
    ],
  )
})

for (const status of [401, 404, 503])
  test(`an agent that answers ${status} does not say what it is`, async () =>
    assert.is(await agentState(httpPeer(says({ status, body: 'Agent has not finished recovery' }))), undefined))

test('how many tasks an agent has', async () => {
  assert.is(await agentTasks(httpPeer(says({ body: recorded('agent-metrics') }))), 1)
  assert.is(await agentTasks(httpPeer(says({ status: 401 }))), undefined)
})

for (const [pid, is] of [
  ['slave(1)@10.77.0.15:5051', { ip: '10.77.0.15', port: 5051 }],
  ['slave(1)@[fd00::1]:5051', { ip: 'fd00::1', port: 5051 }],
] as const)
  test(`the address in ${pid}`, () => assert.equal(pidAddress(pid), is))

test.run()
