import type { Carried } from '../../balancing/chain.ts'
import { message } from '../../lib/message.ts'
import type { RefusedLoginError } from '../../lib/user-error.ts'
import { firstOf } from '../first-of.ts'
import { type Answer, type Ask, type Dial, ErrorAnswer, http, parsed, rotated } from '../http.ts'
import { type MesosAgents, type MesosFramework, parseAgents, parseFrameworks, parseTask } from './answers.ts'
import { authorization, type MesosCredential, refused } from './master.ts'

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
export class MesosError extends ErrorAnswer {
  override readonly name = 'MesosError'
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

/** Operations of the leading master. Every method throws {@link MesosAwayError}, {@link
 * RefusedLoginError} and {@link MesosError}. */
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

/** Parses the body of a 200 answer. @throws MesosError */
function readBody<T>(leader: string, answer: Answer, what: Ask, parse: (answer: unknown) => T): T {
  const path = what.path.replace(/\?.*/, '')
  if (answer.status === 200) return parse(parsed(answer.body, `${leader}'s answer to ${path} is not JSON`))
  const said = answer.body.trim().slice(0, 200)
  throw new MesosError(answer.status, `${leader} answered ${answer.status} to ${path}: ${said}`)
}

/** A master's answer as the leader, or why it is none. */
type Tried =
  | { readonly answer: Answer }
  | { readonly trouble: string; readonly runs: boolean; readonly locked?: RefusedLoginError }

/** Asks one master, which may not lead: it answers 307 then, or 503 if it knows no leader. */
async function attempt({ name, dial }: MesosHost, what: Ask): Promise<Tried> {
  try {
    const answer = await http(dial, what)
    const { status } = answer
    const locked = refused(status, name)
    if (locked !== undefined) return { trouble: locked.message, runs: true, locked }
    if (status === 307) return { trouble: `${name} does not lead`, runs: true }
    if (status === 503) return { trouble: `${name} knows no leader`, runs: true }
    return { answer }
  } catch (error) {
    return { trouble: `${name}: ${message(error)}`, runs: false }
  }
}

/**
 * Sends a request to the leading master, by sending it to every master in turn. It never follows a redirect: after its
 * restart a leader names itself for 11 s, and this machine may not know the name in a redirect. `reads`: the request
 * changes nothing, so that several masters may have it at once.
 */
function leaderAsker({ masters, credential, timeout = 5000 }: MesosOptions) {
  const headers = { Accept: 'application/json', ...authorization(credential) }
  let first = 0
  return async (what: Ask, reads: boolean): Promise<{ readonly leader: string; readonly answer: Answer }> => {
    const tried = new Map<MesosHost, Exclude<Tried, { readonly answer: Answer }>>()
    const found = await firstOf(
      rotated(masters, first),
      async (master, signal) => {
        const is = await attempt(master, { timeout, signal, ...what, headers })
        if (!('answer' in is)) return void tried.set(master, is)
        first = masters.indexOf(master)
        return { leader: master.name, answer: is.answer }
      },
      reads ? undefined : Number.POSITIVE_INFINITY,
    )
    if (found !== undefined) return found
    const all = masters.flatMap((master) => tried.get(master) ?? [])
    const locked = all.find((each) => each.locked !== undefined)?.locked
    if (locked !== undefined) throw locked
    throw new MesosAwayError(
      all.length === 0
        ? 'there is no master to ask'
        : `no master answers as the leader: ${all.map(({ trouble }) => trouble).join('; ')}`,
      all.some(({ runs }) => runs),
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
    const { leader, answer } = await ask(what, true)
    return { leader, value: readBody(leader, answer, what, parse) }
  }

  async function call(type: string, body: object): Promise<Answer> {
    return (await ask({ method: 'POST', path: '/api/v1', body: { type, [type.toLowerCase()]: body } }, false)).answer
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
