import { principalOf, readCredentials, unauthorized } from '../common/auth.ts'
import type { Flags } from '../common/flags.ts'
import type { Ask, Reply } from '../common/http.ts'
import type { Registration } from '../common/messages.ts'

const READ = new Set([
  '/state',
  '/state-summary',
  '/slaves',
  '/frameworks',
  '/tasks',
  '/roles',
  '/flags',
  '/metrics/snapshot',
  '/registrar(1)/registry',
])
const WRITE = new Set([
  '/maintenance/schedule',
  '/maintenance/status',
  '/machine/down',
  '/machine/up',
  '/teardown',
  '/api/v1',
])

/** Who may do what, by the master's flags and its file of credentials. */
export interface Access {
  /** An answer to who may not ask this. */
  refusal(ask: Ask): Reply | undefined
  /** Who subscribes, where that is checked. */
  principal(ask: Ask): string | undefined
  agent(registration: Registration): boolean
}

export function accessOf(flags: Flags): Access {
  const path = flags.text('credentials')
  const known = path === undefined ? new Map<string, string>() : readCredentials(path)
  const frameworks = flags.on('authenticate_frameworks') || flags.on('authenticate_http_frameworks')
  const realmOf = (path: string): string | undefined => {
    if (READ.has(path) && flags.on('authenticate_http_readonly')) return 'mesos-master-readonly'
    if (WRITE.has(path) && flags.on('authenticate_http_readwrite')) return 'mesos-master-readwrite'
    return path === '/api/v1/scheduler' && frameworks ? 'mesos-master-scheduler' : undefined
  }
  return {
    refusal: (ask) => {
      const realm = realmOf(ask.path)
      return realm !== undefined && principalOf(ask, known) === undefined ? unauthorized(realm) : undefined
    },
    principal: (ask) => (frameworks ? principalOf(ask, known) : undefined),
    agent: ({ credential }) =>
      !flags.on('authenticate_agents') ||
      (credential !== undefined && known.get(credential.principal) === credential.secret),
  }
}
