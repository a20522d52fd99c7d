import type { Duplex } from 'node:stream'
import { message } from '../lib/message.ts'
import { reveal, type Secret } from '../shell/secret.ts'
import { type Answer, type Ask, type Dial, http, login } from './http.ts'
import {
  configVersionOf,
  type Definition,
  type Deployment,
  definitionOf,
  type MarathonApp,
  parseApp,
  parseApps,
  parseBegun,
  parseDeployments,
  parseQueue,
  parseRefusal,
  type Queued,
} from './marathon-answers.ts'

/** One of several Marathons. Any of them answers: a standby passes everything on to the leader. */
export interface MarathonHost {
  readonly name: string
  readonly dial: Dial
}

export interface MarathonOptions {
  readonly hosts: readonly MarathonHost[]
  /** `user:password`, where it wants basic authentication. */
  readonly credentials?: Secret
  /** Milliseconds for one answer; default 10 000: the leader itself needs up to 2.75 s while a leader is being elected. */
  readonly timeout?: number
}

/** Marathon answered, and the answer is no. */
export class MarathonError extends Error {
  override readonly name = 'MarathonError'
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/**
 * None of the hosts answers for Marathon just now. `sent`: a change may have been taken on nevertheless; look before it is asked for again. `runs`: a process
 * did answer, that it knows no leader.
 */
export class MarathonAwayError extends Error {
  override readonly name = 'MarathonAwayError'
  readonly sent: boolean
  readonly runs: boolean
  constructor(message: string, sent: boolean, { runs = false, ...options }: ErrorOptions & { readonly runs?: boolean } = {}) {
    super(message, options)
    this.sent = sent
    this.runs = runs
  }
}

/** What a change began. */
export interface Begun {
  readonly deployment: string
  /** The version that it makes: a timestamp. */
  readonly version: string
}

/** A version as Marathon keeps it. */
export interface StoredVersion {
  readonly version: string
  /** The version whose definition it has, changes of `instances` aside. */
  readonly configVersion: string
  readonly instances: number
  readonly definition: Definition
}

/** Marathon's HTTP API, as far as it is used. Everything throws {@link MarathonError} and {@link MarathonAwayError}. */
export interface Marathon {
  /** Every app, with its tasks and deployments. */
  apps(): Promise<readonly MarathonApp[]>
  /** `undefined` where there is no such app. */
  app(id: string): Promise<MarathonApp | undefined>
  /** Versions that are kept of an app, the newest first: also those of refused changes and of mere scalings. */
  versions(id: string): Promise<readonly string[]>
  version(id: string, version: string): Promise<StoredVersion | undefined>
  deployments(): Promise<readonly Deployment[]>
  queue(): Promise<readonly Queued[]>
  /** Replaces the whole definition (or makes the app): what it does not say goes to its default. */
  put(id: string, definition: Definition, options?: { readonly force?: boolean }): Promise<Begun>
  /** Changes the number of instances and nothing else: no other task is restarted. */
  scale(id: string, instances: number, options?: { readonly force?: boolean }): Promise<Begun>
  /** Ends these tasks and lowers `instances` by their number, whatever deployment is under way. */
  killAndScale(ids: readonly string[]): Promise<void>
  /** Ends these tasks; for each, another one is started where there is room. */
  kill(ids: readonly string[]): Promise<void>
  /** `host:port`; `undefined` where there is none just now. */
  leader(): Promise<string | undefined>
}

/** Statuses of a standby without a leader, or of a leader that starts or stops (seen: 500, 502 and 503 for 0.6–11 s, mostly with no body). */
const isAway = ({ status, body }: Answer): boolean =>
  status === 502 || status === 503 || status === 504 || (status === 500 && !/"message"/.test(body))

const path = (id: string): string => `/v2/apps/${id.split('/').filter(Boolean).map(encodeURIComponent).join('/')}`

/** A client of the Marathon that these hosts run. Asks the host that answered last, then the others. */
export function marathon({ hosts, credentials, timeout = 10_000 }: MarathonOptions): Marathon {
  let first = 0
  const headers = { Accept: 'application/json', ...login(credentials && reveal(credentials)) }

  /** What the first host that answers says. Something that changes nothing is asked of every host; a change only until one may have taken it on. */
  async function ask(what: Ask): Promise<Answer> {
    const changes = (what.method ?? 'GET') !== 'GET'
    const trouble: string[] = []
    let runs = false
    for (let i = 0; i < hosts.length; i++) {
      const n = (first + i) % hosts.length
      const { name, dial } = hosts[n] as MarathonHost
      let sent = false
      const tracked = async (): Promise<Duplex> => {
        const stream = await dial()
        sent = true
        return stream
      }
      let cause: unknown
      try {
        const answer = await http(tracked, { timeout, ...what, headers })
        if (!isAway(answer)) {
          first = n
          return answer
        }
        runs = true
        trouble.push(`${name}: ${what.method ?? 'GET'} ${what.path.replace(/\?.*/, '')} answered ${answer.status}`)
      } catch (error) {
        cause = error
        trouble.push(`${name}: ${message(error)}`)
      }
      if (changes && sent) throw new MarathonAwayError(`Marathon did not confirm a change: ${trouble.join('; ')}`, true, { cause })
    }
    throw new MarathonAwayError(
      hosts.length === 0 ? 'there is no Marathon to ask' : `Marathon does not answer: ${trouble.join('; ')}`,
      false,
      { runs },
    )
  }

  async function json(what: Ask): Promise<unknown> {
    const { status, body } = await ask(what)
    const asked = `${what.method ?? 'GET'} ${what.path.replace(/\?.*/, '')}`
    if (status === 401)
      throw new MarathonError(401, `Marathon wants a user and a password, or others (vars.marathon.credentials): ${asked} answered 401`)
    if (status < 200 || status > 299) throw new MarathonError(status, `${asked} answered ${status}: ${parseRefusal(body)}`)
    try {
      return JSON.parse(body)
    } catch {
      throw new Error(`${asked} did not answer with JSON`)
    }
  }
  const optional = async <T>(work: Promise<T>): Promise<T | undefined> => {
    try {
      return await work
    } catch (error) {
      if (error instanceof MarathonError && error.status === 404) return undefined
      throw error
    }
  }
  const change = async (what: Ask): Promise<Begun> => parseBegun(await json(what))

  return {
    apps: () => json({ path: '/v2/apps?embed=apps.tasks&embed=apps.deployments' }).then(parseApps),
    app: (id) => optional(json({ path: path(id) }).then(parseApp)),
    versions: async (id) => {
      const { versions } = (await json({ path: `${path(id)}/versions` })) as { versions?: unknown }
      return (Array.isArray(versions) ? versions.map(String) : []).sort().reverse()
    },
    version: (id, version) =>
      optional(
        json({ path: `${path(id)}/versions/${encodeURIComponent(version)}` }).then((answer) => {
          const app = answer as Record<string, unknown>
          return { version, configVersion: configVersionOf(app), instances: Number(app.instances ?? 0), definition: definitionOf(app) }
        }),
      ),
    deployments: () => json({ path: '/v2/deployments' }).then(parseDeployments),
    queue: () => json({ path: '/v2/queue' }).then(parseQueue),
    put: (id, definition, { force = false } = {}) =>
      change({ method: 'PUT', path: `${path(id)}?partialUpdate=false${force ? '&force=true' : ''}`, body: definition }),
    scale: (id, instances, { force = false } = {}) =>
      change({ method: 'PUT', path: `${path(id)}${force ? '?force=true' : ''}`, body: { instances } }),
    killAndScale: async (ids) => {
      await json({ method: 'POST', path: '/v2/tasks/delete?scale=true&force=true', body: { ids } })
    },
    kill: async (ids) => {
      await json({ method: 'POST', path: '/v2/tasks/delete', body: { ids } })
    },
    leader: () => optional(json({ path: '/v2/leader' }).then((answer) => String((answer as { leader?: unknown }).leader))),
  }
}
