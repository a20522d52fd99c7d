import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { balanced, checkPort } from '../../src/balancing/balanced.ts'
import { balanceable, hostPort } from '../../src/balancing/definition.ts'
import { admin, bridge, http, of, plain, web } from './support.ts'

const test = suite('balancing: what ports and checks say')

// Ports on the host.
const own = { networks: [{ mode: 'container', name: 'dcos' }] }
for (const [what, more, path, says] of [
  ['of UDP', bridge({ ...web, protocol: 'udp' }), 'container.portMappings', /UDP port/],
  [
    "in a container's own network, without a hostPort",
    { ...own, ...bridge({ containerPort: 80 }) },
    'container.portMappings[0].hostPort',
    /"hostPort": 0/,
  ],
  ['none at all', { container: {} }, 'container.portMappings', /is missing/],
  ['none of a plain command', { container: undefined }, 'portDefinitions', /is missing/],
] as const) {
  test(`a port ${what}`, () => {
    const [first] = of({}, more)?.mistakes ?? []
    assert.is(first?.path, path)
    assert.match(first?.message ?? '', says)
  })
}
for (const [what, more] of [
  ['of UDP and TCP', bridge({ ...web, protocol: 'udp,tcp' })],
  ["in a container's own network, with a hostPort", { ...own, ...bridge({ ...web, hostPort: 0 }) }],
  ['of a plain command', { container: undefined, portDefinitions: [{ port: 0 }] }],
  ['of a plain command, as before Marathon 1.0', { container: undefined, ports: [0] }],
  ['of a container, as before Marathon 1.5', { container: { docker: { network: 'BRIDGE', portMappings: [web] } } }],
] as const)
  test(`a port ${what} is fine`, () => assert.equal(of({}, more)?.mistakes, []))

test("a task's ports are counted without those that are not on the host", () => {
  const { ports } = balanceable({
    ...own,
    ...bridge({ containerPort: 1 }, { containerPort: 2, hostPort: 0 }, { containerPort: 3, hostPort: 0 }),
  })
  assert.equal(
    [0, 1, 2, 3].map((index) => hostPort(ports, index, [31001, 31002])),
    [undefined, 31001, 31002, undefined],
  )
})

// The check that is repeated is the app's own: its port, its path, its protocol.
const checks = (...healthChecks: object[]): object => ({ healthChecks })
for (const [what, labels, more, probe, port, path] of [
  ['at the port of the requests', {}, checks({ protocol: 'MESOS_HTTP', path: '/up' }), http('/up'), undefined],
  ['at another port', {}, checks({ protocol: 'MESOS_HTTP', path: '/up', portIndex: 1 }), http('/up', 1), 31002],
  ['at another port by its number inside', {}, checks({ protocol: 'MESOS_HTTP', port: 3001 }), http('/', 1), 31002],
  [
    'at a port of the host by its number',
    {},
    checks({ protocol: 'HTTP', port: 9000 }),
    { ...http('/'), port: { fixed: 9000 } },
    9000,
  ],
  [
    'at lb.port, which is not the first',
    { 'lb.port': 'admin' },
    checks({ path: '/up', portIndex: 1 }),
    http('/up', 1),
    undefined,
  ],
  [
    'the one at the port of the requests',
    {},
    checks({ path: '/a', portIndex: 1 }, { path: '/b' }),
    http('/b'),
    undefined,
  ],
  [
    'a label is asked at the port of the requests',
    { 'lb.check': '/ok' },
    checks({ path: '/up', portIndex: 1 }),
    http('/ok'),
    undefined,
  ],
  [
    'over TLS elsewhere',
    {},
    checks({ protocol: 'MESOS_HTTPS', portIndex: 1 }),
    { ...http('/', 1), kind: 'https' },
    31002,
  ],
  ['a connection', {}, checks({ protocol: 'MESOS_TCP' }), plain.probe, undefined],
  [
    'a connection elsewhere',
    {},
    checks({ protocol: 'TCP', portIndex: 1 }),
    { ...plain.probe, port: { index: 1 } },
    31002,
  ],
  ['a command', {}, checks({ protocol: 'COMMAND', command: { value: 'true' } }), plain.probe, undefined],
  ['none', {}, {}, plain.probe, undefined],
  [
    'TLS at the port of the requests',
    {},
    checks({ protocol: 'HTTPS' }),
    plain.probe,
    undefined,
    'healthChecks[0].protocol',
  ],
  ['inside only', {}, checks({ protocol: 'MESOS_HTTP', port: 9090 }), plain.probe, undefined, 'healthChecks[0].port'],
  ['a path that HAProxy cannot be given', {}, checks({ path: '/a b' }), plain.probe, undefined, 'healthChecks[0].path'],
  [
    'a path without a slash',
    {},
    checks({ protocol: 'TCP' }, { path: 'up' }),
    plain.probe,
    undefined,
    'healthChecks[1].path',
  ],
] as const) {
  test(`the check: ${what}`, () => {
    const app = balanceable({ id: '/web', labels: { 'lb.enable': 'true', ...labels }, ...bridge(web, admin), ...more })
    const how = balanced(app)
    assert.ok(how)
    assert.equal([how.probe, checkPort(app, how, [31001, 31002])], [probe, port])
    assert.equal(
      how.mistakes.map((each) => each.path),
      path === undefined ? [] : [path],
    )
    assert.is(how.notes.length, what === 'a command' ? 1 : 0)
  })
}

test.run()
