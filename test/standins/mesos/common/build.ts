/** What this says of itself where a real one says when and by whom it was built. */
export const VERSION = '1.11.0'
export const BUILD = { build_date: '2026-11-22 08:36:47 UTC', build_time: 1795336607, build_user: '' } as const

/** Said first in every log, and first by `--help`. */
export const STAND_IN = (program: string): string =>
  `${program} is a stand-in of provision's tests, not Apache Mesos: it answers and refuses as a recorded ${VERSION} does`
