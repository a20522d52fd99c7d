/**
 * A quorum or a leader is missing for a while: status says so within seconds, about nobody else; the app answers
 * meanwhile, and all is green again without a run. (Mesos and Marathon are stand-ins, unless real ones are given:
 * docs/sandbox.md.)
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { nothingLost, ok, withStack } from '../support/stack.ts'

const test = suite('a quorum is away, on hosts')
const stack = await withStack(test, import.meta.url)

const ALL = ['master-1', 'master-2', 'master-3']
const on = (names: readonly string[], command: string): Promise<unknown> =>
  Promise.all(names.map((name) => ok(stack.host(name), command)))

/** What is stopped where, and every sentence that may be red for it. */
interface Away {
  readonly what: string
  readonly hosts: readonly string[]
  readonly stops: string
  readonly starts: string
  readonly red: readonly RegExp[]
}

const unit = (name: string) => ({ stops: `systemctl stop ${name}`, starts: `systemctl start ${name}` })
const MASTERS_AWAY = /^slave-\d mesos-agent: no master answers as the leader: /
const NOT_FOLLOWED = /^slave-\d registrar: (Marathon cannot be asked: .*|not attached to Marathon's events) \(frozen: /
const CASES: readonly Away[] = [
  {
    what: 'two of three ZooKeepers',
    hosts: ['master-1', 'master-2'],
    ...unit('zookeeper'),
    red: [
      /^master-[12] zookeeper: not running: port 2181 refuses; its unit was stopped, or never started$/,
      /^master-3 zookeeper: (up, but in no quorum|no answer to srvr within 5 s)$/,
      /^master-\d mesos-master: .*no ZooKeeper serves$/,
      /^master-\d mesos-master: GET \/metrics\/snapshot: it closed the connection without a whole answer$/,
      /^master-\d mesos-master: not running: port 5050 refuses/,
      /^master-\d marathon: .*no ZooKeeper serves$/,
      /^master-\d marathon: GET \/v2\/info: it closed the connection without a whole answer$/,
      /^master-\d marathon: leader, and no master answers as the leader: /,
      MASTERS_AWAY,
      NOT_FOLLOWED,
    ],
  },
  {
    what: 'two of three Consul servers',
    hosts: ['master-1', 'master-2'],
    ...unit('consul'),
    red: [
      /^master-[12] consul(-server)?: not running: port 8500 refuses; its unit was stopped, or never started$/,
      /^master-3 consul-server: up, but (the servers have no leader|no server answers it|the servers' leader does not answer)$/,
      /^slave-\d consul: (the servers have no leader|no server answers it|the servers' leader does not answer)$/,
      // an agent asks for seconds whether there is a leader again
      /^(master-3 consul|master-3 consul-server|slave-\d consul): GET \/v1\/(operator|catalog)\/\S+: no answer within \d s$/,
      /^slave-\d consul-template: Consul does not answer it: /,
    ],
  },
  {
    what: 'two of three Mesos masters, which hang',
    hosts: ['master-1', 'master-2'],
    stops: 'systemctl kill -s STOP mesos-master',
    starts: 'systemctl kill -s CONT mesos-master',
    red: [
      /^master-[12] mesos-master: .*: no answer within 6 s$/,
      /^master-3 mesos-master: (knows no leader|elected, but without a quorum: it cannot read the registry)$/,
      /^master-\d marathon: (no Marathon leads just now|leader, and .*no master answers as the leader: .*)$/,
      /^master-\d marathon: leader, and not (registered with|connected to) Mesos$/,
      // one that leads ends where it loses Mesos, and systemd starts it again
      /^master-\d marathon: not running: port 8080 refuses/,
      MASTERS_AWAY,
      /^slave-\d mesos-agent: master-\d leads without a quorum$/,
      NOT_FOLLOWED,
    ],
  },
  {
    what: 'all Marathons',
    hosts: ALL,
    ...unit('marathon'),
    red: [/^master-\d marathon: not running: port 8080 refuses; its unit was stopped, or never started$/, NOT_FOLLOWED],
  },
]

test('bare hosts, and the app', async () => {
  await stack.converge()
  const { outcome, reason } = await stack.deploys({ version: 'v1' })
  assert.is(outcome, 'live', reason)
})

for (const { what, hosts, stops, starts, red } of CASES)
  test(`away: ${what}: status says that, and nothing is lost`, async () => {
    const client = stack.load()
    await client.reach(100)
    await on(hosts, stops)
    try {
      // at once, while it is noticed, and when it is known everywhere
      for (let n = 0; n < 4; n++) {
        const began = performance.now()
        const said = await stack.red()
        const seconds = (performance.now() - began) / 1000
        console.error(`${what}: ${seconds.toFixed(1)} s: ${said.join('\n  ')}`)
        assert.equal(
          said.filter((line) => !red.some((each) => each.test(line))),
          [],
        )
        for (const name of hosts)
          assert.ok(
            said.some((line) => line.startsWith(name)),
            `${name} is not red`,
          )
        await client.reach(client.sent + 500)
      }
    } catch (error) {
      await client.stop()
      throw error
    } finally {
      await on(hosts, starts)
      await stack.green()
    }
    await client.reach(client.sent + 100)
    nothingLost(await client.stop(), 1000)
  })

test.run()
