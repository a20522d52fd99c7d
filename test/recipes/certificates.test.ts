/** TLS of HAProxy: what the inventory says of certificates, which files they become, and what is refused. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Attributes } from '../../recipes/haproxy/attributes.ts'
import { ending, invalidAt, refuseInvalid } from '../../recipes/haproxy/certificates.ts'
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
    'a file that is not there',
    { tls: { certificates: [{ name: 'a', certificate: 'file:nope.pem' }] } },
    /\[0\]\.certificate +the secret's file nope\.pem cannot be read: there is no such file/,
  ],
  ['PEM in clear', { tls: { certificates: [{ name: 'a', certificate: PEM.api }] } }, /\[0\]\.certificate +is a secret/],
  ['none', { tls: { certificates: [] } }, /tls\.certificates +must have at least 1/],
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
test('one that has expired is brought to no host', () => {
  const vars = attributesOf(said([read('expired.crt'), read('www.key')], [PEM.www]))
  const [refusal, ...more] = refuseInvalid(vars, [step('c0.pem'), step('c1.pem')], 1_800_000_000)
  assert.is(refusal?.reason, 'The certificate c0 expired at 2024-04-01 00:00 UTC: no client would accept it.')
  assert.equal([refusal?.refusal, more], ['certificate', []])
  // what is there already keeps nobody from other changes
  assert.equal(refuseInvalid(vars, [step('c1.pem')], 1_800_000_000), [])
  assert.match(ending(vars, 1_800_000_000).says, /^the certificate c0 expired at/)
  assert.is(ending(vars, 1_800_000_000).red, true)
})

test('one that ends soon is named, and not red', () => {
  const vars = attributesOf(said([read('expired.crt'), read('www.key')]))
  const end = Date.UTC(2024, 3, 1) / 1000
  assert.equal(ending(vars, end - 15 * 86_400), { says: '', red: false })
  assert.equal(ending(vars, end - 13 * 86_400), {
    says: 'the certificate c0 expires at 2024-04-01 00:00 UTC',
    red: false,
  })
  assert.match(
    invalidAt({ ...(vars.tls?.certificates[0] as never as object), validFrom: end, validTo: end + 9 } as never, 1) ??
      '',
    /^is valid only from 2024-04-01/,
  )
})

for (const [what, vars, says] of [
  [
    'a network that is none',
    { proxyProtocol: ['10.0.0.0/33'] },
    /proxyProtocol\[0\] +must be an address or a network like/,
  ],
  [
    'a name for a network',
    { trustedProxies: ['elb.internal'] },
    /trustedProxies\[0\] +must be an address or a network like/,
  ],
  ['a log of another kind', { accessLog: 'yes' }, /accessLog +must be "none" or "errors" or "all"/],
  ['small headers', { headerKb: 8 }, /headerKb +must be at least 16/],
  ['no patience for WebSockets', { tunnelSeconds: 0 }, /tunnelSeconds +must be at least 1/],
  [
    'what a variable says',
    { extra: { global: ['nbthread 2', ' maxconn 5'] } },
    /extra +global\[1\] cannot contain "maxconn 5": it is the variable maxconn/,
  ],
  [
    'what labels say',
    { extra: { frontend: ['use_backend x if { path /a }'] } },
    /frontend\[0\] cannot contain .*: the labels of the apps set it/,
  ],
  ['a section among lines', { extra: { defaults: ['backend x'] } }, /defaults\[0\] cannot begin a section/],
  [
    'lines before a section',
    { extra: { sections: ['mode tcp'] } },
    /sections\[0\] must begin with a section, like "listen smtp"/,
  ],
  [
    'a section of the recipe',
    { extra: { sections: ['backend be_web'] } },
    /sections\[0\] cannot contain "backend be_web"/,
  ],
  ['two lines in one', { extra: { global: ['a\nb'] } }, /global\[0\] +must be one line of text/],
  ['a place that there is not', { extra: { backend: [] } }, /extra\.backend +is not a known key/],
] as const) {
  test(`the inventory has ${what}`, () =>
    assert.match(
      mistakesOf(() => slaves({ haproxy: vars })),
      says,
    ))
}

test.run()
