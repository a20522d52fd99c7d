// An app that takes the place of another one: what deploy refuses because of the one and because of the others.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { clashes, type Front } from '../../src/balancing/clash.ts'
import { balanceable } from '../../src/balancing/definition.ts'

const test = suite('balancing: in the place of another app')

const app = (id: string, labels: Record<string, string> = {}) =>
  balanceable({
    id,
    labels: { 'lb.enable': 'true', ...labels },
    container: { portMappings: [{ containerPort: 3000 }] },
  })
const front = (defaultBackend?: string, critical: readonly string[] = []): Front => ({
  host: 'slave-1',
  defaultBackend,
  critical,
  tcpPorts: [5432],
})
const www = { 'lb.host': 'www.example.com' }
const api = app('/api', { 'lb.host': 'api.example.com' })

type App = typeof api
const rows: readonly [what: string, fresh: App, running: readonly App[], front: Front, says?: RegExp][] = [
  ['the same labels', app('/shop', www), [app('/web', www), api], front()],
  [
    'the same name in Consul',
    app('/shop', { ...www, 'lb.name': 'web' }),
    [app('/web', { ...www, 'lb.name': 'web' })],
    front('web'),
  ],
  ['a port', app('/pg2', { 'lb.tcp': '5432' }), [app('/web', { 'lb.tcp': '5432' })], front()],
  ['all that nobody claims', app('/shop', { 'lb.path': '/' }), [app('/web', { 'lb.path': '/' }), api], front()],
  [
    'a third app has its host',
    app('/shop', { 'lb.host': 'www.example.com,api.example.com' }),
    [app('/web', www), api],
    front(),
    /^api\.example\.com already belongs to \/api/,
  ],
  [
    'a host of the old one is left out',
    app('/shop', www),
    [app('/web', { 'lb.host': 'www.example.com, example.com' })],
    front(),
    /^leaves out example\.com of \/web, which no app would serve any more\.$/,
  ],
  [
    '… but another app has it',
    app('/shop', www),
    [app('/web', { 'lb.host': 'www.example.com, api.example.com' }), api],
    front(),
  ],
  [
    'not behind the HAProxies, where the old one is',
    balanceable({ id: '/shop' }),
    [app('/web', www)],
    front(),
    /^leaves out www\.example\.com/,
  ],
  [
    'the old one is found only because it is alone',
    app('/shop'),
    [app('/web')],
    front(),
    /^must be "web", the name of \/web in Consul: \/web has no lb\.host\.$/,
  ],
  ['… with its name', app('/shop', { 'lb.name': 'web' }), [app('/web')], front()],
  [
    'a variable names the old one',
    app('/shop', www),
    [app('/web', www)],
    front('web'),
    /^must be "web", .*: vars\.haproxy\.defaultBackend of slave-1 names it\.$/,
  ],
  ['… as critical', app('/shop', www), [app('/web', www)], front(undefined, ['web']), /vars\.haproxy\.critical/],
]
for (const [what, fresh, running, one, says] of rows)
  test(what, () => {
    const { mistakes } = clashes(fresh, running, [one], '/web')
    assert.is(mistakes.length, says === undefined ? 0 : 1, mistakes.map((each) => each.message).join('\n'))
    if (says !== undefined) assert.match(mistakes[0]?.message ?? '', says)
  })

test('without the flag: how it is named', () => {
  const { mistakes } = clashes(app('/shop', www), [app('/web', www)], [front()])
  assert.match(mistakes[0]?.message ?? '', /, or let it take that app's place: provision deploy --replaces \/web$/)
})

test('names that differ in case only are one service, as Consul answers for either with both', () => {
  const shop = app('/y', { 'lb.name': 'shop', 'lb.host': 'y.example' })
  const { mistakes } = clashes(app('/x', { 'lb.name': 'Shop', 'lb.host': 'x.example' }), [shop], [front()])
  assert.match(mistakes.map(({ message }) => message).join(), /^its service in Consul would be "Shop", which \/y has/)
})

test.run()
