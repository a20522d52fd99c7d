/** What the real consul-template makes of what a real Consul knows, by the template of the recipe consul-template. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  health,
  of,
  onConsul,
  registered,
  rendered,
  routes,
  type Service,
  section,
  servers,
  store,
} from './rendered-ground.ts'

const test = suite('what is rendered for HAProxy')
onConsul(test)

/** How a task elsewhere is a backup: it is asked less often. */
const ELSEWHERE = 'inter 10s downinter 1s backup'

const unserved = (app: string) => `!{ stopping } { nbsrv(be_${app}) lt 1 } { nbsrv(any_${app}) lt 1 }`

const WEB = { 'lb-check': '/healthz', 'lb-host': 'www.example.com' }
const web: readonly Service[] = [
  { name: 'web', server: 't_1', port: 31001, labels: WEB },
  { name: 'web', server: 't_2', port: 31002, labels: WEB, state: 'draining' },
  { name: 'web', server: 't_3', port: 31003, labels: WEB, on: 'slave-2' },
  { name: 'web', server: 't_4', port: 31004, labels: WEB, on: 'slave-2', state: 'draining' },
]

test('nothing yet: nobody is served, and it is whole', async () => {
  await registered([])
  const config = rendered()
  assert.equal([health(config), routes(config)], [['TRUE'], ['default_backend no_app']])
  assert.match(config, /\n# provision: end\n$/)
})

test('another cluster in the same Consul: none of its tasks is sent requests, whatever its apps are called', async () => {
  const theirs = web.map((each, i) => ({ ...each, server: `o_${i}`, port: 32000 + i, cluster: 'staging' }))
  const intern = { name: 'intern', server: 'o_9', cluster: 'staging', labels: { ...WEB, 'lb-path': '/intern' } }
  await registered([...web, ...theirs, intern])
  const config = rendered()
  assert.equal(servers(config, 'web').length, web.length)
  assert.not.match(config, / o_\d|intern/)
})

test('one app: own tasks serve, those that drain and those elsewhere are backups', async () => {
  await registered(web)
  const config = rendered()
  assert.equal(servers(config, 'web'), [
    't_1 10.0.0.21:31001',
    't_2 10.0.0.21:31002 backup',
    `t_3 10.0.0.22:31003 ${ELSEWHERE}`,
    `t_4 10.0.0.22:31004 ${ELSEWHERE}`,
  ])
  assert.equal(of(section(config, 'backend be_web'), /^(http-check|option)/), [
    'option allbackups',
    'option httpchk',
    'http-check send meth GET uri /healthz ver HTTP/1.1 hdr Host www.example.com',
    'http-check expect status 200-399',
  ])
  assert.equal(health(config), [unserved('web')])
  assert.equal(section(config, 'frontend fe_http').slice(0, 5), [
    'bind :80',
    'monitor-uri /haproxy-health',
    `monitor fail if ${unserved('web')}`,
    'http-request set-var(txn.host) req.fhdr(host),host_only,rtrim(.),lower',
    'http-request disable-l7-retry if !METH_GET',
  ])
  assert.is(routes(config).at(-1), 'default_backend be_web')
})

test('a time, so many requests at once and clients of its own', async () => {
  const labels = { ...WEB, 'lb-timeout': '300', 'lb-maxconn': '5', 'lb-sticky': 'true' }
  await registered(web.map((each, i) => ({ ...each, labels: i === 2 ? WEB : labels })))
  const config = rendered()
  assert.equal(of(section(config, 'backend be_web'), /^(timeout|cookie)/), [
    'timeout server 300s',
    'cookie lb_server insert indirect nocache httponly',
  ])
  // nobody is held at a task that ends
  assert.equal(servers(config, 'web'), [
    't_1 10.0.0.21:31001 cookie t_1 maxconn 5',
    't_2 10.0.0.21:31002 maxconn 5 backup',
    `t_3 10.0.0.22:31003 ${ELSEWHERE}`,
    `t_4 10.0.0.22:31004 maxconn 5 ${ELSEWHERE}`,
  ])
  assert.equal(of(section(config, 'backend any_web'), /^(timeout|cookie|server t_1)/), [
    'timeout server 300s',
    'server t_1 10.0.0.21:31001 maxconn 5',
  ])
})

/** All that a public site can be told. */
const PUBLIC = {
  redirectToHttps: true,
  hstsSeconds: 3600,
  proxyProtocol: ['10.0.1.0/24', '2001:db8::/32'],
  trustedProxies: ['10.0.2.0/24'],
  tunnelSeconds: 90,
  gzip: true,
  headerKb: 64,
  accessLog: 'errors',
  metricsPort: 9101,
  ipv6: true,
  extra: {
    global: ['nbthread 2'],
    defaults: ['timeout tarpit 10s'],
    frontend: ['http-request set-header X-Braces "{{ a }}"'],
    sections: ['listen smtp', '  mode tcp', '  bind :2525'],
  },
}

test('a public site: what the inventory says, and not a line where it says nothing', async () => {
  await registered(web)
  const [plain, config] = [rendered(), rendered(PUBLIC)]
  const lines = (text: string) => text.split('\n').map((line) => line.trim())
  const fresh = lines(config).filter((line) => !lines(plain).includes(line))
  assert.equal(fresh, [
    'log /dev/log local0 info',
    'tune.bufsize 66560',
    'nbthread 2',
    'timeout tunnel 90s',
    'compression algo gzip',
    'compression type text/html text/plain text/css text/xml text/javascript application/javascript application/json application/xml image/svg+xml',
    'timeout tarpit 10s',
    'bind abns@provision-health',
    'bind abns@provision-health-proxy accept-proxy',
    'bind :::80 v6only',
    '# What asks from the host itself (provision) speaks without it.',
    'tcp-request connection expect-proxy layer4 if { src 10.0.1.0/24 2001:db8::/32 } !{ src 127.0.0.0/8 ::1 10.0.0.21 }',
    'option httplog',
    'option dontlog-normal',
    ...['For', 'Port', 'Host'].map((name) => `http-request del-header X-Forwarded-${name} if !{ src 10.0.2.0/24 }`),
    'http-request del-header Forwarded if !{ src 10.0.2.0/24 }',
    '# What asks from the host itself (provision) says how clients come.',
    'http-request del-header X-Forwarded-Proto if !{ src 127.0.0.0/8 ::1 10.0.0.21 10.0.2.0/24 }',
    'acl is_https ssl_fc',
    'acl is_https req.hdr(X-Forwarded-Proto) -i https',
    'http-request redirect prefix https://%[var(txn.host)] code 301 unless is_https',
    'http-request set-var(txn.https) bool(true) if is_https',
    'http-response set-header Strict-Transport-Security max-age=3600 if { var(txn.https) -m bool } !{ res.hdr(Strict-Transport-Security) -m found }',
    'http-request set-header X-Braces "{{ a }}"',
    '# again, since these lines may have changed the header',
    'frontend fe_metrics',
    'bind 10.0.0.21:9101',
    'http-request use-service prometheus-exporter if { path /metrics }',
    'http-request return status 404',
    'listen smtp',
    'mode tcp',
    'bind :2525',
    '# A load balancer that speaks the PROXY protocol may begin its health checks with it, too, as an NLB does.',
    'mode tcp',
    'timeout client 15s',
    'timeout server 15s',
    'frontend fe_lb_checks',
    'bind :::8081 v6only',
    'tcp-request inspect-delay 10s',
    'tcp-request content accept if { req.len ge 6 }',
    'use_backend lb_checks_proxy if { req.payload(0,6) -m bin 0d0a0d0a000d } || { req.payload(0,6) -m str "PROXY " }',
    'default_backend lb_checks',
    'backend lb_checks',
    'server health abns@provision-health',
    'backend lb_checks_proxy',
    'server health abns@provision-health-proxy',
  ])
  assert.match(config, /\n# provision: end\n$/)
  assert.not.match(plain, /ssl|forwarded-|compression|v6only|expect-proxy|metrics/i)
})

test('while none passes its check: all tasks that Marathon calls healthy, whoever takes connections', async () => {
  await registered(web)
  const config = rendered()
  assert.equal(servers(config, 'web', 'any'), [
    't_1 10.0.0.21:31001',
    't_2 10.0.0.21:31002 backup',
    't_3 10.0.0.22:31003',
    't_4 10.0.0.22:31004 backup',
  ])
  assert.equal(of(section(config, 'backend any_web'), /httpchk|http-check/), [])
})

test('the strict form: own tasks only', async () => {
  await registered(web)
  const config = rendered({ fallback: 'none' })
  for (const backend of ['be', 'any'])
    assert.equal(servers(config, 'web', backend), ['t_1 10.0.0.21:31001', 't_2 10.0.0.21:31002 backup'])
})

test('an app that has no task here', async () => {
  await registered(web.slice(2))
  assert.equal(servers(rendered(), 'web'), [`t_3 10.0.0.22:31003 ${ELSEWHERE}`, `t_4 10.0.0.22:31004 ${ELSEWHERE}`])
  const strict = rendered({ fallback: 'none' })
  assert.equal([servers(strict, 'web'), health(strict)], [[], [unserved('web')]])
})

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

test('further ports of plain HTTP, from which https is found as well', async () => {
  await registered(web)
  const config = rendered({ httpPorts: [8088, 9000], redirectToHttps: true })
  assert.equal(of(section(config, 'frontend fe_http'), /^(bind|http-request redirect)/), [
    'bind :80',
    'bind :8088',
    'bind :9000',
    'http-request redirect prefix https://%[var(txn.host)] code 301 unless is_https',
  ])
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

test('drained: its health fails, its app is as it was', async () => {
  await registered(web)
  await store('lb/drain/slave-1', 'x')
  await store('lb/drain/slave-2', 'x')
  const config = rendered()
  assert.equal(health(config), [unserved('web'), 'TRUE'])
  assert.is(servers(config, 'web').length, 4)
  await store('lb/drain/slave-1')
  assert.equal(health(rendered()), [unserved('web')])
})

test.run()
