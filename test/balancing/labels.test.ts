import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { balanced, checkPort } from '../../src/balancing/balanced.ts'
import { balanceable, hostPort } from '../../src/balancing/definition.ts'
import { foreignLabels, idleLabels, unknownLabels } from '../../src/balancing/other-labels.ts'

const test = suite('balancing: what labels, ports and checks say')

const bridge = (...ports: object[]): object => ({ container: { portMappings: ports } })
const web = { name: 'http', containerPort: 3000, hostPort: 0 }
const admin = { name: 'admin', containerPort: 3001, hostPort: 0 }
const of = (labels: Record<string, string>, more: object = {}, id = '/shop/web') =>
  balanced(balanceable({ id, labels: { 'lb.enable': 'true', ...labels }, ...bridge(web, admin), ...more }))
const plain = {
  name: 'shop-web',
  portIndex: 0,
  hosts: [],
  path: undefined,
  probe: { kind: 'tcp', path: '', port: { index: 0 } },
  mistakes: [],
  notes: [],
}
const http = (path: string, index = 0) => ({ kind: 'http', path, port: { index } })

for (const value of [undefined, '', 'false', 'yes', 'TRUE']) {
  test(`lb.enable ${value}: not balanced`, () =>
    assert.is(
      balanced(balanceable({ id: '/web', labels: value === undefined ? {} : { 'lb.enable': value } })),
      undefined,
    ))
}

for (const [what, labels, more, expected] of [
  ['nothing but lb.enable', {}, {}, {}],
  ['a name', { 'lb.name': 'shop' }, {}, { name: 'shop' }],
  ['hosts', { 'lb.host': 'WWW.example.com, *.shop.example' }, {}, { hosts: ['www.example.com', '*.shop.example'] }],
  ['a host twice', { 'lb.host': 'a.example,A.example' }, {}, { hosts: ['a.example'] }],
  ['an address', { 'lb.host': '10.0.0.5' }, {}, { hosts: ['10.0.0.5'] }],
  ['a path', { 'lb.path': '/api/' }, {}, { path: '/api' }],
  ['the path of everything', { 'lb.path': '/' }, {}, { path: '/' }],
  ['a check', { 'lb.check': '/healthz?lb=1' }, {}, { probe: http('/healthz?lb=1') }],
  ["the app's own check", {}, { healthChecks: [{ path: '/up' }] }, { probe: http('/up') }],
  [
    "a check instead of the app's own",
    { 'lb.check': '/ok' },
    { healthChecks: [{ path: '/up' }] },
    { probe: http('/ok') },
  ],
  ['a time of its own', { 'lb.timeout': '300' }, {}, { timeout: 300 }],
  ['as many requests at once as it has threads', { 'lb.maxconn': '5' }, {}, { maxconn: 5 }],
  ['clients that stay', { 'lb.sticky': 'true' }, {}, { sticky: true }],
  ['a port of its own', { 'lb.tcp': '5432' }, {}, { tcp: 5432 }],
  [
    '… with the check of that port before one of another',
    { 'lb.tcp': '5432' },
    { healthChecks: [{ path: '/up', portIndex: 1 }, { protocol: 'MESOS_TCP' }] },
    { tcp: 5432 },
  ],
  [
    '… with a check of TLS, which is sent on as it is',
    { 'lb.tcp': '443' },
    { healthChecks: [{ protocol: 'MESOS_HTTPS', path: '/up' }] },
    { tcp: 443, probe: { kind: 'https', path: '/up', port: { index: 0 } } },
  ],
  [
    '… with a check of another port',
    { 'lb.tcp': '5432' },
    { healthChecks: [{ path: '/up', portIndex: 1 }] },
    { tcp: 5432, probe: http('/up', 1) },
  ],
  ['clients that need not', { 'lb.sticky': 'false' }, {}, {}],
  ['a port by index', { 'lb.port': '1' }, {}, { portIndex: 1, probe: { ...plain.probe, port: { index: 1 } } }],
  ['a port by name', { 'lb.port': 'admin' }, {}, { portIndex: 1, probe: { ...plain.probe, port: { index: 1 } } }],
  [
    'a name that is a number',
    { 'lb.port': '0' },
    bridge(web, { ...admin, name: '0' }),
    { portIndex: 1, probe: { ...plain.probe, port: { index: 1 } } },
  ],
] as const) {
  test(what, () => assert.equal(of(labels, more), { ...plain, ...expected }))
}

// Each is left out by the registrar, and refused by deploy.
for (const [label, value, says] of [
  ['lb.host', 'a b', /separated by commas/],
  ['lb.host', 'a.example.com b.example.com', /separated by commas/],
  ['lb.host', 'a\nbackend evil', /separated by commas|not a host name/],
  ['lb.host', 'https://www.example.com/', /write "www\.example\.com"/],
  ['lb.host', 'www.example.com:8080', /write "www\.example\.com"/],
  ['lb.host', 'www.example.com.', /write "www\.example\.com"/],
  ['lb.host', 'www.example.com/shop', /write "www\.example\.com"/],
  ['lb.host', 'my_app.example.com', /not a host name/],
  ['lb.host', 'münchen.example', /write that/],
  ['lb.host', '*', /vars\.haproxy\.defaultBackend/],
  ['lb.host', 'www.*.example', /\*\.example\.com/],
  ['lb.host', '*example.com', /\*\.example\.com/],
  ['lb.host', '-a.example', /not a host name/],
  ['lb.host', '${HOST}', /not a host name/],
  ['lb.host', `${'a'.repeat(64)}.example`, /not a host name/],
  ['lb.host', '', /is empty/],
  ['lb.path', '/a } or { always_true', /not a path that HAProxy can be given/],
  ['lb.path', 'api', /write "\/api"/],
  ['lb.path', 'https://www.example.com/api', /write the path alone, "\/api"/],
  ['lb.path', '/api/*', /write "\/api"/],
  ['lb.path', '/api?x=1', /question mark/],
  ['lb.path', '', /is empty/],
  ['lb.check', '/"', /not a path that HAProxy can be given/],
  ['lb.check', 'healthz', /write "\/healthz"/],
  ['lb.check', `/${'a'.repeat(512)}`, /longer than 512/],
  ['lb.port', 'https', /there is no port "https".*There is http \(0\), admin \(1\)/],
  ['lb.port', '3000', /there is no port "3000"/],
  ['lb.port', '-1', /there is no port/],
  ['lb.name', 'My App', /write "My-App"/],
  ['lb.name', 'a.b/c', /write "a-b-c"/],
  ['lb.tcp', '99999', /"99999" is not a port from 1 to 65535/],
  ['lb.tcp', '5432/tcp', /is not a port/],
  ['lb.tcp', '', /is empty/],
  ['lb.name', 'consul', /Consul's own/],
] as const) {
  test(`${label} ${JSON.stringify(value).slice(0, 40)}`, () => {
    const [first, ...more] = of({ [label]: value })?.mistakes ?? []
    assert.equal([first?.path, more], [`labels["${label}"]`, []])
    assert.match(first?.message ?? '', says)
  })
}

for (const [label, value] of [
  ['lb.host', 'www.example.com'],
  ['lb.path', '/'],
  ['lb.sticky', 'true'],
] as const) {
  test(`${label} beside lb.tcp`, () => {
    const [first, ...more] = of({ 'lb.tcp': '5432', [label]: value })?.mistakes ?? []
    assert.equal([first?.path, more], [`labels["${label}"]`, []])
    assert.match(first?.message ?? '', /cannot go with lb\.tcp: a connection/)
  })
}

test('a command as the only check of an app over TCP: no path is recommended', () => {
  const command = { healthChecks: [{ protocol: 'COMMAND', command: { value: 'pg_isready' } }] }
  const [note] = of({ 'lb.tcp': '5432' }, command)?.notes ?? []
  assert.match(note?.message ?? '', /it asks only whether lb\.port takes connections\.$/)
})

test('more hosts than Consul takes in one value: as many as fit', () => {
  const hosts = Array.from({ length: 40 }, (_, i) => `host-${i}.shop.example.com`)
  const how = of({ 'lb.host': hosts.join(',') })
  assert.ok((how?.hosts.join(',').length ?? 0) <= 512)
  assert.equal(how?.hosts, hosts.slice(0, how?.hosts.length))
  assert.match(how?.mistakes[0]?.message ?? '', /longer than 512/)
})

for (const [name, meant] of [
  ['lb.hosts', 'lb.host'],
  ['lb.Path', 'lb.path'],
  ['lb.enabled', 'lb.enable'],
  ['LB.HOST', 'lb.host'],
  ['lb-host', 'lb.host'],
  ['lb_check', 'lb.check'],
  ['lbHost', 'lb.host'],
  ['lb.healthcheck', undefined],
] as const) {
  test(`${name} is no label of ours`, () => {
    const [found] = unknownLabels({ [name]: 'x', 'lb.enable': 'true' })
    assert.is(found?.path, `labels["${name}"]`)
    assert.match(found?.message ?? '', meant === undefined ? /there are lb\.enable/ : `did you mean ${meant}?`)
  })
}
test('labels of others are theirs', () =>
  assert.equal(unknownLabels({ version: '1', team: 'lb', 'lbo.x': '', library: 'x' }), []))

test("marathon-lb's labels are told, each with ours", () => {
  const found = foreignLabels({
    HAPROXY_GROUP: 'external',
    HAPROXY_0_VHOST: 'a',
    HAPROXY_0_PATH: '/',
    HAPROXY_0_MODE: 'http',
    HAPROXY_0_PORT: '5432',
  })
  assert.equal(
    found.map(({ message }) => message.split(': ')[1]),
    [
      'here it is lb.enable.',
      'here it is lb.host.',
      'here it is lb.path.',
      'there is no such label here.',
      'here it is lb.tcp.',
    ],
  )
})
test('labels without lb.enable do nothing', () => assert.is(idleLabels({ 'lb.host': 'a.example' }).length, 1))

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
