/** Clients of a balancer that sends the PROXY protocol where nobody expects it, or does not where it is expected. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { unproxied } from '../../../recipes/haproxy/proxied.ts'
import { haproxy } from '../../../recipes/haproxy.ts'
import { parseFrontend } from '../../../src/index.ts'
import { fakeNet, paths } from '../../support/fake-net.ts'
import { slaves } from './support.ts'

const test = suite('recipes/haproxy: the PROXY protocol')

const csv = (connections: number, sessions: number, failedTls = 0, malformed = 0): string =>
  `# ${[
    'pxname,svname,stot,ereq,type,conn_tot,ssl_failed_handshake',
    `fe_http,FRONTEND,${sessions},${malformed},0,${connections},${failedTls}`,
    'no_app,BACKEND,0,,1,,',
  ].join('\n')}\n`
const PROXIED = ['10.0.0.0/16']

for (const [what, proxyProtocol, figures, red, says] of [
  ['all send it', PROXIED, csv(90, 90), false, ''],
  ['nobody has come', PROXIED, csv(0, 0), false, ''],
  ['a few do not send it', PROXIED, csv(90, 80), false, '10 of 90 connections'],
  ['most do not send it', PROXIED, csv(90, 30), true, '60 of 90 connections'],
  ['the first two do not send it', PROXIED, csv(2, 0), false, '2 of 2 connections'],
  ['the TLS of most fails', PROXIED, csv(90, 30, 60), false, ''],
  ['some send no HTTP', undefined, csv(90, 90, 0, 30), false, ''],
  // checks that connect and close are counted in the same way
  ['most send what is not expected', undefined, csv(90, 90, 0, 60), false, '60 of 90 connections'],
  ['an empty list expects nothing', [], csv(90, 90, 0, 60), false, '60 of 90 connections'],
] as const)
  test(what, () => {
    const frontend = parseFrontend(figures, 'fe_http')
    assert.ok(frontend)
    const seen = unproxied({ proxyProtocol: proxyProtocol && [...proxyProtocol] }, frontend)
    assert.equal([seen.red, seen.says.startsWith(says), seen.says === ''], [red, true, says === ''], seen.says)
  })

test('status is red while clients get no answer, though all apps are well', async () => {
  const good = JSON.stringify({ time: 1, ok: true, message: 'taken over', since: 1 })
  const peers = { '127.0.0.1:22002': paths({ '/;csv': { body: csv(9, 3) } }) }
  const cluster = slaves({ haproxy: { proxyProtocol: PROXIED } })
  const net = fakeNet(peers, () => `active\n120\n${good}\n\n`)
  const health = await haproxy.health?.(cluster.host('slave-1'), cluster, net)
  assert.equal([health?.green, health?.outside], [false, true])
  assert.match(health?.says ?? '', /^6 of 9 connections since the last reload came from vars\.haproxy\.proxyProtocol /)
})

test.run()
