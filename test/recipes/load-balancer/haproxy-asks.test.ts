/** What HAProxy's health asks of which apps, and how. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { haproxy } from '../../../recipes/haproxy.ts'
import { slaves } from './support.ts'

const test = suite('recipes/haproxy: what its health asks')

const NOW = 1_800_000_000
/** What a host answers that has these routes, whose registrar has these services. */
const chain = (routes: readonly string[], services: readonly string[]): string =>
  [
    'active',
    NOW,
    JSON.stringify({ time: NOW - 60, ok: true, message: 'taken over', since: NOW - 60 }),
    JSON.stringify({ services, wanted: {}, changed: (NOW - 60) * 1000 }),
    ...routes,
  ].join('\n')

test('an app is asked as its users do who come by https: to others it may only answer a redirect', async () => {
  const site = createServer(({ url, headers }, response) => {
    if (url === '/;csv')
      return void response.end(
        '# pxname,svname,status,type,bck,stot,check_status\nbe_web,t_1,UP,2,0,0,L7OK\nbe_web,BACKEND,UP,1,0,0,\n',
      )
    response.writeHead(headers['x-forwarded-proto'] === 'https' ? 500 : 301).end()
  }).listen(0, '127.0.0.1')
  await once(site, 'listening')
  const net = {
    read: async () => chain(['  default_backend be_web'], ['web']),
    dial: async () => connect((site.address() as AddressInfo).port, '127.0.0.1'),
  }
  const cluster = slaves()
  const health = await haproxy.health?.(cluster.host('slave-1'), cluster, net)
  site.close()
  assert.is(health?.says, 'web answers 500 to GET / (Host: localhost) (web: 1 of 1)')
})

test('of many apps, those whose requests have failed are asked first', async () => {
  const apps = Array.from({ length: 200 }, (_, i) => `a${i}`)
  const answers = createServer(({ url, headers }, response) => {
    if (url !== '/;csv') return void response.writeHead(headers.host === 'a187.example.com' ? 500 : 200).end()
    const csv = apps.flatMap((app, i) => [
      `be_${app},t_1,UP,2,0,0,L7OK,0`,
      `be_${app},BACKEND,UP,1,0,0,,${i === 187 ? 3 : 0}`,
    ])
    response.end(['# pxname,svname,status,type,bck,stot,check_status,hrsp_5xx', ...csv, ''].join('\n'))
  }).listen(0, '127.0.0.1')
  await once(answers, 'listening')
  const net = {
    read: async () =>
      chain(
        apps.map((app) => `  use_backend be_${app} if { var(txn.host) -m str ${app}.example.com }`),
        apps,
      ),
    dial: async () => connect((answers.address() as AddressInfo).port, '127.0.0.1'),
  }
  const cluster = slaves()
  const health = await haproxy.health?.(cluster.host('slave-1'), cluster, net)
  answers.close()
  assert.is(health?.green, false)
  assert.match(health?.says ?? '', /^a187 answers 500 to GET \/ \(Host: a187\.example\.com\)/)
})

test.run()
