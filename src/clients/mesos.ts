import type { Carried } from '../balancing/chain.ts'
import { text } from '../lib/json.ts'
import { message } from '../lib/message.ts'
import { reveal, type Secret } from '../shell/secret.ts'
import { type Answer, type Ask, type Dial, http, json, login, parsed, rotated } from './http.ts'
import {
  type MasterState,
  type MesosAgents,
  type MesosFramework,
  parseAgents,
  parseFrameworks,
  parseMasterState,
  parseTask,
} from './mesos-answers.ts'

/** The principal and secret for basic authentication, if Mesos requires it. */
export interface MesosCredential {
  readonly principal: string
  readonly secret: Secret
}

/** A master or agent, with its name in messages. */
export interface MesosHost {
  readonly name: string
  readonly dial: Dial
}

/** Where Mesos is, and how to reach it. */
export interface MesosOptions {
  /** All masters: the client finds out which of them leads. */
  readonly masters: readonly MesosHost[]
  readonly credential?: MesosCredential
  /** Milliseconds per answer; default 5000. */
  readonly timeout?: number
}

/** The leading master refused a request. */
export class MesosError extends Error {
  override readonly name = 'MesosError'
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/**
 * No master is reachable, or none of them leads at the moment (a failover takes about 11 s). `runs`: a master did
 * answer.
 */
export class MesosAwayError extends Error {
  override readonly name = 'MesosAwayError'
  readonly runs: boolean
  constructor(message: string, runs: boolean) {
    super(message)
    this.runs = runs
  }
}

/** Operations of the leading master. Every method throws {@link MesosAwayError} and {@link MesosError}. */
export interface Mesos {
  /** Its agents, and the name of the master that answered. */
  agents(): Promise<MesosAgents & { readonly leader: string }>
  frameworks(): Promise<readonly MesosFramework[]>
  /**
   * A task, if the master knows it, with its health: Mesos knows that of checks it makes itself (protocol MESOS_… or
   * COMMAND).
   */
  task(id: string): Promise<{ readonly healthy: boolean | undefined } | undefined>
  /** Stops offering an agent; its running tasks stay. */
  deactivate(agent: string): Promise<void>
  /**
   * Kills all tasks of an agent, each with its own kill grace period, but within `grace` seconds; cannot be undone. A
   * second call replaces the first drain. Needs proof that the replacement tasks get requests.
   */
  drain(agent: string, grace: number, carried: Carried): Promise<void>
  /**
   * Declares that an agent never comes back: its tasks are lost, and Mesos rejects an agent with its id. Cannot be
   * undone.
   */
  markGone(agent: string): Promise<void>
  /** Brings an agent back into service. `draining`: not yet, because a drain cannot be interrupted. */
  reactivate(agent: string): Promise<'done' | 'draining'>
}

/** HTTP headers with the credentials. */
const authorization = (credential: MesosCredential | undefined) =>
  login(credential && `${credential.principal}:${reveal(credential.secret)}`)

/** A master rejects the credentials. It does not say whether it leads. */
const refused = (name: string, status: number): MesosError =>
  new MesosError(
    status,
    `${name} asks for a principal and a secret, or does not accept the ones in vars.mesos-master.operator`,
  )

/** Parses the body of a 200 answer. @throws MesosError */
function readBody<T>(leader: string, answer: Answer, what: Ask, parse: (answer: unknown) => T): T {
  const path = what.path.replace(/\?.*/, '')
  if (answer.status === 200) return parse(parsed(answer.body, `${leader}'s answer to ${path} is not JSON`))
  const said = answer.body.trim().slice(0, 200)
  throw new MesosError(answer.status, `${leader} answered ${answer.status} to ${path}: ${said}`)
}

/**
 * Sends a request to the leading master, by sending it to every master: one that does not lead answers 307, one without
 * a leader 503. It never follows a redirect: after its restart a leader names itself for 11 s, and this machine may not
 * know the name in a redirect.
 */
function leaderAsker({ masters, credential, timeout = 5000 }: MesosOptions) {
  const headers = { Accept: 'application/json', ...authorization(credential) }
  let first = 0
  return async (what: Ask): Promise<{ readonly leader: string; readonly answer: Answer }> => {
    const trouble: string[] = []
    let runs = false
    let locked: MesosError | undefined
    for (const master of rotated(masters, first)) {
      const { name, dial } = master
      try {
        const answer = await http(dial, { timeout, ...what, headers })
        const { status } = answer
        if (status === 401 || status === 403) locked ??= refused(name, status)
        else if (status === 307) trouble.push(`${name} does not lead`)
        else if (status === 503) trouble.push(`${name} knows no leader`)
        else {
          first = masters.indexOf(master)
          return { leader: name, answer }
        }
        runs = true
      } catch (error) {
        trouble.push(`${name}: ${message(error)}`)
      }
    }
    if (locked !== undefined) throw locked
    throw new MesosAwayError(
      masters.length === 0 ? 'there is no master to ask' : `no master answers as the leader: ${trouble.join('; ')}`,
      runs,
    )
  }
}

/** A client of the masters. */
export function mesos(options: MesosOptions): Mesos {
  const ask = leaderAsker(options)

  async function read<T>(
    what: Ask,
    parse: (answer: unknown) => T,
  ): Promise<{ readonly leader: string; readonly value: T }> {
    const { leader, answer } = await ask(what)
    return { leader, value: readBody(leader, answer, what, parse) }
  }

  async function call(type: string, body: object): Promise<Answer> {
    return (await ask({ method: 'POST', path: '/api/v1', body: { type, [type.toLowerCase()]: body } })).answer
  }
  const done = (type: string, { status, body }: Answer): void => {
    if (status < 200 || status > 299)
      throw new MesosError(status, `${type} was answered with ${status}: ${body.trim().slice(0, 200)}`)
  }

  return {
    agents: async () => {
      const { leader, value } = await read({ path: '/slaves' }, parseAgents)
      return { ...value, leader }
    },
    frameworks: async () =>
      (await read({ method: 'POST', path: '/api/v1', body: { type: 'GET_FRAMEWORKS' } }, parseFrameworks)).value,
    task: async (id) =>
      (await read({ path: `/tasks?task_id=${encodeURIComponent(id)}` }, (answer) => parseTask(answer, id))).value,
    deactivate: async (agent) =>
      done('DEACTIVATE_AGENT', await call('DEACTIVATE_AGENT', { agent_id: { value: agent } })),
    // an object, because "60secs" is answered with 400, and {nanoseconds} would count as 0, an immediate kill
    drain: async (agent, grace) =>
      done(
        'DRAIN_AGENT',
        await call('DRAIN_AGENT', { agent_id: { value: agent }, max_grace_period: { seconds: grace } }),
      ),
    markGone: async (agent) => done('MARK_AGENT_GONE', await call('MARK_AGENT_GONE', { agent_id: { value: agent } })),
    reactivate: async (agent) => {
      const answer = await call('REACTIVATE_AGENT', { agent_id: { value: agent } })
      if (answer.status === 400 && /DRAINING/.test(answer.body)) return 'draining'
      if (answer.status === 400 && /not deactivated/.test(answer.body)) return 'done'
      done('REACTIVATE_AGENT', answer)
      return 'done'
    },
  }
}

/**
 * Requests a master's metrics. Libprocess answers two such requests a second and delays the others.
 * @throws Error if it does not answer, TransportError if its port refuses the connection
 */
export const masterState = async (dial: Dial, credential?: MesosCredential): Promise<MasterState> =>
  parseMasterState(
    await json(dial, { path: '/metrics/snapshot?timeout=5secs', headers: authorization(credential), timeout: 6000 }),
  )

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

/** The flags of a running master or agent. */
export const runningFlags = async (
  dial: Dial,
  credential?: MesosCredential,
): Promise<Readonly<Record<string, string>>> =>
  (
    await json<{ readonly flags: Readonly<Record<string, string>> }>(dial, {
      path: '/flags',
      headers: authorization(credential),
    })
  ).flags
