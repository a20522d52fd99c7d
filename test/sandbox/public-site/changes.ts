import * as assert from 'uvu/assert'
import { ECHO, talkTo } from '../../support/public-site.ts'
import { fakeApp } from '../../support/scripted-marathon.ts'
import { until } from '../../support/until.ts'
import { apply, finish, plan, reasons } from '../../support/zookeeper.ts'
import {
  applied,
  certificate,
  client,
  clusterOf,
  facts,
  haproxyHealth,
  host,
  list,
  marathon,
  ok,
  reloads,
  site,
  task,
  test,
} from './ground.ts'

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
  for (const [wanted, says] of [
    [{ tls: { certificates: [certificate('api')] } }, /Apps are served as www\.example\.com, and no certificate would/],
    [{ tls: undefined }, /HAProxy serves apps over TLS, and would no longer do so/],
  ] as const) {
    const without = await finish(plan, clusterOf(site('renewed', wanted)), facts)
    assert.is(without.exitCode, 1)
    assert.match(reasons(without), says)
  }
  assert.throws(
    () => clusterOf({ tls: { certificates: [certificate('www', 'www', 'api')] } }),
    /certificates\[0\]\.key +has the key of another certificate than that of CN=www\.example\.com/,
  )
  const failed = await finish(apply, clusterOf(site('renewed', { extra: { defaults: ['timeout fantasy 3s'] } })), facts)
  assert.is(failed.exitCode, 1)
  assert.match(
    reasons(failed),
    /applied, but .*the last render was refused for vars\.haproxy\.extra\.defaults\[0\]: line \d+: .*fantasy/,
  )
  assert.is((await client.tls('/')).status, 200)
})
