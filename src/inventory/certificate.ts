import type { X509Certificate } from 'node:crypto'
import * as v from 'valibot'
import { reveal, Secret } from '../shell/secret.ts'
import {
  certificatesIn,
  isSignedBy,
  keyIn,
  missingSigner,
  namesOf,
  PemError,
  signerIn,
  subjectOf,
  type Validity,
  validityOf,
  wrongIn,
} from './pem.ts'
import { secret } from './secrets.ts'

/** What is known of a certificate and its chain. */
interface Known extends Validity {
  /** The DNS names that it is for; `*.example.com` is for each name directly below. */
  readonly names: readonly string[]
  /** Who signed it, with a validity of their own, if the chain has them. */
  readonly signer?: (Validity & { readonly subject: string }) | undefined
  /** Who signed it, if clients need their certificate and the chain does not have it. */
  readonly lacks?: string | undefined
}

/** A certificate with its key, as a server needs them. `validFrom` and `validTo` are seconds since 1970. */
export interface Certificate extends Known {
  /** The name of its files. */
  readonly name: string
  /** The certificate and its chain as PEM; may include the key. */
  readonly certificate: Secret
  readonly key?: Secret | undefined
}

/** Where a mistake is. */
type Place = 'certificate' | 'key'

const known = (leaf: X509Certificate, signer: X509Certificate | undefined): Known => ({
  ...validityOf(leaf),
  names: namesOf(leaf),
  ...(signer === undefined
    ? { lacks: missingSigner(leaf) }
    : { signer: { subject: subjectOf(signer), ...validityOf(signer) } }),
})

/** What is known of a certificate; `at` is told where it looks. @throws PemError */
function judge(certificate: string, key: string | undefined, at: (place: Place) => void): Known {
  const [leaf, ...chain] = certificatesIn(certificate)
  if (key !== undefined) at('key')
  const own = key === undefined && !/PRIVATE KEY-----/.test(certificate)
  if (own) throw new PemError('has no private key: put it there, or give "key"')
  const found = keyIn(key ?? certificate)
  if (!leaf.checkPrivateKey(found)) {
    if (!chain.some((each) => each.checkPrivateKey(found)))
      throw new PemError(`has the key of another certificate than that of ${subjectOf(leaf)}`)
    at('certificate')
    throw new PemError("has the server's own certificate not first: put those that signed it behind it")
  }
  at('certificate')
  return known(leaf, signerIn([leaf, ...chain]))
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
      let at: Place = 'certificate'
      try {
        return {
          ...dataset.value,
          ...judge(reveal(certificate), key === undefined ? undefined : reveal(key), (place) => {
            at = place
          }),
        }
      } catch (error) {
        if (!(error instanceof PemError)) throw error
        addIssue({
          message: error.message,
          path: [{ type: 'object', origin: 'value', input: dataset.value, key: at, value: dataset.value[at] }],
        })
        return NEVER
      }
    }),
  )

/** A recipe's variable that is a secret in PEM: certificates (a CA's, or a chain), or a private key. */
export const pem = (of: 'certificates' | 'key', description: string) =>
  secret({ description, check: wrongIn(of === 'key' ? keyIn : certificatesIn) })

/** Whom certificates in PEM are for, the first of them, and when one of them at least is valid. */
export function validityIn(certificates: Secret): Validity & { readonly subject: string } {
  const all = certificatesIn(reveal(certificates))
  const times = all.map(validityOf)
  return {
    subject: subjectOf(all[0]),
    validFrom: Math.min(...times.map(({ validFrom }) => validFrom)),
    validTo: Math.max(...times.map(({ validTo }) => validTo)),
  }
}

/** When a certificate and its signer are valid, from the PEM of its chain; undefined if that cannot be read. */
export function chainValidity(pem: string): Pick<Known, 'validFrom' | 'validTo' | 'signer'> | undefined {
  try {
    const all = certificatesIn(pem)
    return known(all[0], signerIn(all))
  } catch (error) {
    if (error instanceof PemError) return undefined
    throw error
  }
}

/** The DNS names of all certificates in PEM; none of what cannot be read. */
export function certificateNames(pem: string): readonly string[] {
  try {
    return certificatesIn(pem).flatMap(namesOf)
  } catch (error) {
    if (error instanceof PemError) return []
    throw error
  }
}

/** A certificate by which members of a cluster know one another, its key, and the CA of all. */
export interface Membership {
  readonly ca: Secret
  readonly cert: Secret
  readonly key: Secret
}

/**
 * What is wrong with a member's certificate, if anything: its key is another's, no certificate of `ca` has signed it,
 * or it is not for `name`. What is no certificate or key at all is the mistake of its own variable, not of this.
 */
export function memberMistake(
  { ca, cert, key }: Membership,
  name: string | undefined,
): { readonly at: 'cert' | 'key'; readonly says: string } | undefined {
  if ([ca, cert, key].some((each) => !(each instanceof Secret))) return undefined
  try {
    const [leaf, ...chain] = certificatesIn(reveal(cert))
    if (!leaf.checkPrivateKey(keyIn(reveal(key))))
      return { at: 'key', says: `has the key of another certificate than that of ${subjectOf(leaf)}` }
    const last = chain.reduce((one, other) => (isSignedBy(one, other) ? other : one), leaf)
    const all = certificatesIn(reveal(ca))
    if (!all.some((each) => isSignedBy(last, each) || each.fingerprint256 === last.fingerprint256))
      return {
        at: 'cert',
        says: `has the certificate of ${subjectOf(leaf)}, which ca (${subjectOf(all[0])}) did not sign`,
      }
    if (name === undefined || leaf.checkHost(name) !== undefined) return undefined
    return { at: 'cert', says: `has a certificate for ${namesOf(leaf).join(', ') || 'no name'}, not for ${name}` }
  } catch (error) {
    if (error instanceof PemError) return undefined
    throw error
  }
}
