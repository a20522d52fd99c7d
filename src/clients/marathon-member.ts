import { object } from '../lib/json.ts'
import { reveal, type Secret } from '../shell/secret.ts'
import { type Dial, http, login, parsed } from './http.ts'

/** The state of one Marathon process, according to its own answer. */
export interface MarathonMember {
  /**
   * `no-leader`: it runs but knows no leader at the moment, or its leader is starting or stopping. `locked`: it
   * requires another user and password.
   */
  readonly is: 'leader' | 'standby' | 'no-leader' | 'locked'
  /** `host:port` of the leader, by the leader's own account. */
  readonly leader?: string
  /** The leader's version: a standby forwards the request. */
  readonly version?: string
  /** Its framework id in Mesos; absent until it has registered for the first time. */
  readonly frameworkId?: string
}

/**
 * Requests the state of one Marathon. A standby cannot report on itself: it forwards every request to the leader, and
 * says so in a header.
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
