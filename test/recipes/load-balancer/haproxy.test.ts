import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { portsInUse } from '../../../recipes/haproxy/ports.ts'
import { mistakesOf, text } from '../support.ts'
import { resources, run } from './haproxy-support.ts'
import { slaves, triggersOf } from './support.ts'

const test = suite('recipes/haproxy')

test('the configuration before the package, so that its first start is right', () =>
  assert.equal(
    resources().map((r) => r.id),
    [
      'directory /etc/haproxy',
      'command haproxy.cfg until the first render',
      'unit haproxy.service.d/provision.conf',
      'package haproxy',
      'directory /usr/local/lib/provision',
      'file /usr/local/lib/provision/haproxy-golive',
      'service haproxy',
    ],
  ))

test('its unit says nothing that a variable changes, so that none needs a restart', () => {
  const unit = (vars?: object) => text(resources(vars), 'unit haproxy.service.d/provision.conf')
  assert.is(unit({ maxconn: 20_000, accessLog: 'all', packageVersion: '2.6.12-1' }), unit())
  assert.match(unit(), /^LogRateLimitIntervalSec=0$/m)
  assert.match(run({ maxconn: 20_000 }), /^ {2}maxconn 20000$/m)
  assert.match(run(), /^ {2}no strict-limits$/m)
})

test('nobody is served until the first render, and a load balancer is told so', () => {
  const config = run()
  assert.is(config.match(/monitor fail if TRUE/g)?.length, 2)
  assert.match(config, /bind :8081\n {2}no log\n {2}monitor-uri \/haproxy-health/)
  assert.match(config, /\n# provision: end\n/)
})

test('nothing is a restart', () =>
  assert.equal(triggersOf(resources(), 'haproxy'), {
    restart: [],
    reload: ['unit haproxy.service.d/provision.conf', 'package haproxy', 'command haproxy.cfg until the first render'],
  }))

for (const [what, vars, says] of [
  ['an unknown fallback', { fallback: 'some' }, /fallback +must be "others" or "none"/],
  ['a service that Consul could not name', { defaultBackend: 'a.b' }, /defaultBackend +must be the name of a service/],
  ['a critical one that is none', { critical: ['a b'] }, /critical/],
] as const) {
  test(`the inventory has ${what}`, () =>
    assert.match(
      mistakesOf(() => slaves({ haproxy: vars })),
      says,
    ))
}

for (const [what, tcpPorts, refused] of [
  ['stays', [5432, 1883], []],
  ['would be gone', [1883], ['pg is served at port 5432, which tcpPorts would no longer have.']],
] as const)
  test(`the port of an app that runs ${what}`, async () => {
    const net = {
      read: async () => '  default_backend be_pg # tcp 5432\n  default_backend be_mqtt # tcp 1883\n',
      dial: () => Promise.reject(new Error('nobody dials here')),
    }
    const refusals = await portsInUse(net, { tcpPorts: [...tcpPorts] })
    assert.equal(
      refusals.map(({ reason }) => reason),
      refused,
    )
  })

test.run()
