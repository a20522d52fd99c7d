import {
  type Certificate,
  certifiedNames,
  file,
  isCertified,
  type Refusal,
  type Resource,
  type Script,
  type Step,
} from '../../src/index.ts'
import { certificatesAt, type Dated, refuseInvalid, validityAt, writes } from '../common/certificates.ts'
import type { Attributes } from './attributes.ts'
import { PATHS } from './paths.ts'

/** Where HAProxy reads a certificate; a separate key file is beside it. */
const pathOf = ({ name }: Pick<Certificate, 'name'>): string => `${PATHS.certs}/${name}.pem`

/** The files of all certificates. */
export const certificateFiles = ({ tls }: Attributes): readonly Resource[] =>
  (tls?.certificates ?? []).flatMap((each) => [
    file(pathOf(each), { content: each.certificate }),
    ...(each.key === undefined ? [] : [file(`${pathOf(each)}.key`, { content: each.key })]),
  ])

/** A certificate, and the one that signed it, if its chain has that. */
const dated = (each: Certificate): readonly Dated[] => [
  { what: `The certificate ${each.name}`, path: pathOf(each), validFrom: each.validFrom, validTo: each.validTo },
  ...(each.signer === undefined
    ? []
    : [{ ...each.signer, what: `${each.signer.subject}, which signed ${each.name},`, path: pathOf(each) }]),
]

const incomplete = (certificates: readonly Certificate[], steps: readonly Step[]): readonly Refusal[] =>
  certificates
    .filter((each) => each.lacks !== undefined && writes(steps, pathOf(each)))
    .map(({ name, lacks }) => ({
      refusal: 'certificate-chain',
      reason: `The certificate ${name} comes without that of ${lacks}, which signed it: most programs would not accept it.`,
      remedy: 'Put it behind the certificate (certbot: fullchain.pem, not cert.pem), and run the same command again.',
      changes: [],
    }))

/** Refuses steps that install a certificate which no client would accept, or not all of them. */
export const refuseCertificates = (
  { tls }: Partial<Attributes>,
  steps: readonly Step[],
  now: number,
): readonly Refusal[] => [
  ...refuseInvalid((tls?.certificates ?? []).flatMap(dated), steps, now),
  ...incomplete(tls?.certificates ?? [], steps),
]

/** sh that prints what {@link installed} reads. */
export const askInstalled = ({ tls }: Partial<Attributes>): Script =>
  certificatesAt((tls?.certificates ?? []).map(pathOf))

/**
 * The certificates that clients of a host get, which are not those of the inventory until a run has brought them there.
 */
export const installed = ({ tls }: Partial<Attributes>, printed: string): readonly Dated[] =>
  (tls?.certificates ?? []).flatMap((each) => {
    const is = validityAt(printed, pathOf(each))
    return is === undefined ? [] : dated({ ...each, ...is, signer: is.signer })
  })

const HOST = /\{ \S+ -m (str|end) (\S+) \}/g

/** The names of apps in the lines of HAProxy's configuration; `*.example.com` is each name below. */
export const namesServed = (config: readonly string[]): readonly string[] => [
  ...new Set(
    config.flatMap((line) => [...line.matchAll(HOST)].map(([, how, host = '']) => (how === 'end' ? `*${host}` : host))),
  ),
]

/**
 * The names of apps in the lines of HAProxy's configuration that no certificate is for, if clients of plain HTTP are
 * sent to them over TLS.
 */
export function unnamed({ tls, redirectToHttps }: Partial<Attributes>, config: readonly string[]): string {
  if (tls === undefined || redirectToHttps !== true) return ''
  const names = certifiedNames(tls.certificates)
  const bare = namesServed(config).filter((host) => !isCertified(host, names))
  if (bare.length === 0) return ''
  const few = bare.length > 3 ? [...bare.slice(0, 3), `${bare.length - 3} more`] : bare
  return `no certificate is for ${few.join(', ')}: clients get that of ${tls.certificates[0]?.name}`
}
