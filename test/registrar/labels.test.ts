import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { App } from '../../src/registrar/marathon/answers.ts'
import { balanced } from '../../src/registrar/services/labels.ts'
import { app } from './support.ts'

const test = suite('registrar/labels')
const of = (labels: Record<string, string>, more: Partial<App> = {}, id = '/shop/web') =>
  balanced(app(id, { ...more, labels: { 'lb.enable': 'true', ...labels } }))
const plain = { name: 'shop-web', portIndex: 0, hosts: [], path: undefined, check: '/', problems: [] }

for (const value of [undefined, '', 'false', 'yes', 'TRUE']) {
  test(`lb.enable ${value}: not balanced`, () =>
    assert.is(balanced(app('/web', { labels: value === undefined ? {} : { 'lb.enable': value } })), undefined))
}

for (const [what, labels, more, expected] of [
  ['nothing but lb.enable', {}, {}, {}],
  ['a name', { 'lb.name': 'shop' }, {}, { name: 'shop' }],
  ['a name with a dot, which would part a tag from it', { 'lb.name': 'a.b/c' }, {}, { name: 'a-b-c' }],
  ['hosts', { 'lb.host': 'WWW.example.com, *.shop.example' }, {}, { hosts: ['www.example.com', '*.shop.example'] }],
  ['a host twice', { 'lb.host': 'a.example,A.example' }, {}, { hosts: ['a.example'] }],
  ['a path', { 'lb.path': '/api/' }, {}, { path: '/api' }],
  ['the path of everything', { 'lb.path': '/' }, {}, {}],
  ['a check', { 'lb.check': '/healthz?lb=1' }, {}, { check: '/healthz?lb=1' }],
  ["the app's own check", {}, { checkPath: '/up' }, { check: '/up' }],
  ["a check instead of the app's own", { 'lb.check': '/ok' }, { checkPath: '/up' }, { check: '/ok' }],
  ['a port by index', { 'lb.port': '1' }, { portNames: ['http', 'admin'] }, { portIndex: 1 }],
  ['a port by name', { 'lb.port': 'admin' }, { portNames: ['http', 'admin'] }, { portIndex: 1 }],
  ['a name that is a number', { 'lb.port': '0' }, { portNames: ['http', '0'] }, { portIndex: 1 }],
] as const) {
  test(what, () => assert.equal(of(labels, more), { ...plain, ...expected }))
}

for (const [what, labels, says] of [
  ['a host with a space', { 'lb.host': 'a b' }, 'lb.host holds what is no host name'],
  ['a host that ends a line of HAProxy', { 'lb.host': 'a\nbackend evil' }, 'lb.host holds what is no host name'],
  ['a path that ends a condition', { 'lb.path': '/a } or { always_true' }, 'lb.path is not a path that HAProxy can be given'],
  ['a path without a slash', { 'lb.path': 'api' }, 'lb.path is not a path that HAProxy can be given'],
  ['a check with a quote', { 'lb.check': '/"' }, 'lb.check is not a path that HAProxy can be given'],
  ['a port that nobody named', { 'lb.port': 'https' }, 'lb.port is no name of a port'],
  ['a long check', { 'lb.check': `/${'a'.repeat(512)}` }, 'lb.check is not a path that HAProxy can be given'],
] as const) {
  test(`${what}: left out, and said`, () => assert.equal(of(labels), { ...plain, problems: [`/shop/web: its label ${says}`] }))
}

test('more hosts than Consul takes in one value: as many as fit', () => {
  const hosts = Array.from({ length: 40 }, (_, i) => `host-${i}.shop.example.com`)
  const how = of({ 'lb.host': hosts.join(',') })
  assert.ok((how?.hosts.join(',').length ?? 0) <= 512)
  assert.equal(how?.hosts, hosts.slice(0, how?.hosts.length))
  assert.equal(how?.problems, ['/shop/web: its label lb.host is longer than 512 characters'])
})

test.run()
