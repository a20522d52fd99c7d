import { object, text } from '../../lib/json.ts'
import { RefusedLoginError } from '../../lib/user-error.ts'
import { reveal, type Secret } from '../../shell/secret.ts'
import { type Ask, type Dial, http, json, login, named, parsed } from '../http.ts'
import { type MasterState, parseMasterState } from './answers.ts'

/** The principal and secret for basic authentication, if Mesos requires it. */
export interface MesosCredential {
  readonly principal: string
  readonly secret: Secret
}

/** HTTP headers with the credentials. */
export const authorization = (credential: MesosCredential | undefined) =>
  login(credential && `${credential.principal}:${reveal(credential.secret)}`)

/** The error for an answer of a master that rejects the credentials; it does not say whether it leads. */
export function refused(status: number, name = 'it'): RefusedLoginError | undefined {
  if (status !== 401 && status !== 403) return undefined
  const variable = 'vars.mesos-master.operator'
  return new RefusedLoginError(
    variable,
    `${name} asks for a principal and a secret, or does not accept the ones in ${variable}`,
  )
}

/** Requests JSON of one master. @throws RefusedLoginError; Error if it does not answer with it */
async function ofMaster(dial: Dial, what: Ask, credential: MesosCredential | undefined): Promise<unknown> {
  const { status, body } = await http(dial, {
    ...what,
    headers: { Accept: 'application/json', ...authorization(credential) },
  })
  const locked = refused(status)
  if (locked !== undefined) throw locked
  if (status !== 200) throw new Error(`${named(what)} answered ${status}: ${body.trim().slice(0, 200)}`)
  return parsed(body, `${named(what)} did not answer with JSON`)
}

/**
 * Requests a master's metrics. Libprocess answers two such requests a second and delays the others.
 * @throws Error if it does not answer, TransportError if its port refuses the connection, RefusedLoginError
 */
export const masterState = async (dial: Dial, credential?: MesosCredential): Promise<MasterState> =>
  parseMasterState(await ofMaster(dial, { path: '/metrics/snapshot?timeout=5secs', timeout: 6000 }, credential))

/**
 * The `host:port` that a master names as the leader; undefined if it names none. That leader may be dead, or the master
 * itself right after its restart.
 */
export async function namedLeader(dial: Dial): Promise<string | undefined> {
  const { status, headers } = await http(dial, { path: '/redirect' })
  return status === 307 ? /^(?:https?:)?\/\/([^/]+)/.exec(headers.location ?? '')?.[1] : undefined
}

/** The version of a running master or agent: `1.11.0`. Needs no login. */
export const mesosVersion = async (dial: Dial): Promise<string> =>
  text((await json<{ readonly version?: unknown }>(dial, { path: '/version' })).version)

/** The flags of a running master. @throws as {@link masterState} */
export async function runningFlags(
  dial: Dial,
  credential?: MesosCredential,
): Promise<Readonly<Record<string, string>>> {
  const { flags } = object(await ofMaster(dial, { path: '/flags' }, credential))
  return Object.fromEntries(Object.entries(object(flags)).map(([name, value]) => [name, String(value)]))
}
