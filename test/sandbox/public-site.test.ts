/** A public site on one real host: TLS, what may come from whom, WebSockets, clients that stay, logs and figures. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Cluster } from '../../src/index.ts'
import type { SandboxHost } from '../../src/sandbox/index.ts'
import { type Offered, withArtifacts } from '../support/artifacts.ts'
import { withCertificates } from '../support/certificates.ts'
import { withHosts } from '../support/hosts.ts'
import { journal } from '../support/journal.ts'
import { upload } from '../support/lasting.ts'
import { balancers, bridgeOf, healthOf } from '../support/load-balancer.ts'
import type { Part } from '../support/parts.ts'
import { APP, clientOf, ECHO, PROXY, SENDER, talkTo } from '../support/public-site.ts'
import { type FakeMarathon, fakeApp, fakeMarathon } from '../support/scripted-marathon.ts'
import { until } from '../support/until.ts'
import { apply, finish, memory, plan, reasons } from '../support/zookeeper.ts'

const test = suite('a public site')
const { box, host: hostOf } = await withHosts(test, import.meta.url, [{ name: 'site-1', layer: 'balancer-12' }])
const artifacts = withArtifacts(test, box, ['consul', 'consul-template'])
const certificates = withCertificates(test)

let host: SandboxHost
let marathon: FakeMarathon
let client: ReturnType<typeof clientOf>
let made: { readonly marathon: string; readonly consul: Part & Offered; readonly template: Part & Offered }
const facts = memory()
test.after(() => marathon?.close())

const certificate = (name: string, of = name, key = of) => ({
  name,
  certificate: `file:${certificates.path(`${of}.chain`)}`,
  key: `file:${certificates.path(`${key === 'renewed' || key === 'expired' ? 'www' : key}.key`)}`,
})
/**
 * The variables of the site; the certificate of www is this one. A client that is silent for 12 s is cut off, a tunnel
 * only after twice as long: a busy machine stalls any process for some seconds. No app is given up after 2 s, since each
 * has a label that says more.
 */
const site = (www: string, more: object = {}): object => ({
  tls: { certificates: [certificate('www', www), certificate('api')] },
  redirectToHttps: true,
  hstsSeconds: 3600,
  trustedProxies: [],
  tunnelSeconds: 24,
  clientSeconds: 12,
  serverSeconds: 2,
  gzip: true,
  headerKb: 64,
  accessLog: 'all',
  metricsPort: 9101,
  ipv6: true,
  ...more,
})
const clusterOf = (haproxy: object): Cluster => balancers([host], made, { haproxy })
const ok = async (command: string, input?: string): Promise<string> => {
  const { code, stdout, stderr } = await host.sh(command, input)
  assert.is(code, 0, `${command}: ${stderr}`)
  return stdout.trim()
}
const applied = async (haproxy: object): Promise<void> => {
  const result = await finish(apply, clusterOf(haproxy), facts)
  assert.is(result.exitCode, 0, reasons(result))
}
/** What the answering task was asked. */
const seenBy = ({ body }: { readonly body: string }): { name: string; headers: Record<string, string> } =>
  JSON.parse(body)

const task = (app: string, n: number, start = 1) => ({
  id: `${app}.instance-aaaaaaa${n}-e661-11f1-87f4-193e2279135e._app.${start}`,
  slaveId: `S-${host.name}`,
  host: host.address,
  ports: [31000 + n],
  aliveAt: new Date(Date.now() + 3_600_000).toISOString(),
})
/** How often each task of web was started: one that was killed never comes back, its successor is another start. */
const starts = new Map([1, 2].map((n) => [n, 1]))
/** What Marathon lists: these tasks of web, and one of api. It tells who has ended. */
function list(tasks: readonly number[]): void {
  const of = (n: number) => task('web', n, starts.get(n))
  const labels = { 'lb.enable': 'true', 'lb.host': 'www.example.com', 'lb.sticky': 'true', 'lb.timeout': '60' }
  const web = tasks.map(of)
  const api = fakeApp('/api', { 'lb.enable': 'true', 'lb.host': 'api.example.com', 'lb.timeout': '60' }, [
    task('api', 3),
  ])
  marathon.apps = [fakeApp('/web', labels, web), api]
  for (const n of [1, 2].filter((n) => !tasks.includes(n))) {
    const { id, ...rest } = of(n)
    marathon.emit('status_update_event', { taskId: id, taskStatus: 'TASK_KILLED', ...rest })
    starts.set(n, (starts.get(n) ?? 1) + 1)
  }
  marathon.emit('deployment_success', {})
}

test('from nothing to TLS: two apps, their names and certificates', async () => {
  host = hostOf('site-1')
  marathon = await fakeMarathon(bridgeOf(host))
  made = {
    marathon: marathon.url,
    consul: await artifacts.part('consul'),
    template: await artifacts.part('consul-template'),
  }
  client = clientOf(host.address, certificates.read('root.crt'))
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

/** How often HAProxy was reloaded. */
const reloads = async (): Promise<number> =>
  Number(await ok(`${journal('-u haproxy -o cat')} | grep -c 'Reloading HAProxy' || :`))

test('WebSockets live by a time of their own; one that talks, a slow stream and an upload survive reloads', async () => {
  const [talks, silent] = [client.webSocket('/talks'), client.webSocket('/silent')]
  const slow = client.tls('/slow?every=700')
  let sends = true
  const whole = upload(
    { address: host.address, name: 'www.example.com', ca: certificates.read('root.crt') },
    () => sends,
  )
  const before = await reloads()
  for (const [i, tasks] of [[1], [1, 2], [2]].entries()) {
    list(tasks)
    await until(`reload ${i + 1}`, async () => (await reloads()) > before + i, 100)
  }
  sends = false
  assert.is((await whole).wrong, undefined)
  const { status, body } = await slow
  assert.equal([status, body.split('\n').length], [200, 21])
  await until('the silent one ends', async () => silent.ended !== undefined, 100)
  const heard = talks.heard.length
  await until('the other one still talks', async () => talks.heard.length > heard, 100)
  assert.equal([talks.ended, (silent.ended ?? 0) > 23.5], [undefined, true])
  talks.close()
  list([1, 2])
})

test('each request is a line in the journal; Prometheus finds figures', async () => {
  await client.tls('/logged')
  await until(
    'the request is in the journal',
    async () => /be_web\/t_\S+ \S+ 200 .*"GET \S*\/logged /.test(await ok(journal('-u haproxy -o cat -n 300'))),
    200,
  )
  // a reload, such as for the task that has come back, begins to count anew
  await until(
    'there are figures',
    async () => {
      await client.tls('/')
      const figures = await ok(`curl -sf http://${host.address}:9101/metrics`)
      return /^haproxy_backend_http_responses_total\{proxy="be_web",code="2xx"\} [1-9]/m.test(figures)
    },
    200,
  )
})

test('PROXY protocol of both versions from who is listed; from elsewhere, and from the host itself, not', async () => {
  const proxies = { proxyProtocol: [`${bridgeOf(host)}/32`, '10.99.0.2'], extra: { frontend: ['bind 127.0.0.1:9080'] } }
  const changed = site('www', { redirectToHttps: false, ...proxies })
  await applied(changed)
  const from = /"x-forwarded-for":"203\.0\.113\.9"/
  await until('it is live', async () => from.test(await client.says(PROXY.v1, '/')), 200)
  assert.match(await client.says(PROXY.v2, '/'), from)
  assert.not.match(await client.says('', '/'), /^HTTP\/1\.1 200/)
  // health checks: an NLB says of which connection they are, which is none; others begin them as any client does
  for (const head of [PROXY.check, PROXY.v1, PROXY.v2, ''])
    assert.match(await client.says(head, '/haproxy-health', 8081), /^HTTP\/1\.1 200 /)
  assert.match(await client.says(PROXY.check, '/haproxy-health'), /^HTTP\/1\.1 200 /)
  const local = (url: string): Promise<string> =>
    ok(`curl -s -o /dev/null -w '%{http_code}' -H 'Host: www.example.com' ${url} || :`)
  const own = `http://${host.address}/`
  assert.equal([await local(own), await local(`--haproxy-protocol ${own}`)], ['200', '400'])
  for (const six of ['', '--haproxy-protocol '])
    assert.is(await local(`${six}-g http://[::1]:8081/haproxy-health`), '200')
  // neither checks nor queries of the statistics are logged
  assert.is(await ok("journalctl -u haproxy -o cat | grep -E '\\((fe_lb_health|fe_lb_checks|admin)/' || :"), '')
  assert.is(await local('http://127.0.0.1:9080/'), '200') // a further port, in a line of the user's own
  // another HAProxy sends it: its client is who asked it, and where it is not listed it gets nothing
  await ok(SENDER)
  await until('it sends', async () => (await local('http://10.99.0.2:8001/')) === '200', 200)
  const over = '--cacert /root/root.crt --connect-to www.example.com:443:10.99.0.2:8003 https://www.example.com/'
  for (const url of ['http://10.99.0.2:8001/', 'http://10.99.0.2:8002/', over])
    assert.match(await ok(`curl -s -H 'Host: www.example.com' ${url}`), /"x-forwarded-for":"10\.99\.0\.1"/)
  assert.is(await local('http://10.99.0.2:8004/'), '400')
  const red = (await healthOf(clusterOf(changed), host.name)).filter((line) => line.startsWith('RED'))
  assert.equal(red, [])
})

test('a renewed certificate is a reload under load', async () => {
  await applied(site('www'))
  await until('over TLS', async () => (await client.tls('/')).status === 200, 200)
  const before = (await client.tls('/')).certificate
  const pid = await ok('systemctl show -p MainPID --value haproxy')
  const answers: string[] = []
  let going = true
  const load = Array.from({ length: 3 }, async () => {
    while (going)
      await client.tls('/').then(
        ({ status, certificate }) => answers.push(`${status} ${certificate}`),
        (error: Error) => answers.push(error.message),
      )
  })
  await applied(site('renewed'))
  await until('it is the new one', async () => !answers.at(-1)?.endsWith(before), 100)
  going = false
  await Promise.all(load)
  const kinds = [...new Set(answers)]
  assert.equal([kinds.length, kinds.every((kind) => kind.startsWith('200 www.example.com '))], [2, true], kinds.join())
  assert.is(await ok('systemctl show -p MainPID --value haproxy'), pid)
})

/** An app over TCP with these tasks, beside what there is. One that is gone never comes back. */
function listPg(tasks: readonly number[], before: readonly number[] = []): void {
  list([1, 2])
  const labels = { 'lb.enable': 'true', 'lb.tcp': '5432' }
  const of = tasks.map((n) => task('pg', n))
  const pg = { ...fakeApp('/pg', labels, of), healthChecks: [{ protocol: 'MESOS_TCP', portIndex: 0 }] }
  marathon.apps = [...(marathon.apps ?? []), ...(tasks.length === 0 ? [] : [pg])]
  for (const { id, ...of } of before.filter((n) => !tasks.includes(n)).map((n) => task('pg', n)))
    marathon.emit('status_update_event', { taskId: id, taskStatus: 'TASK_KILLED', ...of })
  marathon.emit('deployment_success', {})
}
const haproxyHealth = async (haproxy: object): Promise<string> =>
  (await healthOf(clusterOf(haproxy), host.name)).find((line) => line.includes('haproxy: ')) ?? ''
const says = async (port: number): Promise<string> => {
  const talk = await talkTo(host.address, port)
  if (talk === 'refused') return talk
  const said = await talk.say('hi')
  talk.close()
  return said
}

test('an app over TCP at a port of its own, plain HTTP at another: by reloads only, and gone with the app', async () => {
  const pid = await ok('systemctl show -p MainPID --value haproxy')
  // the connection that lasts says nothing while HAProxy is reloaded, however long that takes
  const wanted = site('renewed', { tcpPorts: [5432, 2525], httpPorts: [8088], ipv6: false, tunnelSeconds: 600 })
  await applied(wanted)
  assert.is(await says(5432), 'refused')
  await ok('cat >/root/echo.mjs', ECHO)
  for (const n of [4, 5, 6]) await ok(`systemd-run -q --unit=task-pg-${n} node /root/echo.mjs ${31_000 + n} pg-${n}`)
  listPg([4])
  await until('it is served', async () => (await says(5432)) === 'pg-4 hi', 200)
  const lasting = await talkTo(host.address, 5432)
  assert.ok(lasting !== 'refused')
  for (const [tasks, before] of [
    [[4, 5], [4]],
    [[5], [4, 5]],
    [[5, 6], [5]],
  ] as const) {
    const count = await reloads()
    listPg(tasks, before)
    await until(`a reload for ${tasks}`, async () => (await reloads()) > count, 100)
    assert.is(await lasting.say(`${tasks}`), `pg-4 ${tasks}`)
  }
  lasting.close()
  await until('the last task answers', async () => (await says(5432)) === 'pg-6 hi', 100)
  await until(
    'all is well',
    async () => {
      const is = await haproxyHealth(wanted)
      if (!/^haproxy: .*pg: 2 of 2/.test(is)) throw new Error(is)
      return true
    },
    500,
  )
  const elsewhere = await client.plain('/x', { Host: 'www.example.com:8088' }, 8088)
  assert.equal([elsewhere.status, elsewhere.headers.location], [301, 'https://www.example.com/x'])
  const refused = await finish(plan, clusterOf(site('renewed')), facts)
  assert.match(reasons(refused), /pg is served at port 5432, which tcpPorts would no longer have/)
  await ok('systemctl kill -s KILL task-pg-5 task-pg-6')
  await until(
    'it says so',
    async () => /^RED haproxy: .*pg has no usable server/.test(await haproxyHealth(wanted)),
    500,
  )
  assert.is(await says(5432), 'closed')
  listPg([], [5, 6])
  await until('nobody listens', async () => (await says(5432)) === 'refused', 200)
  await applied(site('renewed'))
  assert.is(await ok('systemctl show -p MainPID --value haproxy'), pid)
})

test('what does not fit changes nothing: an expired certificate, the key of another, lines of another language', async () => {
  const refused = await finish(plan, clusterOf(site('expired')), facts)
  assert.is(refused.exitCode, 1)
  assert.match(reasons(refused), /The certificate www expired at 2024-04-01 00:00 UTC/)
  assert.throws(
    () => clusterOf({ tls: { certificates: [certificate('www', 'www', 'api')] } }),
    /certificates\[0\]\.key +has the key of another certificate than that of CN=www\.example\.com/,
  )
  const failed = await finish(apply, clusterOf(site('renewed', { extra: { defaults: ['timeout fantasy 3s'] } })), facts)
  assert.is(failed.exitCode, 1)
  assert.match(reasons(failed), /the last render was refused: line \d+: .*fantasy/)
  assert.is((await client.tls('/')).status, 200)
})

test.run()
