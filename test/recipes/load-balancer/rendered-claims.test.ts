// Two apps want one place: while an app gets another id, or an app another name in Consul.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { of, onConsul, registered, rendered, routes, type Service, section } from './rendered-ground.ts'

const test = suite('two apps that want one place')
onConsul(test)

/** Tasks of an app with these labels, so many of them draining. */
const tasks = (name: string, count: number, labels: Service['labels'], { draining = 0, on = 0 } = {}): Service[] =>
  Array.from({ length: count }, (_, i) => ({
    name,
    server: `t_${name}_${i}`,
    ...(labels === undefined ? {} : { labels }),
    ...(i < draining ? { state: 'draining' } : {}),
    ...(i < on ? { on: 'slave-2' as const } : {}),
  }))

const WWW = { 'lb-host': 'www.example.com' }
const www = 'if { var(txn.host) -m str www.example.com }'
/** Who gets the requests for www.example.com, first choice first. */
const whose = (config: string): readonly string[] =>
  routes(config).flatMap((line) => (line.endsWith(www) ? [line.replace(/^use_backend be_(\S+) .*$/, '$1')] : []))

test('who has more tasks to send to gets the requests, whatever its name', async () => {
  for (const [fresh, old] of [
    ['apple', 'web'],
    ['zebra', 'web'],
  ] as const) {
    await registered([...tasks(old, 4, WWW), ...tasks(fresh, 1, WWW)])
    assert.equal(whose(rendered()), [old, fresh])
    await registered([...tasks(old, 4, WWW, { draining: 4 }), ...tasks(fresh, 4, WWW)])
    assert.equal(whose(rendered()), [fresh, old])
  }
})

test('where only own tasks are sent to, own tasks count', async () => {
  await registered([...tasks('apple', 3, WWW, { on: 3 }), ...tasks('web', 1, WWW)])
  assert.equal(whose(rendered()), ['apple', 'web'])
  assert.equal(whose(rendered({ fallback: 'none' })), ['web', 'apple'])
})

test('a longer path and a name of its own still come first', async () => {
  await registered([...tasks('api', 1, { ...WWW, 'lb-path': '/api' }), ...tasks('web', 4, WWW)])
  assert.match(routes(rendered())[0] ?? '', /^use_backend be_api .* \{ path \/api \}$/)
})

test('so it is with the requests that nobody claims, and with a port', async () => {
  const all = { 'lb-path': '/' }
  await registered([...tasks('apple', 1, all), ...tasks('web', 2, all), ...tasks('zebra', 1, WWW)])
  assert.is(routes(rendered()).at(-1), 'default_backend be_web')
  const pg = { 'lb-tcp': '5432', 'lb-check-kind': 'tcp' }
  await registered([...tasks('mq', 1, pg), ...tasks('pg', 2, pg), ...tasks('qg', 2, pg, { draining: 2 })])
  const front = section(rendered({ tcpPorts: [5432] }), 'frontend fe_tcp_5432')
  assert.equal(of(front, /^default_backend/), ['default_backend be_pg # tcp 5432'])
})

test.run()
