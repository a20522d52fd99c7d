/** What HAProxy refuses is told by one component of a host, wherever both are told of. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { healthFrom as rendererHealth } from '../../../recipes/consul-template/health.ts'
import { consulTemplate } from '../../../recipes/consul-template.ts'
import { healthFrom } from '../../../recipes/haproxy/health.ts'
import { haproxy } from '../../../recipes/haproxy.ts'
import { registrar } from '../../../recipes/registrar.ts'
import { together } from '../../../src/engine/health.ts'
import { brokenLinks, type Health, type Net } from '../../../src/index.ts'
import { slaves } from './support.ts'

const test = suite('recipes/load balancer: told once')

const REFUSED = "line 41: unknown keyword 'tiemout' in 'defaults' section"
const LINE = 'tiemout client 3s'
const refused = JSON.stringify({ time: 60, ok: false, message: REFUSED, line: `  ${LINE}`, since: 1 })

/** Asks something of a host whose go-live script has left these words, and whose HAProxy serves nobody. */
async function on<T>(verdict: string, ask: (net: Net) => Promise<T>): Promise<T> {
  const stats = createServer((_, response) => response.end('# pxname,svname,status,type\nno_app,BACKEND,UP,1\n'))
  await once(stats.listen(0, '127.0.0.1'), 'listening')
  const read: Net['read'] = async ({ text }) =>
    text.includes('consul-template') ? `active\nx\n\n${verdict}\n` : `active\n120\n${verdict}\n\n`
  const dial = async () => connect((stats.address() as AddressInfo).port, '127.0.0.1')
  return ask({ read, dial }).finally(() => stats.close())
}

/** How often a text has these words. */
const times = (text: string, words: string): number => text.split(words).length - 1

const cluster = slaves({ haproxy: { extra: { defaults: [LINE] } } })
const host = cluster.host('slave-1')
const both = (net: Net): Promise<readonly (readonly [string, Health])[]> =>
  Promise.all(
    [haproxy, consulTemplate].map(async (recipe) => {
      const health = await recipe.health?.(host, cluster, net)
      assert.ok(health)
      return [recipe.name, health] as const
    }),
  )

/** What is said of the first slave to whoever deploys. */
async function held(net: Net): Promise<string> {
  const links = await brokenLinks(cluster, () => net, String)
  return links.find((each) => each.startsWith('slave-1: consul-template: ')) ?? ''
}

for (const [what, verdict, words] of [
  ['a line of the inventory', refused, REFUSED],
  ['a state that nobody can read', '{"tim', 'is not what consul-template writes there'],
] as const) {
  test(`${what}: in status, and in what a run waits for; both are red`, async () => {
    const all = await on(verdict, both)
    assert.equal(
      all.map(([, { green }]) => green),
      [false, false],
    )
    assert.is(times(together(all).says, words), 1, together(all).says)
  })

  test(`${what}: what holds a deployment says it, too`, async () => {
    const link = await on(verdict, held)
    assert.is(times(link, words), 1, link)
  })
}

test('it names the variable to whoever deploys', async () => {
  assert.match(await on(refused, held), 'vars.haproxy.extra.defaults[0]')
})

const UNREADABLE =
  '/run/haproxy-golive/status is not what consul-template writes there: systemctl restart consul-template writes it anew'
for (const text of ['{"ok": tr', 'null', '7', '{}', '{"time":1,"ok":"yes","message":"","since":1}']) {
  test(`health of one whose verdict is ${text}`, () =>
    assert.equal(healthFrom(`active\n120\n${text}\n`, []), { green: false, says: `${UNREADABLE} (no app)` }))
  test(`health of a consul-template whose verdict is ${text}`, () =>
    assert.equal(rendererHealth(`active\nMon\n\n${text}\n`), {
      green: false,
      says: 'nobody knows whether HAProxy takes over what it renders',
    }))
}

test('one that is down says its last words', async () => {
  for (const recipe of [haproxy, consulTemplate, registrar]) {
    const says = (script: string): string =>
      script.includes('unit_words') ? 'activating\nfailed writing file: no space left on device\n' : 'activating\n\n\n'
    const net = {
      read: async ({ text }: { text: string }) => says(text),
      dial: async () => assert.unreachable() as never,
    }
    const health = await recipe.health?.(host, cluster, net)
    assert.is(health?.says, 'not running: activating; its last words: failed writing file: no space left on device')
  }
})

test.run()
