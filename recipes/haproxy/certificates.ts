import { type Certificate, file, type Refusal, type Resource, type Step } from '../../src/index.ts'
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

const day = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(0, 16).replace('T', ' ')

/** Why a certificate must not be installed at a time (seconds since 1970), if there is a reason. */
export function invalidAt({ validFrom, validTo }: Certificate, now: number): string | undefined {
  if (now >= validTo) return `expired at ${day(validTo)} UTC`
  return now < validFrom ? `is valid only from ${day(validFrom)} UTC on` : undefined
}

/** Refuses steps that install a certificate which no client would accept. */
export function refuseInvalid({ tls }: Partial<Attributes>, steps: readonly Step[], now: number): readonly Refusal[] {
  return (tls?.certificates ?? []).flatMap((each) => {
    const why = invalidAt(each, now)
    const touches = steps.some(({ type, name }) => type === 'file' && name === pathOf(each))
    if (why === undefined || !touches) return []
    return [
      {
        refusal: 'certificate',
        reason: `The certificate ${each.name} ${why}: no client would accept it.`,
        remedy: 'Renew it, and run the same command again.',
        changes: [],
      },
    ]
  })
}

/** How many days before its expiry status mentions a certificate. */
const SOON = 14

/** The message about certificates that expire soon, or have expired. */
export function ending({ tls }: Partial<Attributes>, now: number): { readonly says: string; readonly red: boolean } {
  const soon = (tls?.certificates ?? []).filter(({ validTo }) => validTo - now < SOON * 86_400)
  const says = soon.map(
    (each) => `the certificate ${each.name} ${invalidAt(each, now) ?? `expires at ${day(each.validTo)} UTC`}`,
  )
  return { says: says.join('; '), red: soon.some((each) => invalidAt(each, now) !== undefined) }
}
