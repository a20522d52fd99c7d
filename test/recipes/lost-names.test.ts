/** Certificates by which clients of an app that is served would reach it no more. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Attributes } from '../../recipes/haproxy/attributes.ts'
import { namesLost } from '../../recipes/haproxy/lost-names.ts'
import { haproxy } from '../../recipes/haproxy.ts'
import type { Step } from '../../src/index.ts'
import { withCertificates } from '../support/certificates.ts'
import { slaves } from './load-balancer/support.ts'

const test = suite('recipes/haproxy: the names of apps')
const { path: file, read } = withCertificates(test)

const vars = (names: readonly string[], more: object = {}) => ({
  tls: {
    certificates: names.map((name) => ({
      name,
      certificate: `file:${file(`${name}.crt`)}`,
      key: `file:${file(`${name === 'renewed' ? 'www' : name}.key`)}`,
    })),
  },
  ...more,
}) // prettier-ignore
const refusals = async (host: readonly string[], wanted: object): Promise<readonly string[]> => {
  const attrs = slaves({ haproxy: wanted }).host('slave-1').vars.haproxy as Attributes
  const net = { read: async () => host.join('\n'), dial: () => Promise.reject(new Error('nobody dials here')) }
  return (await namesLost(net, attrs)).map(({ refusal, reason }) => `${refusal}: ${reason}`)
}

const app = (condition: string): string => `  use_backend be_web if { var(txn.host) -m ${condition} }`
const WWW = app('str www.example.com')
const API = app('str api.example.com')
const REDIRECT = '  http-request redirect prefix https://%[var(txn.host)] code 301 unless is_https'
const has = (...names: readonly string[]) => names.flatMap((name) => ['  bind', read(`${name}.crt`)])
const lost = (names: string) => [
  `certificate-names: Apps are served as ${names}, and no certificate would be for that.`,
]

for (const [what, host, wanted, says] of [
  ['is renewed', [WWW, ...has('www')], vars(['renewed']), []],
  ['is another', [WWW, ...has('www')], vars(['api']), lost('www.example.com')],
  ['is for fewer names', [WWW, API, ...has('www', 'api')], vars(['api']), lost('www.example.com')],
  ['is for none', [WWW, API, ...has('www', 'api')], vars(['consul']), lost('www.example.com, api.example.com')],
  ['never was for it', [WWW, API, ...has('api')], vars(['api']), []],
  ['was for an app that is gone', [API, ...has('www', 'api')], vars(['api']), []],
  ['is the first', [WWW], vars(['api']), []],
  ['is the first, with a redirect', [WWW], vars(['api'], { redirectToHttps: true }), lost('www.example.com')],
  ['is not for it, as before', [WWW, REDIRECT, ...has('api')], vars(['api'], { redirectToHttps: true }), []],
  ['is for a name of a wildcard', [app('end .example.com'), ...has('www')], vars(['api']), []],
  ['cannot be read', [WWW, '  bind', 'nonsense'], vars(['api']), []],
  [
    'goes with all of TLS',
    [WWW, ...has('www')],
    {},
    ['certificate-names: HAProxy serves apps over TLS, and would no longer do so.'],
  ],
  ['goes with all of TLS, and nobody is served', has('www'), {}, []],
  ['is not there, and nothing is', [], {}, []],
] as const)
  test(`a certificate ${what}`, async () => assert.equal(await refusals([...host], wanted), says))

for (const [name, asks] of [
  ['/etc/haproxy/certs/www.pem', true],
  ['/etc/consul-template/haproxy.ctmpl', true],
  ['/etc/motd', false],
] as const)
  test(`the host is ${asks ? '' : 'not '}asked if ${name} changes`, async () => {
    let asked = false
    const cluster = slaves({ haproxy: {} })
    const net = {
      read: async (script: unknown) => {
        asked ||= JSON.stringify(script).includes('BEGIN')
        return ''
      },
      dial: () => Promise.reject(new Error('nobody dials here')),
    }
    const step: Step = { resource: `file ${name}`, type: 'file', name, changes: [{ action: 'update' }] } as never
    await haproxy.refuse?.(cluster.host('slave-1') as never, cluster, [step], net as never)
    assert.is(asked, asks)
  })

test.run()
