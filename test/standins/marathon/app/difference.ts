import { isDeepStrictEqual } from 'node:util'
import { ordered } from './order.ts'
import type { App } from './types.ts'

/** What is no configuration: how many, and since when. */
const config = ({ instances, version, versionInfo, ...rest }: App): unknown => JSON.parse(JSON.stringify(rest))

/** Anything but the number of instances differs: labels and the upgrade strategy too. */
export const differs = (before: App, after: App): boolean => !isDeepStrictEqual(config(before), config(after))

/** Only the number of instances differs. */
export const scales = (before: App, after: App): boolean =>
  !differs(before, after) && before.instances !== after.instances

/**
 * The instances must be replaced: by what differs, or because a restart was asked for (another version of the
 * configuration).
 */
export const restarts = (before: App, after: App): boolean =>
  differs(before, after) || before.versionInfo?.lastConfigChangeAt !== after.versionInfo?.lastConfigChangeAt

/**
 * Gives a new definition its version, if it is one; a scaling keeps the time of the last change of the configuration.
 * What is neither stays as it is, the old version included.
 */
export const versioned = (before: App | undefined, after: App, version: string): App => {
  if (before === undefined || differs(before, after)) return marked(after, version)
  const lastConfigChangeAt = before.versionInfo?.lastConfigChangeAt ?? before.version
  if (before.instances === after.instances) return before
  return ordered('App', { ...after, version, versionInfo: { lastScalingAt: version, lastConfigChangeAt } })
}

/** A version of its own, for a changed configuration or a restart. */
export const marked = (app: App, version: string): App =>
  ordered('App', { ...app, version, versionInfo: { lastScalingAt: version, lastConfigChangeAt: version } })
