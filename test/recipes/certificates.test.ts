/** TLS of HAProxy: what the inventory says of certificates, which files they become, and what is refused. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Attributes } from '../../recipes/haproxy/attributes.ts'
import { refuseCertificates, unnamed } from '../../recipes/haproxy/certificates.ts'
import { haproxy } from '../../recipes/haproxy.ts'
import type { Resource, Step } from '../../src/index.ts'
import { withCertificates } from '../support/certificates.ts'
import { slaves, triggersOf } from './load-balancer/support.ts'
import { mistakesOf, propsOf, wanted } from './support.ts'

const test = suite('recipes/haproxy: certificates')
const { path: file, read } = withCertificates(test)

let sets = 0
/** The variables of certificates; the texts of secrets are those of the environment. */
const said = (...certificates: readonly (readonly [certificate: string, key?: string])[]) => ({
  tls: {
    certificates: certificates.map(([certificate, key], i) => {
      const variable = `CERTIFICATE_${sets++}`
      process.env[variable] = certificate
      if (key !== undefined) process.env[`${variable}_KEY`] = key
      return {
        name: `c${i}`,
        certificate: `env:${variable}`,
        ...(key === undefined ? {} : { key: `env:${variable}_KEY` }),
      }
    }),
  },
})
const of = (vars: object) => wanted(haproxy, slaves({ haproxy: vars }), 'slave-1')
const attributesOf = (vars: object) => slaves({ haproxy: vars }).host('slave-1').vars.haproxy as Attributes

const PEM = { www: `${read('www.crt')}${read('ca.crt')}${read('www.key')}`, api: read('api.crt'), key: read('api.key') }

test('a file each, and one for a key of its own; a renewed one is a reload', () => {
  const all = of(said([PEM.www], [PEM.api, PEM.key]))
  const names = ['/c0.pem', '/c1.pem', '/c1.pem.key'].map((name) => `file /etc/haproxy/certs${name}`)
  assert.equal(
    all.map(({ id }) => id).filter((id) => id.includes('certs')),
    ['directory /etc/haproxy/certs', ...names],
  )
  for (const name of names) assert.is(propsOf<{ mode: string }>(all, name).mode, '0600')
  const reloads = (resources: readonly Resource[]) => triggersOf(resources, 'haproxy').reload
  assert.equal(reloads(all), [...reloads(of({})), ...names])
})

for (const [what, vars, says] of [
  ['no key', said([PEM.api]), /certificates\[0\]\.certificate +has no private key: put it there, or give "key"$/m],
  [
    'the key of another',
    said([PEM.www], [PEM.api, read('www.key')]),
    /\[1\]\.key +has the key of another certificate than that of CN=api\.example\.com$/m,
  ],
  [
    'another key beside it',
    said([`${PEM.api}${read('www.key')}`]),
    /\[0\]\.certificate +has the key of another certificate/,
  ],
  ['a key that is none', said([PEM.api, PEM.api]), /\[0\]\.key +has no private key$/m],
  [
    'an encrypted key',
    said([PEM.api, PEM.key.replaceAll('PRIVATE', 'ENCRYPTED PRIVATE')]),
    /\[0\]\.key +has a private key that is encrypted/,
  ],
  [
    'a damaged key',
    said([PEM.api, PEM.key.replace(/\n.{30}/, '\n')]),
    /\[0\]\.key +has a private key that cannot be read/,
  ],
  ['two keys', said([PEM.api, `${PEM.key}${PEM.key}`]), /\[0\]\.key +has more than one private key/],
  ['no certificate', said([PEM.key]), /\[0\]\.certificate +has no certificate/],
  [
    'a damaged certificate',
    said([PEM.api.replace(/\n.{30}/, '\n'), PEM.key]),
    /\[0\]\.certificate +has a certificate that cannot be read/,
  ],
  [
    'a chain from its wrong end',
    said([`${read('ca.crt')}${PEM.api}`, PEM.key]),
    /\[0\]\.certificate +has the server's own certificate not first/,
  ],
  [
    'a chain in the wrong order',
    said([`${read('www.crt')}${read('root.crt')}${read('ca.crt')}${read('www.key')}`]),
    /\[0\]\.certificate +has its chain in the wrong order: put CN=ca\.example\.com right behind CN=www\.example\.com, which it signed$/m,
  ],
  [
    'the chain of another certificate',
    said([`${read('www.crt')}${read('old.crt')}${read('www.key')}`]),
    /\[0\]\.certificate +has CN=old\.example\.com behind the certificate, which was signed by another one: CN=ca\.example\.com$/m,
  ],
  [
    'a byte order mark',
    said([`\ufeff${PEM.www}`]),
    /\[0\]\.certificate +has a byte order mark before -----BEGIN CERTIFICATE-----, which must begin its line$/m,
  ],
  [
    'indented PEM',
    said([PEM.www.replace('-----BEGIN', '  -----BEGIN')]),
    /\[0\]\.certificate +has something before -----BEGIN CERTIFICATE-----, which must begin its line$/m,
  ],
  ['line breaks of an old Mac', said([PEM.www.replaceAll('\n', '\r')]), /\[0\]\.certificate +has /],
  [
    'files joined without a line break',
    said([`${read('www.key')}${read('www.crt').trim()}${read('ca.crt')}`]),
    /\[0\]\.certificate +has something before -----BEGIN CERTIFICATE-----, which must begin its line$/m,
  ],
  [
    'half a chain',
    said([`${read('www.key')}${read('www.chain').slice(0, -60)}`]),
    /\[0\]\.certificate +has -----BEGIN CERTIFICATE----- without its end: is the file whole\?$/m,
  ],
  [
    'a request',
    said([PEM.www.replaceAll('CERTIFICATE', 'CERTIFICATE REQUEST')]),
    /\[0\]\.certificate +has no certificate/,
  ],
  [
    'a directory',
    { tls: { certificates: [{ name: 'a', certificate: `file:${file('')}` }] } },
    /\[0\]\.certificate +the secret's file \S+ cannot be read: it is a directory$/m,
  ],
  [
    'a file that is not there',
    { tls: { certificates: [{ name: 'a', certificate: 'file:nope.pem' }] } },
    /\[0\]\.certificate +the secret's file nope\.pem cannot be read: there is no such file/,
  ],
  ['PEM in clear', { tls: { certificates: [{ name: 'a', certificate: PEM.api }] } }, /\[0\]\.certificate +is a secret/],
  ['none', { tls: { certificates: [] } }, /tls\.certificates +must not be empty/],
  [
    'two of one name',
    {
      tls: {
        certificates: [1, 2].map(() => ({
          name: 'a',
          certificate: `file:${file('expired.crt')}`,
          key: `file:${file('www.key')}`,
        })),
      },
    },
    /tls\.certificates +has two certificates of the same name/,
  ],
  [
    'a name that is a path',
    { tls: { certificates: [{ name: '../a', certificate: 'env:CERTIFICATE_0' }] } },
    /\[0\]\.name +must be a name/,
  ],
] as const) {
  test(`the inventory has ${what}`, () => {
    const mistakes = mistakesOf(() => slaves({ haproxy: vars }))
    assert.match(mistakes, says)
    assert.match(mistakes, /has 1 mistake:/)
  })
}

const step = (name: string) => ({ type: 'file', name: `/etc/haproxy/certs/${name}`, changes: [] }) as unknown as Step
const NOW = 1_800_000_000
/** What is refused of certificates that are to be installed as c0, c1, …: the names of refusals, and the reasons. */
const refused = (vars: Attributes, ...names: readonly string[]): readonly string[] =>
  refuseCertificates(vars, names.map(step), NOW).map(({ refusal, reason }) => `${refusal}: ${reason}`)

for (const [what, name, says] of [
  [
    'that has expired',
    'expired.chain',
    'certificate: The certificate c0 expired at 2024-04-01 00:00 UTC: nobody would accept it.',
  ],
  [
    'that is not valid yet',
    'coming.chain',
    'certificate: The certificate c0 is valid only from 2099-01-01 00:00 UTC on: nobody would accept it.',
  ],
  [
    'of a CA that has expired',
    'late.chain',
    'certificate: CN=old.example.com, which signed c0, expired at 2024-04-01 00:00 UTC: nobody would accept it.',
  ],
  [
    'without the one that signed it',
    'public.crt',
    'certificate-chain: The certificate c0 comes without that of CN=ca.example.com, which signed it: most programs would not accept it.',
  ],
] as const) {
  test(`one ${what} is brought to no host`, () => {
    const vars = attributesOf(said([read(name), read('www.key')], [PEM.www]))
    assert.equal(refused(vars, 'c0.pem', 'c1.pem'), [says])
    // what is there already keeps nobody from other changes
    assert.equal(refused(vars, 'c1.pem'), [])
  })
}

test('a CA of ones own may sign without any other, a whole chain may be in lines of DOS', () => {
  assert.equal(refused(attributesOf(said([read('www.crt'), read('www.key')])), 'c0.pem'), [])
  for (const pem of [read('public.chain'), read('public.chain').replaceAll('\n', '\r\n')])
    assert.equal(refused(attributesOf(said([pem, read('www.key')])), 'c0.pem'), [])
  const twice = `${read('www.crt')}${read('www.chain')}${read('root.crt')}`
  assert.equal(refused(attributesOf(said([twice, read('www.key')])), 'c0.pem'), [])
})

test('what to do about one depends on whether it has been valid', () => {
  const remedy = (name: string) =>
    refuseCertificates(attributesOf(said([read(name), read('www.key')])), [step('c0.pem')], NOW)[0]?.remedy ?? ''
  assert.match(remedy('expired.chain'), /^Renew it/)
  assert.match(remedy('coming.chain'), /^Keep the one before until then/)
})

const route = (how: 'str' | 'end', host: string): string => `  use_backend be_a if { var(txn.host) -m ${how} ${host} }`

test('status names apps that no certificate is for, if clients are sent to TLS', () => {
  const vars = { ...attributesOf(said([PEM.www])), redirectToHttps: true }
  const of = (...lines: readonly string[]): string => unnamed(vars, lines)
  assert.is(of(route('str', 'www.example.com'), '  default_backend be_a'), '')
  assert.is(
    of(route('str', 'shop.example.com'), route('str', 'shop.example.com')),
    'no certificate is for shop.example.com: clients get that of c0',
  )
  assert.is(of(route('end', '.example.org')), 'no certificate is for *.example.org: clients get that of c0')
  const many = of(...['a', 'b', 'c', 'd', 'e'].map((name) => route('str', `${name}.example.com`)))
  assert.match(many, /^no certificate is for a\.example\.com, b\.example\.com, c\.example\.com, 2 more: /)
  const [www] = vars.tls?.certificates ?? []
  assert.ok(www !== undefined)
  const wild = {
    ...vars,
    tls: { port: 443, minVersion: 'TLSv1.2' as const, certificates: [{ ...www, names: ['*.example.com'] }] },
  }
  assert.is(unnamed(wild, [route('str', 'a.example.com'), route('end', '.example.com')]), '')
  assert.is(
    unnamed(wild, [route('str', 'a.b.example.com')]),
    'no certificate is for a.b.example.com: clients get that of c0',
  )
  assert.is(unnamed({ ...vars, redirectToHttps: false }, [route('str', 'x.example.com')]), '')
})

test.run()
