import { readFileSync } from 'node:fs'
import { PassThrough } from 'node:stream'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { healthFrom, moment } from '../../../recipes/haproxy/health.ts'
import { routesIn, unanswered } from '../../../recipes/haproxy/routes.ts'
import { haproxy } from '../../../recipes/haproxy.ts'
import { type Health, parseStats } from '../../../src/index.ts'
import { slaves } from './support.ts'

const test = suite('recipes/haproxy: health')
const stats = parseStats(readFileSync(new URL('../../clients/answers/haproxy-stats-2.6.csv', import.meta.url), 'utf8'))
const NOW = 1_800_000_000
const APPS = 'web: 1 of 2, api: 1 backup, dead: none of 2 usable'
const SERVING = 'web: 1 of 2, api: 1 backup'
const probe = (verdict?: object, state = 'active') =>
  `${state}\n${NOW}\n${verdict === undefined ? '' : `${JSON.stringify(verdict)}\n`}`
const live = stats.filter(({ name }) => name !== 'be_dead')
/** The same, where some of the tasks of `dead` take connections. */
const slow = ([some, all]: readonly [number, number]) =>
  stats.map((each) => {
    assert.ok(each.name !== 'be_dead' || each.servers.length === all)
    return each.name === 'be_dead' ? { ...each, unchecked: each.servers.slice(0, some) } : each
  })
const ROUTES = [
  '  use_backend be_api if { var(txn.host) -m str www.example.com } { path /api }',
  '  use_backend be_api if { var(txn.host) -m str www.example.com } { path_beg /api/ }',
  '  use_backend be_dead if { req.hdr(host),field(1,:),lower -m end .example.com }',
  '  default_backend be_web',
]
/** What is said of a HAProxy with these routes, whose registrar has these services for so many seconds. */
const chain = (routes: readonly string[] = ROUTES, services: readonly string[] = ['web'], seconds = 60, wanted = {}) =>
  [probe(good).trimEnd(), JSON.stringify({ services, wanted, changed: (NOW - seconds) * 1000 }), ...routes].join('\n')
const good = { time: NOW - 60, ok: true, message: 'taken over', since: NOW - 60 }

for (const [what, answer, backends, health] of [
  ['that serves', chain(), live, { green: true, says: SERVING }],
  [
    'with an app that nobody serves',
    chain(),
    stats,
    { green: false, outside: true, says: `dead has no usable server (${APPS})` },
  ],
  [
    'none of whose servers passes its check',
    chain(),
    slow([2, 2]),
    {
      green: false,
      outside: true,
      says: `no server of dead passes HAProxy's check; requests go to all 2 tasks (${APPS})`,
    },
  ],
  [
    '… of which there is one',
    chain(),
    slow([1, 2]).map((each) => ({
      ...each,
      servers: each.name === 'be_dead' ? each.servers.slice(0, 1) : each.servers,
    })),
    {
      green: false,
      outside: true,
      says: `no server of dead passes HAProxy's check; requests go to its only task (${APPS.replace('none of 2', 'none of 1')})`,
    },
  ],
  [
    '… of which one takes no connections',
    chain(),
    slow([1, 2]),
    {
      green: false,
      outside: true,
      says: `no server of dead passes HAProxy's check; requests go to 1 of 2 tasks (${APPS})`,
    },
  ],
  [
    'with an app that nobody reaches',
    chain(ROUTES.slice(0, 3)),
    live,
    {
      green: false,
      outside: true,
      says: `no request reaches web: it has no lb.host and is not the default (vars.haproxy.defaultBackend) (${SERVING})`,
    },
  ],
  [
    'that does not know what the registrar has',
    chain(ROUTES, ['shop', 'web']),
    live,
    {
      green: false,
      outside: true,
      says: `the registrar has tasks of shop, of which HAProxy knows nothing (${SERVING})`,
    },
  ],
  ['… which has them only just now', chain(ROUTES, ['shop', 'web'], 5), live, { green: true, says: SERVING }],
  [
    'whose only app has no task that serves',
    chain([], [], 60, { web: 2 }),
    [],
    { green: false, outside: true, says: 'HAProxy knows no task of web, of which Marathon should run 2 (no app)' },
  ],
  [
    '… beside those that others serve',
    chain(ROUTES, ['web'], 60, { api: 2, shop: 1, web: 4 }),
    live,
    { green: false, outside: true, says: `HAProxy knows no task of shop, of which Marathon should run 1 (${SERVING})` },
  ],
  [
    'with an app over TCP whose port it may not open',
    chain(ROUTES.slice(0, 3)),
    live.map((each) => ({ ...each, tcp: each.name === 'be_web' })),
    {
      green: false,
      outside: true,
      says: `nothing reaches web: its port (lb.tcp) is not among vars.haproxy.tcpPorts, or another app has it (${SERVING})`,
    },
  ],
  ['without apps', probe(good), [], { green: true, says: 'no app', idle: true }],
  ['before the first render', probe(), [], { green: false, says: 'no app; nothing has been rendered yet' }],
  ['that is stopped', probe(good, 'failed'), [], { green: false, down: true, says: 'not running: failed' }],
  ['whose old worker serves on', probe(good, 'reloading'), [], { green: true, says: 'no app', idle: true }],
  [
    'that does not start with what was rendered',
    probe({ time: NOW, ok: false, message: 'HAProxy did not take it over: cannot bind', since: 1 }, 'failed'),
    [],
    {
      green: false,
      down: true,
      says: 'not running: failed; the last render was refused: HAProxy did not take it over: cannot bind',
    },
  ],
  [
    'whose last render was refused',
    probe({ time: NOW, ok: false, message: "line 31: unknown keyword 'foo' in 'global' section", since: NOW - 3600 }),
    [],
    {
      green: false,
      says: "the last render was refused: line 31: unknown keyword 'foo' in 'global' section; serving the one from 07:00 UTC (no app)",
    },
  ],
] as const) {
  test(`health of one ${what}`, () => assert.equal(healthFrom(answer, backends), health))
}

test('a line that HAProxy refuses is traced to the variable that it comes from', () => {
  const extra = { global: ['nbthread 2'], defaults: ['timeout  queue 3s', `# ${'x'.repeat(500)}`] }
  const seen = (line: string): Health =>
    healthFrom(probe({ ...good, ok: false, message: 'line 31: no', line }), [], { critical: 'default', extra })
  const { variable = '', says } = seen('  timeout  queue 3s')
  assert.is(variable, 'vars.haproxy.extra.defaults[0]')
  assert.ok(says.startsWith(`the last render was refused for ${variable}: line 31: no; serving`), says)
  assert.is(seen(`  # ${'x'.repeat(390)}`).variable, 'vars.haproxy.extra.defaults[1]')
  for (const other of ['  timeout queue 4s', '  nbthread']) assert.is(seen(other).variable, undefined)
  // HAProxy knows no line for what lacks another, such as a table
  assert.is(seen('').variable, 'vars.haproxy.extra')
  const bare = healthFrom(probe({ ...good, ok: false, message: 'no', line: '' }), [], { critical: 'default' })
  assert.is(bare.variable, undefined)
})

for (const text of ['{"services', 'null', '{"services":"web"}'])
  test(`health of one whose registrar's state is ${text}: the registrar tells of that`, () =>
    assert.equal(healthFrom([probe(good).trimEnd(), text, ...ROUTES].join('\n'), live), { green: true, says: SERVING }))

for (const [what, named, backends, says] of [
  [
    'the default',
    { defaultBackend: 'rails_app', critical: 'default' },
    live,
    'vars.haproxy.defaultBackend names rails_app, which is not there',
  ],
  [
    'a critical one',
    { defaultBackend: undefined, critical: ['web', 'gone'] },
    live,
    'vars.haproxy.critical names gone, which is not there',
  ],
  ['what there is', { defaultBackend: 'web', critical: ['api'] }, live, undefined],
  ['what comes with the first app', { defaultBackend: 'web', critical: ['api'] }, [], undefined],
] as const) {
  test(`the inventory names ${what}`, () => {
    const health = healthFrom(backends.length === 0 ? chain([], []) : chain(), backends, named)
    assert.is(health.green, says === undefined)
    if (says !== undefined) assert.ok(health.says.startsWith(says), health.says)
  })
}

test('the way to each app, by the first line that means it', () => {
  const routes = [...routesIn(ROUTES).values()].map((route) => Object.values(route).join(' '))
  assert.equal(routes, ['api www.example.com /api', 'dead any.example.com /', 'web localhost /'])
  assert.equal(
    [...routesIn(['  use_backend be_x if { path /x }', '  default_backend no_app']).values()],
    [{ app: 'x', host: 'localhost', path: '/x' }],
  )
  assert.equal([...routesIn(['  default_backend be_pg # tcp 5432']).values()], [{ app: 'pg', port: 5432 }])
})

const REFUSED = Object.assign(new Error('refused'), { failure: 'refused' })
for (const [what, dial, says] of [
  ['takes connections', async () => new PassThrough(), []],
  ['closes them', async () => new PassThrough().end(), ['pg closes connections to port 5432 at once']],
  ['is not there', () => Promise.reject(REFUSED), ['pg is not served: HAProxy does not listen on port 5432']],
  ['cannot be asked', () => Promise.reject(new Error('no link')), ['pg cannot be asked: no link, at port 5432']],
] as const)
  test(`an app over TCP that ${what}`, async () => {
    const net = { read: async () => '', dial }
    assert.equal(await unanswered(net, '10.0.0.21', [{ app: 'pg', port: 5432 }]), says)
  })

for (const [what, dial, says] of [
  ['is not there', () => Promise.reject(new Error('no link')), 'web cannot be asked: no link (Host: a.example.com)'],
  [
    'closes connections',
    async () => new PassThrough().end(),
    'web cannot be asked: GET /up: it closed the connection without a whole answer (Host: a.example.com)',
  ],
] as const)
  test(`an app over HTTP whose HAProxy ${what}`, async () => {
    const net = { read: async () => '', dial }
    assert.equal(await unanswered(net, '10.0.0.21', [{ app: 'web', host: 'a.example.com', path: '/up' }]), [says])
  })

test('a moment of another day is said with its day', () => {
  assert.is(moment(NOW - 3600, NOW), '07:00 UTC')
  assert.is(moment(NOW - 86_400, NOW), '2027-01-14 08:00 UTC')
})

test('health asks its own port of the host', async () => {
  const asked: string[] = []
  const net = {
    read: async () => 'inactive\n',
    dial: async (address: string, port: number) => {
      asked.push(`${address}:${port}`)
      throw new Error('refused')
    },
  }
  const cluster = slaves()
  const of = (read: () => Promise<string>) =>
    haproxy.health?.(cluster.host('slave-1'), cluster, { ...net, read }).then(
      ({ says }) => says,
      (error: Error) => error.message,
    )
  assert.is(await of(net.read), 'not running: inactive')
  assert.equal(asked, [])
  assert.is(await of(async () => probe(good)), 'refused')
  assert.equal(asked, ['127.0.0.1:22002'])
})

test.run()
