import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { rootCertificates } from 'node:tls'

/** What is wrong with a text that should be PEM: a clause that begins with "has", without any of the text. */
export class PemError extends Error {}

const BLOCK = /^-----BEGIN ([A-Z0-9 ]+)-----[\s\S]+?-----END \1-----/gm
const BEGIN = /^(.*?)(-----BEGIN [A-Z0-9 ]+-----)/m

/** The blocks of a kind. @throws PemError if one has no end, or does not begin its line, where OpenSSL looks for it */
function blocks(pem: string, kind: RegExp): readonly string[] {
  const [, before, begin] = BEGIN.exec(pem.replace(BLOCK, '(a block)')) ?? []
  if (before === '') throw new PemError(`has ${begin} without its end: is the file whole?`)
  if (begin !== undefined) {
    const what = before === '\ufeff' ? 'a byte order mark' : 'something'
    throw new PemError(`has ${what} before ${begin}, which must begin its line`)
  }
  return [...pem.matchAll(BLOCK)].filter(([, name = '']) => kind.test(name)).map(([block]) => block)
}

/** The certificates in a text, at least one. @throws PemError */
export function certificatesIn(pem: string): readonly [X509Certificate, ...X509Certificate[]] {
  const [first, ...more] = blocks(pem, /^(X509 )?CERTIFICATE$/)
  if (first === undefined) throw new PemError('has no certificate: PEM begins with -----BEGIN CERTIFICATE-----')
  try {
    return [new X509Certificate(first), ...more.map((each) => new X509Certificate(each))]
  } catch {
    throw new PemError('has a certificate that cannot be read: it is damaged')
  }
}

/** The one private key in a text. @throws PemError */
export function keyIn(pem: string): KeyObject {
  const [block, second] = blocks(pem, /PRIVATE KEY$/)
  if (block === undefined) throw new PemError('has no private key')
  if (second !== undefined) throw new PemError('has more than one private key')
  if (/ENCRYPTED/.test(block))
    throw new PemError('has a private key that is encrypted: a daemon has nobody to ask for its password')
  try {
    return createPrivateKey(block)
  } catch {
    throw new PemError('has a private key that cannot be read: it is damaged, or of a kind that is not known')
  }
}

/** What a reader of PEM finds wrong with a text, as a clause; undefined if nothing is. */
export const wrongIn =
  (read: (pem: string) => unknown) =>
  (pem: string): string | undefined => {
    try {
      read(pem)
      return undefined
    } catch (error) {
      if (error instanceof PemError) return error.message
      throw error
    }
  }

/** Whom a certificate is for, in one line. */
export const subjectOf = ({ subject }: X509Certificate): string => (subject ?? '').replaceAll('\n', ', ')

/** Whether a certificate was signed by another. */
export const isSignedBy = (one: X509Certificate, other: X509Certificate): boolean =>
  one.checkIssued(other) && one.verify(other.publicKey)

/** The DNS names of a certificate. */
export const namesOf = ({ subjectAltName, subject }: X509Certificate): readonly string[] => {
  const all = (subjectAltName ?? '').split(', ').flatMap((each) => (each.startsWith('DNS:') ? [each.slice(4)] : []))
  const common = /^CN=(\S+)$/m.exec(subject ?? '')?.[1]
  return all.length > 0 || common === undefined ? all : [common]
}

/**
 * The certificate that signed the first, if it is among those behind it.
 * @throws PemError if they are in another order than that in which each signed the one before it
 */
export function signerIn([first, ...all]: readonly [X509Certificate, ...X509Certificate[]]):
  | X509Certificate
  | undefined {
  const chain = all.filter(({ fingerprint256 }) => fingerprint256 !== first.fingerprint256)
  let last = first
  for (const [i, each] of chain.entries()) {
    if (isSignedBy(last, each)) {
      last = each
      continue
    }
    const signer = isSignedBy(last, last) ? undefined : chain.find((other) => isSignedBy(last, other))
    if (signer !== undefined)
      throw new PemError(
        `has its chain in the wrong order: put ${subjectOf(signer)} right behind ${subjectOf(last)}, which it signed`,
      )
    // behind a chain there may be another way to a root
    if (i > 0) break
    const wanted = first.issuer.replaceAll('\n', ', ')
    throw new PemError(`has ${subjectOf(each)} behind the certificate, which was signed by another one: ${wanted}`)
  }
  return chain[0]
}

/**
 * Who signed a certificate, if clients do not know them and its file does not have them: a public CA says in its
 * certificates where that of the signer is. A CA of one's own rarely does.
 */
export function missingSigner(certificate: X509Certificate): string | undefined {
  if (!/^CA Issuers - URI:/m.test(certificate.infoAccess ?? '')) return undefined
  const isRoot = rootCertificates.some((pem) => certificate.checkIssued(new X509Certificate(pem)))
  return isRoot ? undefined : certificate.issuer.replaceAll('\n', ', ')
}

/** When certificates are valid, in seconds since 1970. */
export interface Validity {
  readonly validFrom: number
  readonly validTo: number
}

const seconds = (time: string): number => Date.parse(time) / 1000

/** When a certificate is valid. */
export const validityOf = ({ validFrom, validTo }: X509Certificate): Validity => ({
  validFrom: seconds(validFrom),
  validTo: seconds(validTo),
})
