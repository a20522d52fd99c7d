import type { Carried } from '../balancing/chain.ts'
import { list, object } from '../lib/json.ts'
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
  type Queued,
} from './marathon-answers.ts'
import { type MarathonAsk, type MarathonOptions, marathonAsker } from './marathon-asker.ts'

export { MarathonAwayError, MarathonError, type MarathonHost, type MarathonOptions } from './marathon-asker.ts'

/** What a change started. */
export interface Begun {
  readonly deployment: string
  /** The version that it creates: a timestamp. */
  readonly version: string
}

/** A version that Marathon has stored. */
export interface StoredVersion {
  readonly version: string
  /** The version that introduced its definition, apart from `instances`. */
  readonly configVersion: string
  readonly instances: number
  readonly definition: Definition
}

/**
 * The part of Marathon's HTTP API that provision uses. Every method throws {@link MarathonError} and {@link
 * MarathonAwayError}.
 */
export interface Marathon {
  /** Every app, with its tasks and deployments. */
  apps(): Promise<readonly MarathonApp[]>
  /** `undefined` if there is no such app. */
  app(id: string): Promise<MarathonApp | undefined>
  /** The stored versions of an app, newest first, including refused changes and mere scalings. */
  versions(id: string): Promise<readonly string[]>
  version(id: string, version: string): Promise<StoredVersion | undefined>
  deployments(): Promise<readonly Deployment[]>
  queue(): Promise<readonly Queued[]>
  /** Removes the app: Marathon forgets it at once, and a deployment kills its tasks. */
  remove(id: string, options?: { readonly force?: boolean }): Promise<Begun>
  /** Changes that start tasks, or end tasks in favour of others: these need proof that the new tasks get requests. */
  changes(carried: Carried): MarathonChanges
  /** `host:port`; `undefined` if there is no leader at the moment. */
  leader(): Promise<string | undefined>
}

/** Changes of an app that start or end tasks. */
export interface MarathonChanges {
  /** Replaces the whole definition (or creates the app): members that it omits get their defaults. */
  put(id: string, definition: Definition, options?: { readonly force?: boolean }): Promise<Begun>
  /** Changes the number of instances and nothing else: no other task restarts. */
  scale(id: string, instances: number, options?: { readonly force?: boolean }): Promise<Begun>
  /**
   * Kills these tasks of an app that has so many instances, and lowers that number by theirs, whatever deployment is
   * under way. Does nothing if the number is lower already: Marathon did it before, and its answer was lost. It would
   * lower the number again for a task that still ends.
   */
  killAndScale(ids: readonly string[], app: { readonly id: string; readonly instances: number }): Promise<void>
  /** Kills these tasks; Marathon starts a replacement for each if there is room. */
  kill(ids: readonly string[]): Promise<void>
}

const path = (id: string): string => `/v2/apps/${id.split('/').filter(Boolean).map(encodeURIComponent).join('/')}`

/** A client of the Marathon that these hosts run. It tries the host that answered last, then the others. */
export function marathon(options: MarathonOptions): Marathon {
  const { json, optional } = marathonAsker(options)
  const change = async (what: MarathonAsk): Promise<Begun> => parseBegun(await json(what))

  const changes: MarathonChanges = {
    put: (id, definition, { force = false } = {}) =>
      change({ method: 'PUT', path: `${path(id)}?partialUpdate=false${force ? '&force=true' : ''}`, body: definition }),
    scale: (id, instances, { force = false } = {}) =>
      change({ method: 'PUT', path: `${path(id)}${force ? '?force=true' : ''}`, body: { instances } }),
    killAndScale: async (ids, { id, instances }) => {
      const app = await optional(json({ path: path(id) }).then(parseApp))
      if (app === undefined || app.instances < instances) return
      await json({ method: 'POST', path: '/v2/tasks/delete?scale=true&force=true', body: { ids } })
    },
    kill: async (ids) => {
      await json({ method: 'POST', path: '/v2/tasks/delete', body: { ids } })
    },
  }

  return {
    apps: () => json({ path: '/v2/apps?embed=apps.tasks&embed=apps.deployments' }).then(parseApps),
    app: (id) => optional(json({ path: path(id) }).then(parseApp)),
    versions: async (id) => {
      const { versions } = object(await json({ path: `${path(id)}/versions` }))
      return list(versions).map(String).sort().reverse()
    },
    version: (id, version) =>
      optional(
        json({ path: `${path(id)}/versions/${encodeURIComponent(version)}` }).then((answer) => {
          const app = object(answer)
          return {
            version,
            configVersion: configVersionOf(app),
            instances: Number(app.instances ?? 0),
            definition: definitionOf(app),
          }
        }),
      ),
    deployments: () => json({ path: '/v2/deployments' }).then(parseDeployments),
    queue: () => json({ path: '/v2/queue' }).then(parseQueue),
    // Without the parameter, Marathon would remove an app by force.
    remove: (id, { force = false } = {}) => change({ method: 'DELETE', path: `${path(id)}?force=${force}` }),
    changes: () => changes,
    leader: () => optional(json({ path: '/v2/leader' }).then((answer) => String(object(answer).leader))),
  }
}
