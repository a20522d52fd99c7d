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

/** Where Mesos is asked, and how. */
export interface MesosOptions {
  /** All masters: which of them leads is found by asking. */
  readonly masters: readonly MesosHost[]
  readonly credential?: MesosCredential
  /** Milliseconds for one answer; default 5000. */
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
 * No master can be reached, or none of them leads at the moment (a failover takes about 11 s). `runs`: a master did
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

/** What only the leading master can answer or do. Every method throws {@link MesosAwayError} and {@link MesosError}. */
export interface Mesos {
  /** Its agents, and the name of the master that says so. */
  agents(): Promise<MesosAgents & { readonly leader: string }>
  frameworks(): Promise<readonly MesosFramework[]>
  /**
   * A task, where it knows that: what it says of its health, which it checks itself where the check's protocol is
   * MESOS_… or COMMAND.
   */
  task(id: string): Promise<{ readonly healthy: boolean | undefined } | undefined>
  /** No new tasks for an agent; those that run stay. */
  deactivate(agent: string): Promise<void>
  /**
   * Ends all tasks of an agent, each in its own kill grace, but no more than `grace` seconds; cannot be taken back.
   * Asked again, it is another drain in the place of the first. Others take the requests: that must be sure.
   */
  drain(agent: string, grace: number, carried: Carried): Promise<void>
  /** An agent that never comes back: its tasks are lost, and one of its id is turned away. Cannot be taken back. */
  markGone(agent: string): Promise<void>
  /** Brings an agent back. `draining`: not yet, a drain cannot be interrupted. */
  reactivate(agent: string): Promise<'done' | 'draining'>
}

/** HTTP headers that say who asks. */
const authorization = (credential: MesosCredential | undefined) =>
  login(credential && `${credential.principal}:${reveal(credential.secret)}`)

/** A master does not let us in. Whether it leads it does not say. */
const refused = (name: string, status: number): MesosError =>
  new MesosError(
    status,
    `${name} asks for a principal and a secret, or does not accept the ones in vars.mesos-master.operator`,
  )

/** The body of an answer, if it is 200. @throws MesosError */
function readBody<T>(leader: string, answer: Answer, what: Ask, parse: (answer: unknown) => T): T {
  const path = what.path.replace(/\?.*/, '')
  if (answer.status === 200) return parse(parsed(answer.body, `${leader}'s answer to ${path} is not JSON`))
  const said = answer.body.trim().slice(0, 200)
  throw new MesosError(answer.status, `${leader} answered ${answer.status} to ${path}: ${said}`)
}

/**
 * Asks the leading master. Every master is asked the question itself: one that does not lead answers 307, one
 * without a leader 503. A redirect is never followed: after its restart a leader names itself for 11 s, and the name
 * that it gives need not be known here.
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
    // an object, not "60secs": that is answered with 400; and {nanoseconds} would be taken for 0, an immediate kill
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
 * Asks a master for its metrics. Libprocess answers two such requests a second and delays the others.
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

/** The version of a master or an agent that runs: `1.11.0`. Everybody may ask for it. */
export const mesosVersion = async (dial: Dial): Promise<string> =>
  text((await json<{ readonly version?: unknown }>(dial, { path: '/version' })).version)

/** The flags that a master or an agent runs with. */
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
