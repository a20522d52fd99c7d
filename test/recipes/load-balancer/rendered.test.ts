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
  store,
  unserved,
  WEB,
  web,
} from './rendered-ground.ts'

const test = suite('what is rendered for HAProxy')
onConsul(test)

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
