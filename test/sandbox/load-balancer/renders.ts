import * as assert from 'uvu/assert'
import { answersOf, ask, healthOf } from '../../support/load-balancer.ts'
import { until } from '../../support/until.ts'
import { apply, finish } from '../../support/zookeeper.ts'
import {
  all,
  answers,
  byHand,
  cluster,
  clusterOf,
  consul,
  facts,
  green,
  hosts,
  load,
  NO_APP,
  nothingLost,
  ok,
  one,
  reloads,
  test,
  two,
  verdict,
} from './ground.ts'

test('a slave that is drained says so, and goes on answering', async () => {
  await consul(one, 'PUT', '/v1/kv/lb/drain/slave-1', 'upgrade')
  for (const port of [80, 8081])
    await until('503', async () => (await ask(one.address, '/haproxy-health', { port })).startsWith('503'), 100)
  assert.is(await answersOf(one.address), '200 web-a1')
  assert.match(await ask(two.address, '/haproxy-health'), /^200/)
  await consul(one, 'DELETE', '/v1/kv/lb/drain/slave-1')
  for (const port of [80, 8081])
    await until('200', async () => (await ask(one.address, '/haproxy-health', { port })).startsWith('200'), 100)
})

test('a turn that restarts HAProxy: it leaves the balancer in front before, and is back after; nothing is lost', async () => {
  const pids = () => Promise.all(hosts.map((h) => ok(h, 'systemctl show --value -p MainPID haproxy')))
  const before = await pids()
  for (const h of hosts)
    await ok(
      h,
      'mkdir -p /var/lib/provision; echo "restart $(cat /proc/sys/kernel/random/boot_id)" >/var/lib/provision/haproxy.service.owed',
    )
  const client = load(one, two)
  const said: string[] = []
  // long enough for what the client in front has begun on a busy machine
  const patient = clusterOf(hosts, { haproxy: { leaveSeconds: 15 } })
  const result = await finish(apply, patient, facts, {}, (event) => {
    if (event.event === 'waiting') said.push(`${event.host} ${event.for}`)
  })
  all(result, 'changed')
  const sent = await client.stop()
  for (const { name } of hosts)
    assert.ok(said.includes(`${name} the load balancer in front to send no more`), said.join('; '))
  nothingLost(sent, 400)
  const after = await pids()
  assert.ok(before.every((pid, i) => pid !== after[i]))
  assert.is(await ok(one, 'curl -s http://127.0.0.1:8500/v1/kv/lb/drain/?keys'), '')
  for (const host of hosts)
    await until('200', async () => (await ask(host.address, '/haproxy-health')).startsWith('200'), 100)
})

test('a bad render never goes live, health says why, and the next good one does', async () => {
  const before = await ok(one, 'sha256sum </etc/haproxy/haproxy.cfg')
  await ok(
    one,
    `sed -i 's/^  spread-checks 3/  foo bar/' /etc/consul-template/haproxy.ctmpl; systemctl restart consul-template`,
  )
  await until('it is refused', async () => !(await verdict(one)).ok, 100)
  assert.is(await ok(one, 'sha256sum </etc/haproxy/haproxy.cfg'), before)
  assert.is(await answersOf(one.address), '200 web-a1')
  const [, haproxy = ''] = await healthOf(cluster, 'slave-1')
  assert.match(
    haproxy,
    /^RED haproxy: the last render was refused: line \d+: unknown keyword 'foo' in 'global' section; serving the one from \d\d:\d\d UTC/,
  )
  assert.is(await ok(one, 'systemctl is-active consul-template'), 'active')
  // another run puts the template right
  all(await finish(apply, clusterOf([one]), facts, { only: ['slave-1'] }), 'changed')
  await green('slave-1')
})

for (const [what, staged, says] of [
  ['cut short', 'head -n 20 /etc/haproxy/haproxy.cfg', /is not whole/],
  ['empty', 'true', /is not whole/],
  [
    'of a node that Consul has forgotten',
    "sed 's/^# provision: end/# provision: wait: no node/' /etc/haproxy/haproxy.cfg",
    /^no node$/,
  ],
  [
    'without the app that runs here',
    NO_APP,
    /^Consul does not name web any more, of which the registrar here has tasks/,
  ],
  [
    'with two servers of one name',
    "awk '1; /^  server /{print}' /etc/haproxy/haproxy.cfg",
    /^line \d+: .*distinct names/,
  ],
  ['whose port is taken', "sed 's/:8081/:22/' /etc/haproxy/haproxy.cfg", /^port 22 is taken by another program$/],
  [
    'that HAProxy cannot listen for',
    "sed 's|^  bind :8081|&\\n  bind /nowhere/x|' /etc/haproxy/haproxy.cfg",
    /^HAProxy did not take it over: .*\/nowhere\/x/,
  ],
] as const) {
  test(`a render that is ${what}: the old one stays, on disk and in service`, () =>
    byHand(async () => {
      const before = await ok(one, 'sha256sum </etc/haproxy/haproxy.cfg')
      const keep = await ok(one, `cat /var/lib/consul-template/haproxy.cfg`)
      const { since } = await verdict(one)
      await ok(
        one,
        `${staged} >/srv/staged; cp /srv/staged /var/lib/consul-template/haproxy.cfg; /usr/local/lib/provision/haproxy-golive`,
      )
      const is = await verdict(one)
      assert.equal([is.ok, is.since], [false, since])
      assert.match(is.message, says)
      assert.is(await ok(one, 'sha256sum </etc/haproxy/haproxy.cfg'), before)
      assert.is(await answersOf(one.address), '200 web-a1')
      await ok(one, 'cat >/var/lib/consul-template/haproxy.cfg; /usr/local/lib/provision/haproxy-golive', `${keep}\n`)
      assert.is((await verdict(one)).ok, true)
    }))
}

test('all apps gone at once, while nobody here has one: believed after a while, and looked at again by itself', async () => {
  await ok(one, 'systemctl stop provision-registrar; touch -d "-5 minutes" /run/provision-registrar/status.json || :')
  await byHand(async () => {
    const keep = await ok(one, 'cat /var/lib/consul-template/haproxy.cfg')
    const said = await ok(
      one,
      `${NO_APP} >/srv/staged; cp /srv/staged /var/lib/consul-template/haproxy.cfg; /usr/local/lib/provision/haproxy-golive`,
    )
    assert.ok(said.startsWith('Consul suddenly names no app at all'), said)
    assert.is(await answersOf(one.address), '200 web-a1')
    await until('it is believed', async () => (await verdict(one)).ok, 500)
    await ok(one, 'cat >/var/lib/consul-template/haproxy.cfg; /usr/local/lib/provision/haproxy-golive', `${keep}\n`)
  }).finally(() => ok(one, 'systemctl start provision-registrar'))
  await answers(one, '200 web-a1')
})

test('a reload that was owed when the script was killed is made up for', async () => {
  let before = 0
  await byHand(async () => {
    before = await reloads(one)
    await ok(one, '/usr/local/lib/provision/haproxy-golive')
    assert.is(await reloads(one), before, 'nothing new, nothing reloaded')
  })
  await ok(one, 'touch /run/haproxy-golive/owed; systemctl restart consul-template')
  await until('reloaded', async () => (await reloads(one)) > before)
})

test('a HAProxy that is down is started', async () => {
  await ok(one, 'systemctl stop haproxy; /usr/local/lib/provision/haproxy-golive; systemctl is-active haproxy')
  await answers(one, '200 web-a1')
})
