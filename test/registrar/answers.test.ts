import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { serverName } from '../../src/balancing/balanced.ts'
import { parseConfig } from '../../src/registrar/config.ts'
import { bootedAt } from '../../src/registrar/host.ts'
import { parseApps } from '../../src/registrar/marathon/answers.ts'
import { eventReader } from '../../src/registrar/marathon/events.ts'
import { ownedIn, payload, same } from '../../src/registrar/services/registration.ts'
import { look } from '../../src/registrar/services/view.ts'
import { ADDRESS, app, SELF, task, taskId } from './support.ts'

const test = suite('registrar: what it reads and writes')
const registration = [...look([app('/web', { tasks: [task(taskId('web', '8c44c806'))] })], SELF).seen.values()][0]
  ?.registration
if (registration === undefined) throw new Error('no registration')

const REAL = JSON.stringify({
  apps: [
    {
      id: '/web',
      instances: 2,
      healthChecks: [{ protocol: 'MESOS_TCP' }, { protocol: 'MESOS_HTTP', path: '/health' }],
      labels: { team: 'x' },
      portDefinitions: [{ port: 10000, name: 'http', protocol: 'tcp' }],
      versionInfo: { lastScalingAt: '2026-11-22T10:45:00.000Z', lastConfigChangeAt: '2026-11-22T10:43:26.398Z' },
      tasks: [
        {
          appId: '/web',
          healthCheckResults: [
            {
              alive: true,
              consecutiveFailures: 0,
              firstSuccess: '2026-11-22T10:46:48.979Z',
              instanceId: 'instance [web.instance-8c44c806-e661-11f1-87f4-193e2279135e]',
              lastSuccess: '2026-11-22T10:46:48.979Z',
            },
          ],
          host: 'agent1',
          id: 'web.instance-8c44c806-e661-11f1-87f4-193e2279135e._app.1',
          ports: [31058],
          slaveId: '25c79001-dd24-4d9b-8890-c0411d5abefa-S1',
          state: 'TASK_RUNNING',
          startedAt: '2026-11-22T10:43:28.845Z',
          version: '2026-11-22T10:43:26.398Z',
        },
      ],
    },
  ],
})

test('an answer of a real Marathon 1.11.26', () => {
  const [web] = parseApps(REAL)
  assert.equal(web, {
    id: '/web',
    labels: { team: 'x' },
    configuredAt: '2026-11-22T10:43:26.398Z',
    instances: 2,
    checks: [
      { protocol: 'MESOS_TCP', path: '/', portIndex: 0, port: undefined },
      { protocol: 'MESOS_HTTP', path: '/health', portIndex: 0, port: undefined },
    ],
    ports: [{ name: 'http', protocol: 'tcp', inside: 0, fixed: 0, onHost: true }],
    portsAt: 'portDefinitions',
    tasks: [
      {
        id: 'web.instance-8c44c806-e661-11f1-87f4-193e2279135e._app.1',
        slaveId: '25c79001-dd24-4d9b-8890-c0411d5abefa-S1',
        host: 'agent1',
        state: 'TASK_RUNNING',
        startedAt: Date.parse('2026-11-22T10:43:28.845Z'),
        version: '2026-11-22T10:43:26.398Z',
        ports: [31058],
        results: [{ alive: true, lastSuccess: Date.parse('2026-11-22T10:46:48.979Z') }],
      },
    ],
  })
})

test("a container's ports have names, too", () => {
  const apps = [{ id: '/web', container: { portMappings: [{ name: 'web' }, {}] }, tasks: [] }]
  assert.equal(
    parseApps(JSON.stringify({ apps }))[0]?.ports.map(({ name }) => name),
    ['web', ''],
  )
})

for (const answer of [
  '',
  '<html>',
  '[]',
  '{}',
  '{"apps":{}}',
  '{"apps":[{"id":"/web"}]}',
  '{"apps":[{"id":"/web","tasks":[{}]}]}',
]) {
  test(`nothing is concluded from ${answer || 'an empty answer'}`, () =>
    assert.throws(() => parseApps(answer), /Marathon's answer/))
}

for (const [task, portIndex, name] of [
  ['web.instance-8c44c806-e661-11f1-87f4-193e2279135e._app.1', 0, 't_8c44c806_1'],
  ['shop_web.instance-8c44c806-e661-11f1-87f4-193e2279135e._app.12', 0, 't_8c44c806_12'],
  ['web.instance-8c44c806-e661-11f1-87f4-193e2279135e._app.1', 2, 't_8c44c806_1_p2'],
  ['web.instance-8c44c806-e661-11f1-87f4-193e2279135e.container.3', 0, 't_8c44c806_3'],
  ['web.8c44c806-e661-11f1-87f4-193e2279135e', 0, 't_a17c76a8_0'],
] as const) {
  test(`server of ${task}`, () =>
    assert.match(serverName(task, portIndex), task.includes('instance') ? name : /^t_[0-9a-f]{8}_0$/))
}

test('what is sent to Consul', () => {
  const { Check, ...rest } = payload(registration)
  assert.equal(rest, {
    ID: registration.id,
    Name: 'web',
    Address: ADDRESS,
    Port: 31001,
    Tags: ['lb'],
    Meta: registration.meta,
  })
  assert.equal([Check.TCP, Check.Interval, Check.Timeout, Check.Status], [`${ADDRESS}:31001`, '5s', '2s', 'passing'])
  assert.is(payload({ ...registration, address: 'fd00::1' }).Check.TCP, '[fd00::1]:31001')
  // What Marathon calls well stays, whatever Consul finds.
  assert.not.ok(Object.keys(Check).some((key) => key.startsWith('Deregister')))
})

test('ours is what has our ID and our Meta', () => {
  const { ID, Name, Meta, ...rest } = payload(registration)
  const service = (more: object) => ({ ID, Service: Name, Meta, ...rest, ...more })
  const answer = {
    one: service({}),
    two: service({ ID: 'web' }),
    three: service({ Meta: {} }),
    four: service({ Meta: { ...Meta, cluster: 'other' } }),
    five: service({ ID: ID.replace('main', 'other') }),
    six: service({ ID: `${ID}x`, Meta: undefined }),
  }
  const owned = ownedIn(answer, 'main')
  assert.equal([...owned.keys()], [ID])
  assert.ok(same(owned.get(ID) as typeof registration, registration))
  assert.throws(() => ownedIn([], 'main'), /Consul's answer/)
})

for (const [what, more, equal] of [
  ['nothing', {}, true],
  ['a port', { port: 1 }, false],
  ['a name', { name: 'x' }, false],
  ['a value', { meta: { ...registration.meta, state: 'draining' } }, false],
  ['one value more', { meta: { ...registration.meta, 'lb-path': '/x' } }, false],
] as const) {
  test(`the same but for ${what}`, () => assert.is(same(registration, { ...registration, ...more }), equal))
}

const STREAM =
  'event: event_stream_attached\r\ndata: {"a":1}\r\n\r\n\r\n\r\nevent: status_update_event\r\ndata: {"b":\r\ndata: 2}\r\n\r\n: a remark\r\nevent: x\r\n\r\n'
for (const size of [1, 7, 1000]) {
  test(`an event stream in chunks of ${size}`, () => {
    const read = eventReader()
    const chunks = Array.from({ length: Math.ceil(STREAM.length / size) }, (_, i) =>
      STREAM.slice(i * size, (i + 1) * size),
    )
    assert.equal(chunks.flatMap(read), [
      { event: 'event_stream_attached', data: '{"a":1}' },
      { event: 'status_update_event', data: '{"b":\n2}' },
    ])
  })
}

test('when the host booted: when its first process began, in a container too', () => {
  const stat = `1 (sys (temd) x) S 0 1 1 ${'0 '.repeat(15)}20000 1 2 3`
  assert.is(bootedAt(1_000_000, stat, '500.00 900.00'), 1_000_000 - 300_000)
  assert.is(bootedAt(1_000_000, '', ''), 0)
  assert.ok(bootedAt(Date.now()) > 0 && bootedAt(Date.now()) <= Date.now())
})

const CONFIG = {
  cluster: 'main',
  address: ADDRESS,
  hostnames: [ADDRESS],
  marathon: ['http://10.0.0.11:8080'],
  consul: 'http://127.0.0.1:8500',
  agent: `http://${ADDRESS}:5051`,
  status: '/run/provision-registrar/status.json',
}

test('a configuration', () => assert.equal(parseConfig(JSON.stringify(CONFIG)), CONFIG))
for (const [what, text, says] of [
  ['no JSON', '{', /it is not JSON/],
  ['a list', '[]', /it is not an object/],
  ['nothing', '{}', /cluster is missing; address is missing; .*status is missing/],
  ['a misspelt key', JSON.stringify({ ...CONFIG, consulTokn: 'x' }), /^consulTokn is not a known key$/],
  ['no Marathon', JSON.stringify({ ...CONFIG, marathon: [] }), /^marathon must be a list of texts$/],
  ['a Marathon without http', JSON.stringify({ ...CONFIG, marathon: ['10.0.0.11:8080'] }), /^marathon must be of http/],
  ['a negative time', JSON.stringify({ ...CONFIG, debounceMs: -1 }), /^debounceMs must be a number above 0$/],
] as const) {
  test(`a configuration that is ${what}`, () => assert.throws(() => parseConfig(text), says))
}

test.run()
