import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { consulTemplate } from '../../../recipes/consul-template.ts'
import { defineRole, Secret } from '../../../src/index.ts'
import { fakeNet } from '../../support/fake-net.ts'
import { withPrograms } from '../../support/fake-programs.ts'
import type { Asked, Said } from '../../support/http-peer.ts'
import { mistakesOf, propsOf, text, wanted } from '../support.ts'
import { clusterOf, SOURCE, slaves, triggersOf } from './support.ts'

const test = suite('recipes/consul-template')
const CONFIG = 'file /etc/consul-template/consul-template.hcl'
const TEMPLATE = 'file /etc/consul-template/haproxy.ctmpl'
const UNIT = 'unit consul-template.service'
const resources = (vars: Readonly<Record<string, object>> = {}) => wanted(consulTemplate, slaves(vars), 'slave-1')

test('what it needs, before its first start', () =>
  assert.equal(
    resources().map((r) => r.id),
    [
      'package unzip',
      'archive /opt/consul-template-0.41.1',
      'link /usr/local/bin/consul-template',
      'directory /etc/consul-template',
      'directory /var/lib/consul-template',
      'file /etc/consul-template/token',
      CONFIG,
      TEMPLATE,
      UNIT,
      'service consul-template',
    ],
  ))

test('its configuration: for ever, never an old answer, the file by its name', () => {
  const config = text(resources(), CONFIG)
  for (const line of ['attempts = 0', 'max_stale = "0s"', 'min = "250ms"', 'max = "2s"', 'address = "127.0.0.1:8500"'])
    assert.match(config, new RegExp(`^ *${line}$`, 'm'))
  assert.not.match(config, 'token')
  const unit = text(resources(), UNIT)
  for (const line of ['KillSignal=SIGINT', 'SuccessExitStatus=12', 'Restart=always', 'StartLimitIntervalSec=0'])
    assert.match(unit, new RegExp(`^${line}$`, 'm'))
  assert.match(
    unit,
    /^ExecStart=\/usr\/local\/bin\/consul-template -config=\/etc\/consul-template\/consul-template\.hcl$/m,
  )
  assert.not.match(unit, /^ExecReload/m)
})

test('a token lies in a file of its own', () => {
  process.env.CONSUL_TEMPLATE_TEST = 'hunter2'
  const all = resources({ 'consul-template': { token: 'env:CONSUL_TEMPLATE_TEST' } })
  assert.match(text(all, CONFIG), /^ {2}token_file = "\/etc\/consul-template\/token"$/m)
  const { content, mode } = propsOf<{ content: { word: unknown }; mode: string }>(
    all,
    'file /etc/consul-template/token',
  )
  assert.instance(content.word, Secret)
  assert.is(mode, '0600')
})

test("HAProxy's variables are in its template", () => {
  const rendered = (vars: object) => text(resources({ haproxy: vars }), TEMPLATE)
  assert.match(rendered({ maxconn: 1234 }), /^ {2}maxconn 1234$/m)
  assert.match(rendered({ defaultBackend: 'web' }), /\$default := "web"/)
  assert.match(rendered({}), /\$default := ""/)
  assert.match(rendered({ critical: ['web', 'api'] }), /\$critical := sprig_list "web" "api" /)
  assert.match(rendered({ critical: [] }), /\$critical := sprig_list /)
  assert.match(rendered({ fallback: 'none' }), /\(eq \.Node \$me\)/)
  assert.not.match(rendered({}), /\(eq \.Node \$me\)/)
})

test('a change of any of it restarts it; nothing reloads it', () =>
  assert.equal(triggersOf(resources(), 'consul-template'), {
    restart: [
      'archive /opt/consul-template-0.41.1',
      'link /usr/local/bin/consul-template',
      'file /etc/consul-template/token',
      CONFIG,
      TEMPLATE,
      UNIT,
    ],
    reload: [],
  }))

for (const [what, vars, says] of [
  ['no sum', { source: { zip: 'x.zip', version: '1.0.0' } }, /source\.sha256 +is missing/],
  ['a version of words', { source: { ...SOURCE, version: 'latest' } }, /source\.version +must be a version/],
  ['a wait without a unit', { wait: { min: '2' } }, /wait\.min +must be a time/],
  ['a token in clear', { token: 'x' }, /token +is a secret/],
] as const) {
  test(`the inventory has ${what}`, () =>
    assert.match(
      mistakesOf(() => slaves({ 'consul-template': vars })),
      says,
    ))
}

test('without haproxy it is of no use', () => {
  const alone = defineRole({ name: 'alone', recipes: [consulTemplate] })
  const make = () =>
    clusterOf(
      { hosts: { a: { address: '10.0.0.1', roles: ['alone'], vars: { 'consul-template': { source: SOURCE } } } } },
      [alone],
    )
  assert.match(mistakesOf(make), /hosts\.a\.roles +consul-template is of no use without haproxy/)
})

for (const [answer, health] of [
  ['active\nWed 2026-11-25 08:00:00 UTC\n', { green: true, says: 'renders' }],
  [
    'active\nx\nhealth.service(web|any): Unexpected response code: 403 (Permission denied)\n',
    {
      green: false,
      says: 'Consul does not answer it: health.service(web|any): Unexpected response code: 403 (Permission denied)',
    },
  ],
  ['active\nx\n\n{"time":1,"ok":true,"message":"taken over","since":1}\n', { green: true, says: 'renders' }],
  [
    'active\nx\n\n{"time":1,"ok":false,"message":"port 5432 is taken by another program","since":1}\n',
    { green: false, says: 'HAProxy does not take over what it renders' },
  ],
  ['failed\n\n', { green: false, down: true, says: 'not running: failed' }],
] as const) {
  test(`health: ${JSON.stringify(answer)}`, async () => {
    const cluster = slaves()
    const net = { read: async () => answer, dial: () => Promise.reject(new Error('nobody dials here')) }
    assert.equal(await consulTemplate.health?.(cluster.host('slave-1'), cluster, net), health)
  })
}

const failed = (what: string, attempt: number) =>
  `2026-11-30T10:46:15.202Z [WARN] (view) ${what} (retry attempt ${attempt} after "250ms")`
for (const [what, log, health] of [
  ['that failed once', [failed('catalog.services: 500 (deadline reached)', 1)], { green: true, says: 'renders' }],
  [
    'whose retry failed as well',
    [failed('kv.get(a): 500 (x)', 2), failed('catalog.services: 500 (deadline reached)', 1)],
    { green: false, says: 'Consul does not answer it: kv.get(a): 500 (x)' },
  ],
  [
    'that has failed for long',
    [failed('kv.get(a): 500 (x)', 12)],
    { green: false, says: 'Consul does not answer it: kv.get(a): 500 (x)' },
  ],
] as const)
  test(`health: a query ${what}`, () =>
    withPrograms({ systemctl: 'echo active; echo x', journalctl: `cat <<'LOG'\n${log.join('\n')}\nLOG` }, async (net) =>
      assert.equal(await consulTemplate.health?.(slaves().host('slave-1'), slaves(), net), health),
    ))

for (const [what, catalogue, health] of [
  ['is known', {}, { green: true, says: 'renders' }],
  [
    'is unknown',
    { status: 403, body: 'ACL not found' },
    {
      green: false,
      variable: 'vars.consul-template.token',
      says: 'Consul refuses its token, vars.consul-template.token: GET /v1/catalog/services answered 403: ACL not found',
    },
  ],
  [
    'has lost a right',
    { body: '{}', headers: { 'x-consul-results-filtered-by-acls': 'true' } },
    {
      green: false,
      variable: 'vars.consul-template.token',
      says: 'its token, vars.consul-template.token, may not read all services and nodes, and Consul leaves the others out (service_prefix and node_prefix "" read)',
    },
  ],
] as const)
  test(`health: its token ${what}, whatever its journal says`, async () => {
    const cluster = slaves({ 'consul-template': { source: SOURCE, token: 'env:CONSUL_TEMPLATE_TEST' } })
    const peer = (asked: Asked): Said => (asked.path === '/v1/catalog/services' ? catalogue : { body: '[]' })
    const net = fakeNet({ '127.0.0.1:8500': peer }, () =>
      what === 'is known' ? 'active\n\n' : 'active\nx\nhealth.service(web|any): Unexpected response code: 403\n',
    )
    assert.equal(await consulTemplate.health?.(cluster.host('slave-1'), cluster, net), health)
  })

test.run()
