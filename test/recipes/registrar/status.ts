/** When a registrar last told its status, in milliseconds. */
export const NOW = 1_800_000_000_000

/** The status of a registrar that is well. */
export const GOOD = {
  time: NOW,
  lastSuccess: NOW - 20_000,
  attached: true,
  marathon: '',
  consul: '',
  serving: 2,
  draining: 0,
  problems: [],
}

/** What a registrar's host answers to its probe. `more`: what differs from a status that is well. */
export const probe = (more: object = {}, state = 'active'): string =>
  `${state}\n${NOW}\n${JSON.stringify({ ...GOOD, ...more })}\n`
