import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { balanced } from '../../src/balancing/balanced.ts'
import { balanceable } from '../../src/balancing/definition.ts'
import { foreignLabels, idleLabels, unknownLabels } from '../../src/balancing/other-labels.ts'
import { admin, bridge, http, of, plain, web } from './support.ts'

const test = suite('balancing: what labels say')

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
  ['a check with two slashes', { 'lb.check': '//up/%c3%a9' }, {}, { probe: http('//up/%c3%a9') }],
  ['a path', { 'lb.path': '/api/' }, {}, { path: '/api' }],
  ['a comma in a path', { 'lb.path': '/a,b' }, {}, { path: '/a,b' }],
  ['bytes of another script', { 'lb.path': '/caf%C3%A9/a%2Fb' }, {}, { path: '/caf%C3%A9/a%2Fb' }],
  ['dots that are names', { 'lb.path': '/.well-known/...' }, {}, { path: '/.well-known/...' }],
  [
    'a check with dots and slashes in its question',
    { 'lb.check': '/up?u=http://x/../%3a' },
    {},
    { probe: http('/up?u=http://x/../%3a') },
  ],
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
  ['lb.host', 'HTTP://Me:x@WWW.Example.com.:80/?a=b', /write "www\.example\.com"/],
  ['lb.host', '//www.example.com', /write "www\.example\.com"/],
  ['lb.host', '*.example.com.:443', /write "\*\.example\.com"/],
  ['lb.host', 'a.example.com;b.example.com', /separated by commas/],
  ['lb.host', '.example.com', /write "\*\.example\.com"/],
  ['lb.host', '[::1]:80', /not a host name/],
  ['lb.host', 'www.example.com/shop', /write "www\.example\.com"/],
  ['lb.host', 'my_app.example.com', /not a host name/],
  ['lb.host', 'münchen.example', /requests name it as "xn--mnchen-3ya\.example": write that/],
  ['lb.host', 'https://MÜNCHEN.example.:443/', /requests name it as "xn--mnchen-3ya\.example": write that/],
  ['lb.host', '*.münchen.example', /requests name it as "\*\.xn--mnchen-3ya\.example": write that/],
  ['lb.host', 'www。example。com', /requests name it as "www\.example\.com": write that/],
  ['lb.host', '*', /vars\.haproxy\.defaultBackend/],
  ['lb.host', 'www.*.example', /\*\.example\.com/],
  ['lb.host', '*example.com', /\*\.example\.com/],
  ['lb.host', '-a.example', /not a host name/],
  ['lb.host', '${HOST}', /not a host name/],
  ['lb.host', `${'a'.repeat(64)}.example`, /not a host name/],
  ['lb.host', '', /is empty/],
  ['lb.host', ' , ', /is empty/],
  ['lb.path', '/a } or { always_true', /not a path that HAProxy can be given/],
  ['lb.path', 'api', /write "\/api"/],
  ['lb.path', 'https://www.example.com/api', /write the path alone, "\/api"/],
  ['lb.path', '/api,/admin', /^"\/api,\/admin" is more than one path/],
  ['lb.path', '/api, /admin', /is more than one path/],
  ['lb.path', '/api /admin', /is more than one path/],
  ['lb.path', '/api/*', /write "\/api"/],
  ['lb.path', '/api?x=1', /question mark/],
  ['lb.path', '', /is empty/],
  ['lb.path', '/a/../b', /^"\/a\/\.\.\/b" is asked for as "\/b".*: write that\.$/],
  ['lb.path', '/a/./b', /write that/],
  ['lb.path', '/a/..', /is asked for as "\/"/],
  ['lb.path', '/%2e%2E/', /is asked for as "\/"/],
  ['lb.path', '/a/.%2e/b/', /is asked for as "\/b\/"/],
  ['lb.path', '//', /^"\/\/" has nothing between two slashes: write "\/"\.$/],
  ['lb.path', '//api///v2//', /write "\/api\/v2\/"/],
  ['lb.path', '/caf%c3%a9', /is asked for as "\/caf%C3%A9"/],
  ['lb.path', '/%61pi', /is asked for as "\/api"/],
  ['lb.path', '/50%', /"%" begins a byte/],
  ['lb.path', '/a%zz', /"%" begins a byte/],
  ['lb.check', '/a/../up?x=1', /is asked for as "\/up\?x=1"/],
  ['lb.check', '/%2e%2e/', /is asked for as "\/"/],
  ['lb.check', '/up?a=%4', /"%" begins a byte/],
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

test.run()
