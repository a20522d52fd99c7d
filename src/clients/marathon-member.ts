import { object } from '../lib/json.ts'
import { reveal, type Secret } from '../shell/secret.ts'
import { type Dial, http, login, parsed } from './http.ts'

/** The state of one Marathon process, by its own answer. */
export interface MarathonMember {
  /**
   * `no-leader`: it runs, and knows no leader just now, or its leader starts or stops. `locked`: it wants another user
   * and password.
   */
  readonly is: 'leader' | 'standby' | 'no-leader' | 'locked'
  /** `host:port` of the leader, as that one calls itself. */
  readonly leader?: string
  /** The leader's version: a standby passes the question on. */
  readonly version?: string
  /** What Mesos knows it by; absent until it has registered for the first time. */
  readonly frameworkId?: string
}

/**
 * Asks one Marathon for its state. A standby cannot be asked about itself: it passes every request on to the leader,
 * and says so in a header.
 * @throws Error if it does not answer, TransportError if its port refuses the connection
 */
export async function marathonMember(dial: Dial, credentials?: Secret): Promise<MarathonMember> {
  const { status, headers, body } = await http(dial, {
    path: '/v2/info',
    headers: { Accept: 'application/json', ...login(credentials && reveal(credentials)) },
  })
  if (status === 401) return { is: 'locked' }
  if (status >= 500) return { is: 'no-leader' }
  if (status !== 200) throw new Error(`GET /v2/info answered ${status}`)
  const { leader, version, frameworkId } = object(parsed(body, 'GET /v2/info did not answer with JSON'))
  return {
    is: headers['x-marathon-via'] === undefined ? 'leader' : 'standby',
    ...(typeof leader === 'string' ? { leader } : {}),
    ...(typeof version === 'string' ? { version } : {}),
    ...(typeof frameworkId === 'string' ? { frameworkId } : {}),
  }
}
