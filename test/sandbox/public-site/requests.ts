import * as assert from 'uvu/assert'
import { bridgeOf } from '../../support/load-balancer.ts'
import { APP } from '../../support/public-site.ts'
import { fakeApp } from '../../support/scripted-marathon.ts'
import { until } from '../../support/until.ts'
import { apply, finish } from '../../support/zookeeper.ts'
import {
  applied,
  begin,
  certificates,
  client,
  clusterOf,
  facts,
  haproxyHealth,
  host,
  list,
  marathon,
  ok,
  seenBy,
  site,
  task,
  test,
} from './ground.ts'

test('from nothing to TLS: two apps, their names and certificates', async () => {
  await begin()
  await applied(site('www'))
  await ok('cat >/root/app.mjs', APP)
  for (const [i, name] of ['web-1', 'web-2', 'api'].entries())
    await ok(`systemd-run -q --unit=task-${name} node --max-http-header-size=100000 /root/app.mjs ${31001 + i} ${name}`)
  list([1, 2])
  // while only one of them is rendered, it answers to both names
  const answers = async (name: string, by: RegExp): Promise<boolean> => {
    const answer = await client.tls('/', {}, name)
    return answer.status === 200 && by.test(seenBy(answer).name)
  }
  await until(
    'both answer',
    async () => (await answers('www.example.com', /^web-/)) && answers('api.example.com', /^api$/),
    200,
  )
  const [www, api] = [await client.tls('/'), await client.tls('/', {}, 'api.example.com')]
  assert.match(www.certificate, /^www\.example\.com /)
  assert.match(api.certificate, /^api\.example\.com /)
  assert.match(seenBy(www).name, /^web-[12]$/)
  assert.is(seenBy(api).name, 'api')
  const second = await finish(apply, clusterOf(site('www')), facts)
  assert.equal(
    second.hosts.map(({ outcome }) => outcome),
    ['in-sync'],
  )
})

test('openssl finds the chain, the protocols and the first certificate for a name that nobody has', async () => {
  await ok('cat >/root/root.crt', certificates.read('root.crt'))
  const shake = (how: string): Promise<string> =>
    ok(`openssl s_client -connect ${host.address}:443 -CAfile /root/root.crt ${how} </dev/null 2>&1 || :`)
  const whole = await shake('-servername api.example.com -verify_hostname api.example.com -alpn h2,http/1.1')
  assert.match(whole, /CN = root\.example\.com[\s\S]*CN = ca\.example\.com[\s\S]*CN = api\.example\.com/)
  assert.match(whole, /Verify return code: 0 \(ok\)/)
  assert.match(whole, /ALPN protocol: h2/)
  assert.match(whole, /TLSv1\.3, Cipher is TLS_/)
  assert.match(await shake('-tls1_2'), /TLSv1\.2, Cipher is ECDHE/)
  assert.match(await shake('-tls1_1 -cipher ALL:@SECLEVEL=0'), /Cipher is \(NONE\)/)
  assert.match(await shake('-servername other.example.com'), /0 s:CN = www\.example\.com/)
})

test('plain HTTP is sent to https, but not the health check; HSTS over TLS only', async () => {
  const plain = await client.plain('/a?b=c')
  assert.equal([plain.status, plain.headers.location], [301, 'https://www.example.com/a?b=c'])
  assert.is((await client.plain('/haproxy-health')).status, 200)
  assert.is(plain.headers['strict-transport-security'], undefined)
  assert.is((await client.tls('/')).headers['strict-transport-security'], 'max-age=3600')
})

test('a host name is found however a client writes it, and is sent to https as everybody else writes it', async () => {
  for (const [Host, name] of [
    ['api.example.com.', /^api$/],
    ['API.Example.COM', /^api$/],
    ['api.example.com:443', /^api$/],
    ['Api.example.com.:8443', /^api$/],
    ['www.example.com.', /^web-/],
  ] as const) {
    const answer = await client.tls('/', { Host }, Host.replace(/\.?(:.*)?$/, '').toLowerCase())
    assert.equal([Host, answer.status], [Host, 200])
    assert.match(seenBy(answer).name, name)
    assert.is(seenBy(answer).headers.host, Host)
  }
  for (const Host of [
    'other.example.com.',
    'api.example.com.evil.example',
    'www.example.com,api.example.com',
    '[::1]:80',
  ])
    assert.equal([Host, (await client.tls('/', { Host }, 'api.example.com')).status], [Host, 503])
  for (const Host of ['www.example.com:80', 'WWW.Example.com.:8080'])
    assert.is((await client.plain('/a?b=c', { Host })).headers.location, 'https://www.example.com/a?b=c')
})

test('nobody says from where they come who is not trusted', async () => {
  const claims = { 'X-Forwarded-For': '1.2.3.4', 'X-Forwarded-Proto': 'http', Forwarded: 'for=1.2.3.4' }
  const { headers } = seenBy(await client.tls('/', claims))
  assert.equal(
    [headers['x-forwarded-for'], headers['x-forwarded-proto'], headers['x-forwarded-port'], headers.forwarded],
    [bridgeOf(host), 'https', '443', undefined],
  )
  // no way around the redirect either
  assert.is((await client.plain('/', { 'X-Forwarded-Proto': 'https' })).status, 301)
})

test('large headers, compressed answers, clients that stay, an app that takes its time, IPv6', async () => {
  const cookies = `a=${'x'.repeat(14_000)}; b=${'y'.repeat(14_000)}`
  assert.is((await client.tls('/', { Cookie: cookies })).status, 200)
  assert.is((await client.tls('/', { 'Accept-Encoding': 'gzip' })).headers['content-encoding'], 'gzip')
  const cookie = (await client.tls('/')).headers['set-cookie']?.[0]?.split(';')[0] ?? ''
  assert.match(cookie, /^lb_server=t_aaaaaaa[12]_1$/)
  const stays = Array.from({ length: 10 }, async () => seenBy(await client.tls('/', { Cookie: cookie })).name)
  assert.is(new Set(await Promise.all(stays)).size, 1)
  assert.is((await client.tls('/?wait=3500')).status, 200) // the label says 60 s, the variable 2 s
  const six = (url: string): Promise<string> =>
    ok(`curl -g -s -o /dev/null -w '%{http_code}' --connect-to '::[::1]:' --cacert /root/root.crt ${url}`)
  assert.equal(
    [await six('https://www.example.com/'), await six('http://www.example.com:8081/haproxy-health')],
    ['200', '200'],
  )
})

test('status is red while requests over TLS fail, though plain ones are sent to TLS', async () => {
  const before = marathon.apps ?? []
  await ok(
    `systemd-run -q --unit=task-sick node -e "require('http').createServer((q, r) => r.writeHead(q.url === '/healthz' ? 200 : 500).end()).listen(31009, '::')"`,
  )
  marathon.apps = [
    ...before,
    fakeApp('/sick', { 'lb.enable': 'true', 'lb.host': 'sick.example.com' }, [task('sick', 9)]),
  ]
  marathon.emit('deployment_success', {})
  await until(
    'it says so',
    async () =>
      /^RED haproxy: sick answers 500 to GET \/ \(Host: sick\.example\.com\)/.test(await haproxyHealth(site('www'))),
    500,
  )
  marathon.apps = before
  const { id, ...of } = task('sick', 9)
  marathon.emit('status_update_event', { taskId: id, taskStatus: 'TASK_KILLED', ...of })
  await until('it is well again', async () => /^haproxy: /.test(await haproxyHealth(site('www'))), 500)
})
