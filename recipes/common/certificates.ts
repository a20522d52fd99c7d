import type { Refusal, Step } from '../../src/index.ts'

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
        remedy: 'Renew it, and run the same command again.',
        changes: [],
      },
    ]
  })
