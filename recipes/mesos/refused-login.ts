import type { Health } from '../../src/index.ts'

/** What Mesos prints as it ends because a master refuses a login, or wants one. Nothing else tells. */
const REFUSED = /refused authentication|is not authenticated/

/**
 * The health of a daemon that is down, which names the variable with its login at the masters if they refuse that.
 * @param words its last words
 */
export const downBy = (words: string, variable: string, says: string): Health => ({
  green: false,
  down: true,
  ...(REFUSED.test(words) ? { variable, says: `${says} (${variable})` } : { says }),
})
