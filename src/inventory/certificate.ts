import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import * as v from 'valibot'
import { reveal, type Secret } from '../shell/secret.ts'
import { secret } from './secrets.ts'

/** A certificate with its key, as a server needs them. */
export interface Certificate {
  /** The name of its files. */
  readonly name: string
  /** The certificate and its chain as PEM; may include the key. */
  readonly certificate: Secret
  readonly key?: Secret | undefined
  /** Seconds since 1970 between which it is valid. */
  readonly validFrom: number
  readonly validTo: number
}

const BLOCK = /-----BEGIN ([A-Z ]+)-----[\s\S]+?-----END \1-----/g
const blocks = (pem: string, kind: RegExp): readonly string[] =>
  [...pem.matchAll(BLOCK)].filter(([, name = '']) => kind.test(name)).map(([block]) => block)

/** The mistake in a certificate and key, and its place; or their validity. */
type Judged =
  | { readonly wrong: string; readonly at: 'certificate' | 'key' }
  | { readonly validFrom: number; readonly validTo: number }

function keyOf(pem: string): KeyObject | string {
  const [block, second] = blocks(pem, /PRIVATE KEY$/)
  if (block === undefined) return 'has no private key'
  if (second !== undefined) return 'has more than one private key'
  if (/ENCRYPTED/.test(block)) return 'has a private key that is encrypted: HAProxy has nobody to ask for its password'
  try {
    return createPrivateKey(block)
  } catch {
    return 'has a private key that cannot be read: it is damaged, or of a kind that is not known'
  }
}

function judge(certificate: string, key: string | undefined): Judged {
  const [first, ...chain] = blocks(certificate, /CERTIFICATE$/)
  if (first === undefined)
    return { wrong: 'has no certificate: PEM begins with -----BEGIN CERTIFICATE-----', at: 'certificate' }
  let leaf: X509Certificate
  let others: readonly X509Certificate[]
  try {
    leaf = new X509Certificate(first)
    others = chain.map((each) => new X509Certificate(each))
  } catch {
    return { wrong: 'has a certificate that cannot be read: it is damaged', at: 'certificate' }
  }
  const at = key === undefined ? 'certificate' : 'key'
  const found = keyOf(key ?? certificate)
  if (typeof found === 'string')
    return {
      wrong: `${found}${key === undefined && found === 'has no private key' ? ': put it there, or give "key"' : ''}`,
      at,
    }
  if (!leaf.checkPrivateKey(found)) {
    const isOther = others.some((each) => each.checkPrivateKey(found))
    if (isOther)
      return {
        wrong: "has the server's own certificate not first: put those that signed it behind it",
        at: 'certificate',
      }
    return { wrong: `has the key of another certificate than that of ${leaf.subject.replaceAll('\n', ', ')}`, at }
  }
  const seconds = (time: string): number => Date.parse(time) / 1000
  return { validFrom: seconds(leaf.validFrom), validTo: seconds(leaf.validTo) }
}

/**
 * A recipe's variable that is a TLS certificate: a name, and secrets with the PEM of its chain and of its key, together
 * or apart. The inventory's validation checks that they match; the recipe learns until when they are valid.
 */
export const certificate = () =>
  v.pipe(
    v.strictObject({
      name: v.pipe(
        v.string(),
        v.regex(/^[a-z0-9][a-z0-9._-]*$/i, 'a name of letters, digits, ".", "_" and "-"'),
        v.description('Names its file.'),
      ),
      certificate: secret({
        description: 'PEM of the certificate, followed by those that signed it (certbot: fullchain.pem), as a secret.',
      }),
      key: v.optional(
        secret({ description: 'PEM of its private key (certbot: privkey.pem). Default: it is part of certificate.' }),
      ),
    }),
    v.rawTransform(({ dataset, addIssue, NEVER }): Certificate => {
      const { certificate, key } = dataset.value
      const judged = judge(reveal(certificate), key === undefined ? undefined : reveal(key))
      if ('validTo' in judged) return { ...dataset.value, ...judged }
      const at = judged.at
      addIssue({
        message: judged.wrong,
        path: [{ type: 'object', origin: 'value', input: dataset.value, key: at, value: dataset.value[at] }],
      })
      return NEVER
    }),
  )
