/** What is known of one health check of one instance. It belongs to the instance: a relaunched task goes on with it. */
export interface Health {
  readonly failures: number
  readonly firstSuccess?: number
  readonly lastSuccess?: number
  readonly lastFailure?: number
  readonly cause?: string
}

export const UNKNOWN: Health = { failures: 0 }

export const alive = ({ lastSuccess, lastFailure }: Health): boolean =>
  lastSuccess !== undefined && (lastFailure === undefined || lastSuccess > lastFailure)

export const succeeded = (health: Health, now: number): Health => ({
  ...health,
  failures: 0,
  firstSuccess: health.firstSuccess ?? now,
  lastSuccess: now,
})

export const failed = (health: Health, now: number, cause: string): Health => ({
  ...health,
  failures: health.failures + 1,
  lastFailure: now,
  cause,
})

/** Failures do not count until the first success, for as long as the grace lasts. */
export const forgiven = (health: Health, started: number | undefined, graceSeconds: number, now: number): boolean =>
  health.firstSuccess === undefined && (started === undefined || started + graceSeconds * 1000 > now)

/** A failure now is one too many; 0 means never. `health` is as it was before that failure. */
export const fatal = (health: Health, most: number): boolean => most > 0 && health.failures >= most
