import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Events } from '../../contract/marathon/events.ts'
import { type Place, withPlace } from '../../standins/marathon/sim/place.ts'
import { launch, launchAt, type Started, serves } from '../../standins/marathon/sim/process.ts'
import { freePort } from '../../support/ports.ts'
import { until } from '../../support/until.ts'

const test = suite('marathon stand-in: how it ends')

const FIRST = /^\[[-0-9]{10} [:0-9]{8},\d{3}\] INFO {2}This is a stand-in for Marathon .* It is not Marathon\.\n/

const endsWith = async (started: Started, code: number, says: RegExp): Promise<void> => {
  assert.is(await started.ended, code, started.output())
  assert.match(started.output(), says)
}

// arguments, environment, exit code, what it says
const early: readonly (readonly [string, Record<string, string>, number, RegExp])[] = [
  ['--help', {}, 0, /^marathon stand-in: .* It is not Marathon\.\n/],
  [
    '--help',
    { MESOS_NATIVE_JAVA_LIBRARY: '/nope.so' },
    107,
    /^Failed to load native Mesos library from \/nope\.so\n(.*\n)*.*exit code 107\n$/,
  ],
  ['--master x --bogus', {}, 1, /\[scallop\] Error: Unknown option 'bogus'\n$/],
  ['--master x --hostname no.such.host.invalid', {}, 112, /Invalid command line flag/],
  ['--master x --hostname 127.0.0.1 --ssl_keystore_path /k', {}, 107, /shutting down with exit code 107\n$/],
]
for (const [args, env, code, says] of early)
  test(`${args} ${JSON.stringify(env)}: ${code}`, () => endsWith(launch(args.split(' '), env), code, says))

test('100 where no ZooKeeper answers in time', async () => {
  const one = await launchAt(await freePort(), ['--master', 'http://127.0.0.1:1', '--zk_connection_timeout', '200'])
  await endsWith(one, 100, /shutting down with exit code 100\n$/)
  assert.match(one.output(), FIRST)
})

test('111 where somebody has its port', () =>
  withPlace(async ({ zookeeper }) => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const at = ['--http_address', '127.0.0.1', '--http_port', String((other.address() as AddressInfo).port)]
    const own = [
      '--master',
      'http://127.0.0.1:1',
      '--zk',
      `zk://127.0.0.1:${zookeeper.port}/marathon`,
      '--hostname',
      '127.0.0.1',
    ]
    await endsWith(launch([...own, ...at]), 111, /shutting down with exit code 111\n$/)
    other.close()
  }))

// what happens to a leader, and its exit code
const late: Readonly<Record<string, readonly [(place: Place, leader: Started) => unknown, number]>> = {
  'it is told to end': [(_, { process }) => process.kill('SIGTERM'), 143],
  'it is told to abdicate': [(_, { address }) => fetch(`http://${address}/v2/leader`, { method: 'DELETE' }), 103],
  'Mesos has removed its framework': [({ mesos }) => mesos.refuse('Framework has been removed'), 110],
  'Mesos does not want it': [({ mesos }) => mesos.refuse('Role is not in the whitelist'), 106],
  'ZooKeeper is away': [({ zookeeper }) => zookeeper.cut(), 103],
}
for (const [name, [happens, code]] of Object.entries(late))
  test(`${code} where ${name}`, () =>
    withPlace(async (place) => {
      const leader = await place.start()
      await until('it is registered', () => place.mesos.frameworks.length === 1)
      await happens(place, leader)
      assert.is(await leader.ended, code, leader.output())
    }))

test('101 for a standby whose ZooKeeper is away', () =>
  withPlace(async ({ zookeeper, start }) => {
    const [leader, standby] = [await start(), await start()]
    zookeeper.cut()
    assert.equal([await leader.ended, await standby.ended], [103, 101])
  }))

test('104 where the session of one that was killed is still in the election, until that has expired', () =>
  withPlace(async ({ zookeeper, mesos, start }) => {
    const port = String(await freePort())
    const flags = ['--zk_session_timeout', '6000', '--http_port', port]
    const again = (): Started =>
      launch([
        ...['--master', `http://127.0.0.1:${mesos.port}`, '--zk', `zk://127.0.0.1:${zookeeper.port}/marathon`],
        ...['--hostname', '127.0.0.1', ...flags],
      ])
    const first = again()
    await until('it leads', () => first.output().includes('Leading.'))
    const other = await start()
    const expires = zookeeper.holdSessions()
    first.process.kill('SIGKILL')
    await first.ended
    const second = again()
    await endsWith(second, 104, new RegExp(`same id: 127.0.0.1:${port}. This is not allowed.*\n.*code 104\n$`))
    assert.is(other.process.exitCode, null, 'that of another address goes on')
    expires()
    await until('the other leads', () => other.output().includes('Leading.'))
    const third = again()
    await until('it is a standby', () => serves({ ...third, address: `127.0.0.1:${port}` }))
    third.process.kill('SIGTERM')
    assert.is(await third.ended, 143)
  }))

test('103 where another Mesos master leads, not where none does', () =>
  withPlace(async ({ zookeeper, mesos, start }) => {
    const { port } = mesos
    const info = JSON.stringify({
      hostname: '127.0.0.1',
      port,
      address: { ip: '127.0.0.1', hostname: '127.0.0.1', port },
    })
    zookeeper.put('/mesos/json.info_0000000007', info)
    const leader = await start(['--master', `zk://127.0.0.1:${zookeeper.port}/mesos`])
    await until('it is registered', () => mesos.frameworks.length === 1)
    const events = new Events(leader.address)
    await until('its events are followed', () => events.seen.length > 0)
    zookeeper.remove('/mesos/json.info_0000000007')
    await until('it sees that no master leads', () => leader.output().includes('No Mesos master leads'))
    assert.is((await fetch(`http://${leader.address}/v2/apps`)).status, 200)
    zookeeper.put('/mesos/json.info_0000000008', info)
    assert.is(await leader.ended, 103, leader.output())
    assert.is(events.seen.at(-1)?.eventType, 'scheduler_disconnected_event')
  }))

test.run()
