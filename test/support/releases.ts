import type { Release } from '../../src/sandbox/index.ts'

/**
 * The Debian release of the hosts in suites that are for both: 12, or what PROVISION_RELEASE says. `npm run
 * test:debian13` runs on 13 all that import this.
 */
export const RELEASE: Release = process.env.PROVISION_RELEASE === '13' ? '13' : '12'

/** What such a host is called. */
export const NAME = RELEASE === '12' ? 'twelve' : 'thirteen'
