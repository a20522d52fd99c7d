// One app among others: what deploy refuses because of them. `after` is the app as it is to be, `before` as it is now.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { clashes, type Front } from '../../src/balancing/clash.ts'
import { balanceable } from '../../src/balancing/definition.ts'

const test = suite('balancing: among the other apps')

const app = (id: string, labels: Record<string, string> = {}) =>
  balanceable({
    id,
    labels: { 'lb.enable': 'true', ...labels },
    container: { portMappings: [{ containerPort: 3000 }] },
  })
const off = (id: string) => balanceable({ id, labels: {} })
const front = (
  defaultBackend?: string,
  critical: readonly string[] = [],
  tcpPorts: readonly number[] = [5432, 1883],
): Front => ({
  host: 'slave-1',
  defaultBackend,
  critical,
  tcpPorts,
})

const rails = app('/rails-app')
const pg = app('/pg', { 'lb.tcp': '5432' })
const a = app('/prod/web', { 'lb.host': 'a.example.com' })
type App = typeof rails
const rows: readonly [
  what: string,
  after: App,
  running: readonly App[],
  front: Front,
  path: string | readonly string[] | undefined,
  says?: RegExp,
][] = [
  ['the only app', rails, [], front(), undefined],
  ['the only app, again', rails, [rails], front(), undefined],
  [
    'the only app, which is not whom the inventory names',
    rails,
    [],
    front('rails_app'),
    'labels["lb.host"]',
    /go to "rails_app"/,
  ],
  [
    'one with a name beside one without',
    a,
    [rails],
    front(),
    'labels["lb.enable"]',
    /^\/rails-app has no lb\.host .* set vars\.haproxy\.defaultBackend to "rails-app"/,
  ],
  ['… which the inventory names', a, [rails], front('rails-app'), undefined],
  ['… where neither was ever served', a, [rails, app('/other')], front(), undefined],
  [
    'a second one without a name',
    app('/two'),
    [rails],
    front(),
    ['labels["lb.host"]', 'labels["lb.enable"]'],
    /^is missing/,
  ],
  [
    'one without a name, beside one with',
    rails,
    [a],
    front(),
    'labels["lb.host"]',
    /^is missing: .*\/prod\/web runs, too.*defaultBackend to "rails-app"/,
  ],
  ['… where the inventory names it', rails, [a], front('rails-app'), undefined],
  [
    '… where the inventory names another',
    rails,
    [a],
    front('prod-web'),
    'labels["lb.host"]',
    /go to "prod-web" \(vars\.haproxy\.defaultBackend of slave-1\)/,
  ],
  ['one that takes everything', app('/two', { 'lb.path': '/' }), [a], front(), undefined],
  [
    '… beside one without a name',
    app('/two', { 'lb.path': '/' }),
    [rails],
    front(),
    'labels["lb.path"]',
    /^\/rails-app has no lb\.host/,
  ],
  [
    '… beside another that does',
    app('/two', { 'lb.path': '/' }),
    [app('/one', { 'lb.path': '/' })],
    front(),
    'labels["lb.path"]',
    /already belongs to \/one/,
  ],
  [
    '… where the inventory names another',
    app('/two', { 'lb.path': '/' }),
    [a],
    front('prod-web'),
    'labels["lb.path"]',
    /go to "prod-web"/,
  ],
  [
    'one that loses its name',
    app('/prod/web'),
    [a, app('/b', { 'lb.host': 'b.example' })],
    front(),
    'labels["lb.host"]',
    /^is missing/,
  ],
  [
    'two ids, one service',
    app('/prod-web', { 'lb.host': 'b.example.com' }),
    [a],
    front(),
    'id',
    /"prod-web", which \/prod\/web has/,
  ],
  [
    'equal lb.name',
    app('/x', { 'lb.name': 'shop', 'lb.host': 'x.example' }),
    [app('/y', { 'lb.name': 'shop', 'lb.host': 'y.example' })],
    front(),
    'labels["lb.name"]',
    /which \/y has/,
  ],
  [
    'the id of one, the lb.name of the other',
    app('/x', { 'lb.name': 'prod-web', 'lb.host': 'x.example' }),
    [a],
    front(),
    'labels["lb.name"]',
    /which \/prod\/web has/,
  ],
  [
    'the same host',
    app('/x', { 'lb.host': 'b.example, A.example.com' }),
    [a],
    front(),
    'labels["lb.host"]',
    /^a\.example\.com already belongs to \/prod\/web/,
  ],
  [
    'the same host, but a path of it',
    app('/x', { 'lb.host': 'a.example.com', 'lb.path': '/api' }),
    [a],
    front(),
    undefined,
  ],
  [
    'the same host and path',
    app('/x', { 'lb.host': 'a.example.com', 'lb.path': '/api' }),
    [app('/y', { 'lb.host': 'a.example.com', 'lb.path': '/api/' })],
    front(),
    'labels["lb.host"]',
    /a\.example\.com\/api already belongs to \/y/,
  ],
  [
    'the same path',
    app('/x', { 'lb.path': '/api' }),
    [app('/y', { 'lb.path': '/api' })],
    front(),
    'labels["lb.path"]',
    /\/api already belongs to \/y/,
  ],
  ['a wildcard beside one of its names', app('/x', { 'lb.host': '*.example.com' }), [a], front(), undefined],
  [
    'a new name, while the inventory names the old one',
    app('/prod/web', { 'lb.name': 'w', 'lb.host': 'a.example.com' }),
    [a],
    front('prod-web'),
    'labels["lb.name"]',
    /vars\.haproxy\.defaultBackend of slave-1 names "prod-web"/,
  ],
  [
    '… as critical',
    app('/prod/web', { 'lb.name': 'w', 'lb.host': 'a.example.com' }),
    [a],
    front(undefined, ['prod-web']),
    'labels["lb.name"]',
    /vars\.haproxy\.critical/,
  ],
  [
    'out of the load balancer, while the inventory names it',
    off('/prod/web'),
    [a],
    front('prod-web'),
    'labels["lb.enable"]',
    /names "prod-web"/,
  ],
  ['out of the load balancer', off('/prod/web'), [a, rails], front(), undefined],
  ['none of ours', off('/x'), [a, rails], front(), undefined],
  ['a port of its own', pg, [a, rails], front(), undefined],
  ['… beside an app that is served because it is alone', pg, [rails], front(), undefined],
  ['an app that is alone beside one with a port', rails, [pg], front(), undefined],
  [
    'a port that another app has',
    app('/pg2', { 'lb.tcp': '5432' }),
    [pg],
    front(),
    'labels["lb.tcp"]',
    /^5432 is where \/pg is/,
  ],
  ['another port', app('/pg2', { 'lb.tcp': '1883' }), [pg], front(), undefined],
  ['the same port, again', pg, [pg], front(), undefined],
  [
    'a port that no HAProxy may open',
    app('/smtp', { 'lb.tcp': '25' }),
    [],
    front(),
    'labels["lb.tcp"]',
    /^25 is not among vars\.haproxy\.tcpPorts of slave-1 \(there is 5432, 1883\)/,
  ],
  ['… where there is none', pg, [], front(undefined, [], []), 'labels["lb.tcp"]', /\(there is none\)/],
  [
    'a port, though it is whom all else is meant for',
    pg,
    [],
    front('pg'),
    'labels["lb.tcp"]',
    /^vars\.haproxy\.defaultBackend of slave-1 names "pg"/,
  ],
  ['a port, though it is critical', pg, [], front(undefined, ['pg']), undefined],
  ['no HAProxy in the inventory', rails, [a], { ...front(), host: '' }, 'labels["lb.host"]'],
]
for (const [what, after, running, one, path, says = /./] of rows) {
  test(what, () => {
    const { mistakes } = clashes(after, running, [one])
    assert.equal(
      mistakes.map((each) => each.path),
      [path ?? []].flat(),
      mistakes.map((each) => each.message).join('\n'),
    )
    if (path !== undefined) assert.match(mistakes[0]?.message ?? '', says)
  })
}

test('who was alone and has a name: told, since its name still leads to it', () => {
  const { mistakes, notes } = clashes(app('/b', { 'lb.host': 'b.example' }), [a], [front()])
  assert.equal([mistakes, notes.map(({ path }) => path)], [[], ['labels["lb.enable"]']])
})

test.run()
