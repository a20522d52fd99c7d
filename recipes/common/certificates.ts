import { chainValidity, type Refusal, type Script, type Step, sh } from '../../src/index.ts'

/** A certificate that a file of a host has. */
export interface Dated {
  /** How sentences begin that are about it: `The certificate www`. */
  readonly what: string
  readonly path: string
  /** Seconds since 1970 between which it is valid. */
  readonly validFrom: number
  readonly validTo: number
}

/** A time in sentences. */
export const day = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(0, 16).replace('T', ' ')

/** Why a certificate must not be installed at a time (seconds since 1970), if there is a reason. */
export function invalidAt(
  { validFrom, validTo }: Pick<Dated, 'validFrom' | 'validTo'>,
  now: number,
): string | undefined {
  if (now >= validTo) return `expired at ${day(validTo)} UTC`
  return now < validFrom ? `is valid only from ${day(validFrom)} UTC on` : undefined
}

/** Does a step write this file? */
export const writes = (steps: readonly Step[], path: string): boolean =>
  steps.some(({ type, name }) => type === 'file' && name === path)

/** Refuses steps that install a certificate which nobody would accept. */
export const refuseInvalid = (all: readonly Dated[], steps: readonly Step[], now: number): readonly Refusal[] =>
  all.flatMap((each) => {
    const why = invalidAt(each, now)
    if (why === undefined || !writes(steps, each.path)) return []
    return [
      {
        refusal: 'certificate',
        reason: `${each.what} ${why}: nobody would accept it.`,
        remedy:
          each.validFrom > now
            ? 'Keep the one before until then (is the clock of this machine right?), and run the same command again.'
            : 'Renew it, and run the same command again.',
        changes: [],
      },
    ]
  })

/**
 * sh that prints the certificates in these files of a host, and no keys: those of each behind a line `= PATH`. What
 * follows begins on a new line, even if a file's last line has no end.
 */
export const certificatesAt = (paths: readonly string[]): Script => sh`
  for each in ${paths}; do
    printf '= %s\n' "$each"
    sed -n '/^-----BEGIN.* CERTIFICATE-----/,/^-----END/p' "$each" 2>/dev/null
    echo
  done`

/** The validity of what {@link certificatesAt} has printed of a file; undefined if that is no certificate. */
export const validityAt = (printed: string, path: string): ReturnType<typeof chainValidity> =>
  chainValidity((`\n${printed}`.split(`\n= ${path}\n`)[1] ?? '').split('\n= ')[0] ?? '')

/** How many days before its expiry status mentions a certificate. */
const SOON = 14

/** The message about certificates that expire soon, or are not valid now. */
export function ending(all: readonly Dated[], now: number): { readonly says: string; readonly red: boolean } {
  const soon = all.filter((each) => invalidAt(each, now) !== undefined || each.validTo - now < SOON * 86_400)
  const says = soon.map(({ what, ...each }) => {
    const why = invalidAt(each, now) ?? `expires at ${day(each.validTo)} UTC`
    return `${what.replace(/^The /, 'the ')} ${why}`
  })
  return { says: says.join('; '), red: soon.some((each) => invalidAt(each, now) !== undefined) }
}
