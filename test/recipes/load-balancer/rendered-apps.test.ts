/** What the real consul-template makes of what a real Consul knows, by the template of the recipe consul-template. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  ELSEWHERE,
  health,
  of,
  onConsul,
  registered,
  rendered,
  routes,
  section,
  servers,
  unserved,
  WEB,
} from './rendered-ground.ts'

const test = suite('what is rendered for HAProxy of many apps')
onConsul(test)

test('many apps: the more it says, the earlier it comes', async () => {
  const host = (hosts: string, path?: string) => ({
    'lb-host': hosts,
    ...(path === undefined ? {} : { 'lb-path': path }),
  })
  await registered([
    { name: 'admin', server: 't_1', labels: { 'lb-path': '/admin' } },
    { name: 'api', server: 't_2', labels: host('www.example.com', '/api') },
    { name: 'apiv2', server: 't_3', labels: host('www.example.com', '/api/v2') },
    { name: 'any', server: 't_4', labels: host('*.example.com') },
    { name: 'deep', server: 't_5', labels: host('*.eu.example.com,eu.example') },
    { name: 'web', server: 't_6', labels: host('www.example.com') },
    { name: 'hidden', server: 't_7' },
  ])
  const www = 'if { var(txn.host) -m str www.example.com }'
  const expected = [
    `use_backend be_apiv2 ${www} { path /api/v2 }`,
    `use_backend be_apiv2 ${www} { path_beg /api/v2/ }`,
    `use_backend be_api ${www} { path /api }`,
    `use_backend be_api ${www} { path_beg /api/ }`,
    'use_backend be_deep if { var(txn.host) -m str eu.example }',
    `use_backend be_web ${www}`,
    'use_backend be_deep if { var(txn.host) -m end .eu.example.com }',
    'use_backend be_any if { var(txn.host) -m end .example.com }',
    'use_backend be_admin if { path /admin }',
    'use_backend be_admin if { path_beg /admin/ }',
  ]
  const config = rendered()
  assert.equal(routes(config), [...expected, 'default_backend no_app'])
  assert.equal(health(config), [])
  const chosen = rendered({ defaultBackend: 'web', critical: ['api', 'gone'] })
  assert.is(routes(chosen).at(-1), 'default_backend be_web')
  assert.equal(health(chosen), [unserved('api'), 'TRUE'])
  const absent = rendered({ defaultBackend: 'gone', critical: [] })
  assert.equal([routes(absent).at(-1), health(absent)], ['default_backend no_app', []])
})

const PG = { 'lb-tcp': '5432', 'lb-check-kind': 'tcp' }

test('apps over TCP, each at its port: with all that is left where the inventory has it', async () => {
  await registered([
    { name: 'web', server: 't_1', labels: WEB },
    {
      name: 'mqtt',
      server: 't_2',
      port: 31002,
      labels: { 'lb-tcp': '1883', 'lb-check': '/up', 'lb-check-port': '31009', 'lb-timeout': '90', 'lb-maxconn': '7' },
    },
    { name: 'pg', server: 't_3', port: 31003, labels: { ...PG, 'lb-sticky': 'true' } },
    { name: 'pg', server: 't_4', port: 31004, labels: PG, on: 'slave-2' },
    { name: 'pg2', server: 't_5', labels: PG },
    { name: 'smtp', server: 't_6', labels: { 'lb-tcp': '25 ssl' } },
    { name: 'ssh', server: 't_7', labels: { 'lb-tcp': '2222' } },
  ])
  const config = rendered({
    tcpPorts: [5432, 1883, 25],
    critical: ['pg'],
    ipv6: true,
    accessLog: 'errors',
    tunnelSeconds: 600,
  })
  const fronts = [...config.matchAll(/^frontend (fe_tcp_\d+)$/gm)].map(([, name]) => name)
  assert.equal(fronts, ['fe_tcp_1883', 'fe_tcp_5432'])
  assert.equal(section(config, 'frontend fe_tcp_5432'), [
    'bind :5432',
    'bind :::5432 v6only',
    'use_backend any_pg if !{ stopping } { nbsrv(be_pg) lt 1 }',
    'default_backend be_pg # tcp 5432',
  ])
  const [, defaults = ''] = config.split(/^defaults$/m).slice(1)
  for (const line of ['mode tcp', 'option tcplog', 'option dontlog-normal', 'timeout tunnel 600s'])
    assert.match(defaults, new RegExp(`^ {2}${line}$`, 'm'))
  assert.equal(servers(config, 'pg'), ['t_3 10.0.0.21:31003', `t_4 10.0.0.22:31004 ${ELSEWHERE}`])
  assert.equal(servers(config, 'mqtt'), ['t_2 10.0.0.21:31002 maxconn 7 port 31009'])
  assert.equal(of(section(config, 'backend be_mqtt'), /^(timeout|option|http-check send)/), [
    'option allbackups',
    'timeout tunnel 90s',
    'option httpchk',
    'http-check send meth GET uri /up ver HTTP/1.1 hdr Host 127.0.0.1',
  ])
  // smtp is no port, so that it is served as requests are: by its labels it has no name
  assert.equal(routes(config), [
    'use_backend be_web if { var(txn.host) -m str www.example.com }',
    'default_backend no_app',
  ])
  assert.equal(health(config), [unserved('pg')])
  for (const app of ['pg2', 'ssh']) assert.is(servers(config, app).length, 1)
  assert.ok(config.indexOf('backend be_smtp') < config.indexOf('mode tcp'))
  assert.match(config, /\n# provision: end\n$/)
})

test('an app over TCP is nobody to send requests to, and leaves those who are as they were', async () => {
  await registered([{ name: 'pg', server: 't_1', labels: PG }])
  for (const haproxy of [{}, { defaultBackend: 'pg' }]) {
    const config = rendered(haproxy)
    assert.equal([routes(config), health(config)], [['default_backend no_app'], []])
    assert.not.match(config, /fe_tcp/)
  }
  await registered([
    { name: 'pg', server: 't_1', labels: PG },
    { name: 'web', server: 't_2' },
  ])
  assert.equal(routes(rendered()), ['default_backend be_web'])
  assert.not.match(rendered(), /tcplog/)
})

test('what somebody else registered, and what HAProxy could not take, is left out', async () => {
  await registered([
    {
      name: 'web',
      server: 't_1',
      labels: { 'lb-check': '/"x', 'lb-host': 'a b,ok.example', 'lb-path': '/a } or { true' },
    },
    { name: 'web', server: 't_2', address: '1.2.3.4 5' },
    { name: 'web', server: 't 3' },
    { name: 'web', server: 't_4', by: 'somebody' },
    { name: 'other', server: 't_5', by: 'somebody' },
    { name: 'dot.ted', server: 't_6' },
  ])
  const config = rendered()
  assert.equal(servers(config, 'web'), ['t_1 10.0.0.21:31000'])
  assert.equal(of(section(config, 'backend be_web'), /check/), [])
  assert.equal(routes(config), ['use_backend be_web if { var(txn.host) -m str ok.example }', 'default_backend be_web'])
  assert.not.match(config, /other|dot/)
})

const asks = (config: string) => of(section(config, 'backend be_web'), /^(http-check send|option httpchk)/)
const ver = 'ver HTTP/1.1 hdr Host 127.0.0.1'

test("the check is the app's own: its port, its protocol", async () => {
  const check = (more: object) => ({ 'lb-check': '/up', 'lb-check-kind': 'http', ...more })
  await registered([
    { name: 'web', server: 't_1', labels: check({}) },
    { name: 'web', server: 't_2', labels: check({ 'lb-check-port': '31009' }) },
    {
      name: 'web',
      server: 't_3',
      labels: check({ 'lb-check-port': '31010', 'lb-check-kind': 'https' }),
      state: 'draining',
    },
    { name: 'web', server: 't_4', labels: check({ 'lb-check-port': '1 weight 0' }) },
  ])
  const config = rendered()
  assert.equal(servers(config, 'web'), [
    't_1 10.0.0.21:31000',
    't_2 10.0.0.21:31000 port 31009',
    't_3 10.0.0.21:31000 port 31010 check-ssl verify none backup',
    't_4 10.0.0.21:31000',
  ])
  assert.equal(asks(config), ['option httpchk', `http-check send meth GET uri /up ${ver}`])
})

test('where nobody asks over HTTP, a connection is enough', async () => {
  await registered([{ name: 'web', server: 't_1', labels: { 'lb-check-kind': 'tcp' } }])
  assert.equal(asks(rendered()), [])
  await registered([
    { name: 'web', server: 't_1', labels: { 'lb-check-kind': 'tcp' } },
    { name: 'web', server: 't_2', labels: { 'lb-check-kind': 'http', 'lb-check': '/up' } },
  ])
  assert.equal(asks(rendered()), [])
})

test('tasks of two versions are asked for what each of them answers', async () => {
  await registered([
    { name: 'web', server: 't_1', labels: { 'lb-check': '/a,b?c=%20' } },
    { name: 'web', server: 't_2', labels: { 'lb-check': '/new' } },
    { name: 'web', server: 't_3', labels: { 'lb-check': '/new' } },
  ])
  const uri = `'%[srv_name,regsub("^(t_2|t_3)$","/new"),regsub("^[^/].*$","/a,b?c=%20")]'`
  assert.equal(asks(rendered()), ['option httpchk', `http-check send meth GET uri-lf ${uri} ${ver}`])
})

test('one app takes all that is meant for nobody else', async () => {
  const all = { 'lb-path': '/' }
  await registered([
    { name: 'all', server: 't_1', labels: all },
    { name: 'web', server: 't_2', labels: { 'lb-host': 'www.example.com', ...all } },
  ])
  const www = 'use_backend be_web if { var(txn.host) -m str www.example.com }'
  assert.equal(routes(rendered()), [www, 'default_backend be_all'])
  assert.equal(routes(rendered({ defaultBackend: 'web' })), [www, 'default_backend be_web'])
})

test('two of one name get two names', async () => {
  await registered([
    { name: 'web', server: 't_1' },
    { name: 'web', server: 't_1', on: 'slave-2' },
  ])
  assert.equal(servers(rendered(), 'web'), ['t_1 10.0.0.21:31000', `t_1_1 10.0.0.22:31000 ${ELSEWHERE}`])
})

test.run()
