import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { healthFrom } from '../../../recipes/registrar/health.ts'
import { configuration, registrar } from '../../../recipes/registrar.ts'
import { registrarProgram, Secret } from '../../../src/index.ts'
import type { Cluster } from '../../../src/model/recipe.ts'
import { parseConfig } from '../../../src/registrar/config.ts'
import { slaves, triggersOf } from '../load-balancer/support.ts'
import { mistakesOf, propsOf, text, wanted } from '../support.ts'
import { GOOD, NOW, probe } from './status.ts'

const test = suite('recipes/registrar')
const CONFIG = 'file /etc/provision-registrar/registrar.json'
const UNIT = 'unit provision-registrar.service'
const resources = (cluster: Cluster) => wanted(registrar, cluster, 'slave-1')
const ids = (vars: object = {}) => resources(slaves({ registrar: vars })).map((r) => r.id)
const config = (vars: object = {}) => parseConfig(text(resources(slaves({ registrar: vars })), CONFIG))

test('what it needs, before its first start', () =>
  assert.equal(ids(), [
    'package nodejs',
    'user provision-registrar',
    'directory /usr/local/lib/provision',
    'file /usr/local/lib/provision/registrar.mjs',
    'directory /etc/provision-registrar',
    'file /etc/provision-registrar/marathon.credentials',
    'file /etc/provision-registrar/consul.token',
    CONFIG,
    UNIT,
    'service provision-registrar',
  ]))

test('its configuration is one that it takes: all of Marathon, by name', () =>
  assert.equal(config(), {
    cluster: 'main',
    address: '10.0.0.21',
    hostnames: ['10.0.0.21', 'slave-1'],
    marathon: ['http://10.0.0.11:8080', 'http://10.0.0.12:8080'],
    consul: 'http://127.0.0.1:8500',
    agent: 'http://10.0.0.21:5051',
    status: '/run/provision-registrar/status.json',
    reconcileSeconds: 30,
    debounceMs: 300,
  }))

test('with access control, a missing token is a mistake of the inventory', () => {
  const acl = (acl: object | undefined, vars: Record<string, object> = {}) =>
    mistakesOf(() =>
      slaves({
        consul: {
          datacenter: 'dc1',
          source: { zip: 'c.zip', sha256: 'a'.repeat(64), version: '1.21.0' },
          ...(acl ? { acl } : {}),
        },
        ...vars,
      }),
    )
  const both = acl({})
  assert.match(
    both,
    /hosts\.slave-1\.vars\.registrar\.consulToken +is missing: vars\.consul\.acl refuses requests without a token/,
  )
  assert.match(both, /hosts\.slave-2\.vars\.consul-template\.token +is missing/)
  process.env.REGISTRAR_TEST = 'hunter2'
  const given = { registrar: { consulToken: 'env:REGISTRAR_TEST' }, 'consul-template': { token: 'env:REGISTRAR_TEST' } }
  for (const fine of [acl({}, given), acl({ defaultPolicy: 'allow' }), acl(undefined)])
    assert.not.match(fine, /oken +is missing/)
})

test('the program is the one that is built', () =>
  assert.is(text(resources(slaves()), 'file /usr/local/lib/provision/registrar.mjs'), registrarProgram()))

test('secrets lie in files of their own, and are no reason for a restart', () => {
  process.env.REGISTRAR_TEST = 'user:hunter2'
  const cluster = slaves({ registrar: { credentials: 'env:REGISTRAR_TEST', consulToken: 'env:REGISTRAR_TEST' } })
  const all = resources(cluster)
  const { credentials, consulToken } = parseConfig(text(all, CONFIG))
  for (const path of [credentials, consulToken]) {
    const { content, mode, owner, group } = propsOf<{
      content: { word: unknown }
      mode: string
      owner: string
      group: string
    }>(all, `file ${path}`)
    assert.instance(content.word, Secret)
    assert.equal([mode, owner, group], ['0640', 'root', 'provision-registrar'])
  }
  assert.not.match(text(all, CONFIG), 'hunter2')
  assert.equal(triggersOf(all, 'provision-registrar').restart, [
    'file /usr/local/lib/provision/registrar.mjs',
    CONFIG,
    UNIT,
  ])
})

test('credentials are those of the recipe marathon, where it has none of its own', () => {
  process.env.REGISTRAR_TEST = 'user:hunter2'
  const all = resources(slaves({ marathon: { credentials: 'env:REGISTRAR_TEST' } }))
  const path = parseConfig(text(all, CONFIG)).credentials
  assert.instance(propsOf<{ content: { word: unknown } }>(all, `file ${path}`).content.word, Secret)
})

test("the agent's hostname is known where the inventory gives it", () => {
  const cluster = slaves()
  const host = cluster.host('slave-1')
  const vars = { ...host.vars, 'mesos-agent': { hostname: 'slave-1.example' } }
  const { hostnames } = configuration({ ...host, vars }, cluster, host.vars.registrar as never)
  assert.equal(hostnames, ['slave-1.example', '10.0.0.21', 'slave-1'])
})

test('a Node of its own', () => {
  const node = {
    version: '20.19.5',
    tarball: 'https://nodejs.org/dist/v20.19.5/node-v20.19.5-linux-x64.tar.xz',
    sha256: 'b'.repeat(64),
  }
  const all = resources(slaves({ registrar: { node } }))
  assert.equal(
    all.slice(0, 2).map((r) => r.id),
    ['package xz-utils', 'archive /opt/node-20.19.5'],
  )
  assert.match(
    text(all, UNIT),
    /^ExecStart=\/opt\/node-20\.19\.5\/bin\/node \/usr\/local\/lib\/provision\/registrar\.mjs /m,
  )
  assert.match(text(resources(slaves()), UNIT), /^ExecStart=\/usr\/bin\/node /m)
})

test("a CA of one's own is Node's business", () => {
  const unit = text(resources(slaves({ registrar: { caFile: '/etc/ssl/ca.pem' } })), UNIT)
  assert.match(unit, /^Environment=NODE_EXTRA_CA_CERTS=\/etc\/ssl\/ca\.pem$/m)
  assert.not.match(text(resources(slaves()), UNIT), /^Environment/m)
})

for (const [what, make, says] of [
  [
    'no Marathon at all',
    () => slaves({}, false),
    /hosts\.slave-1\.vars\.registrar\.marathon +is missing: no host runs marathon/,
  ],
  [
    'a Marathon elsewhere',
    () => slaves({ registrar: { marathon: ['http://marathon.example:8080'] } }, false),
    /it was accepted/,
  ],
  [
    'a Marathon that is no URL',
    () => slaves({ registrar: { marathon: ['10.0.0.11:8080'] } }),
    /marathon\[0\] +must be a URL/,
  ],
  ['a password in clear', () => slaves({ registrar: { credentials: 'user:pass' } }), /credentials +is a secret/],
  ['a cluster with a colon', () => slaves({ registrar: { cluster: 'a:b' } }), /cluster +must be a name/],
] as const) {
  test(`the inventory has ${what}`, () => assert.match(mistakesOf(make), says))
}

for (const [what, answer, health] of [
  ['that is well', probe(), { green: true, says: 'attached, 2 tasks serve' }],
  ['with one of each', probe({ serving: 1, draining: 1 }), { green: true, says: 'attached, 1 task serves, 1 drain' }],
  ['with a bad label', probe({ problems: ['/web: x'] }), { green: true, says: 'attached, 2 tasks serve; /web: x' }],
  ['that is stopped', probe({}, 'inactive'), { green: false, down: true, says: 'not running: inactive' }],
  ['that has just begun', `active\n${NOW}\n`, { green: false, says: 'running, but it has said nothing yet' }],
  ['that hangs', probe({ time: NOW - 100_000 }), { green: false, says: 'it hangs: it has printed nothing for 100 s' }],
  ['without Consul', probe({ consul: 'x' }), { green: false, says: 'the Consul agent cannot be asked: x' }],
  [
    'whose token Consul does not know',
    probe({ consul: '127.0.0.1: GET /v1/agent/services answered 403: ACL not found', denied: true }),
    {
      green: false,
      variable: 'vars.registrar.consulToken',
      says: 'Consul refuses its token, vars.registrar.consulToken: 127.0.0.1: GET /v1/agent/services answered 403: ACL not found',
    },
  ],
  [
    'without Marathon',
    probe({ marathon: 'x', attached: false }),
    { green: false, waitsFor: 'marathon', says: 'Marathon cannot be asked: x (frozen: 2 tasks serve)' },
  ],
  [
    'without events',
    probe({ attached: false }),
    { green: false, waitsFor: 'marathon', says: "not attached to Marathon's events (frozen: 2 tasks serve)" },
  ],
  [
    'whose looks do not succeed',
    probe({ lastSuccess: NOW - 91_000 }),
    { green: false, says: 'its last successful query was 91 s ago' },
  ],
] as const) {
  test(`health of one ${what}`, () => assert.equal(healthFrom(answer), health))
}

for (const text of ['{"time": 1', 'null', '[]', '""', '{}', JSON.stringify({ ...GOOD, problems: 'none' })])
  test(`health of one whose status file says ${text.slice(0, 20)}`, () =>
    assert.equal(healthFrom(`active\n${NOW}\n${text}\n`), {
      green: false,
      says: '/run/provision-registrar/status.json is not what provision-registrar writes there: systemctl restart provision-registrar writes it anew',
    }))

test.run()
