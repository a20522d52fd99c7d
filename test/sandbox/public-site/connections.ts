import * as assert from 'uvu/assert'
import { journal } from '../../support/journal.ts'
import { upload } from '../../support/lasting.ts'
import { bridgeOf, healthOf } from '../../support/load-balancer.ts'
import { PROXY, SENDER } from '../../support/public-site.ts'
import { until } from '../../support/until.ts'
import { applied, certificates, client, clusterOf, host, list, ok, reloads, site, test } from './ground.ts'

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
  assert.is(await ok(`${journal('-u haproxy -o cat')} | grep -E '\\((fe_lb_health|fe_lb_checks|admin)/' || :`), '')
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
