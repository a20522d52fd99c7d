import { checkArgument, checkOptions, type Kinds } from '../lib/check/options.ts'
import type { Cluster } from '../model/recipe.ts'
import type { Transport } from '../transport/transport.ts'
import { type App, appId } from './app/app.ts'
import type { AppOptions } from './app/app-file.ts'
import type { BalanceOptions, DeployApp, DeployOptions, DeployRun, DeployVersion, RemoveOptions } from './options.ts'

export type { BalanceOptions, DeployApp, DeployOptions, DeployRun, DeployVersion, RemoveOptions } from './options.ts'

/** Loads the deployment code on first use: recipes import this package in every run, and must not pay for it. */
function lazily(begin: () => Promise<DeployRun>): DeployRun {
  const begun = begin()
  const result = begun.then((run) => run.result)
  result.catch(() => undefined) // a caller may read all events before it awaits the result
  return {
    result,
    async *[Symbol.asyncIterator]() {
      yield* await begun
    },
  }
}

const OPTIONS: Kinds<DeployOptions> = {
  transport: 'transport!',
  deadline: 'count',
  failures: 'count',
  wait: 'boolean',
  allow: 'texts',
  signal: 'signal',
  leave: 'signal',
}
const WITH_CHECK: Kinds<RemoveOptions> = { ...OPTIONS, check: 'boolean' }
const VERSION: Kinds<DeployVersion> = { id: 'text!', to: 'text!' }
const APP: Kinds<DeployApp> = { app: 'object!', image: 'text', replaces: 'text' }

/** Checks the arguments that functions of this file share. @throws TypeError: one sentence */
function checkCall<T extends object>(of: string, cluster: Cluster, app: string, options: T, kinds: Kinds<T>): void {
  checkArgument(of, 'its first argument', cluster, 'cluster!')
  checkArgument(of, 'its second argument', app, 'text!')
  checkOptions(of, options, kinds)
}

/** The ids as Marathon writes them. @throws AppIdError */
function withIds(what: DeployApp | DeployVersion): DeployApp | DeployVersion {
  if ('to' in what) return { ...what, id: appId(what.id) }
  return what.replaces === undefined ? what : { ...what, replaces: appId(what.replaces) }
}

/**
 * Makes a version of an app live, and rolls back if it fails; see docs/deploy.md. Problems in the cluster never make
 * the result reject: it has an outcome and a reason. It rejects with an ImageFileError if the image file is not an
 * image.
 */
export function deploy(cluster: Cluster, what: DeployApp | DeployVersion, options: DeployOptions): DeployRun {
  checkArgument('deploy', 'its first argument', cluster, 'cluster!')
  checkArgument('deploy', 'its second argument', what, 'object!')
  if ('to' in what) checkOptions('deploy', what, VERSION)
  else {
    checkOptions('deploy', what, APP)
    checkArgument('deploy', 'app.id', what.app.id, 'text!')
  }
  checkOptions('deploy', options, OPTIONS)
  const wanted = withIds(what)
  return lazily(async () => (await import('./on-cluster.ts')).deployOn(cluster, wanted, options))
}

/** Changes an app's number of tasks. Problems in the cluster never make the result reject. */
export function scale(cluster: Cluster, app: string, instances: number, options: DeployOptions): DeployRun {
  checkArgument('scale', 'its third argument', instances, 'number!')
  checkCall('scale', cluster, app, options, OPTIONS)
  const id = appId(app)
  return lazily(async () => (await import('./on-cluster.ts')).scaleOn(cluster, id, instances, options))
}

/**
 * Removes an app from Marathon, and waits until its tasks, its registrations in Consul and its backends in every
 * HAProxy are gone. Problems in the cluster never make the result reject.
 */
export function remove(cluster: Cluster, app: string, options: RemoveOptions): DeployRun {
  checkCall('remove', cluster, app, options, WITH_CHECK)
  const id = appId(app)
  return lazily(async () => (await import('./on-cluster.ts')).removeOn(cluster, id, options))
}

/**
 * Moves an app's tasks from slaves that have many to slaves that have few, without ever having fewer healthy tasks.
 * Problems in the cluster never make the result reject.
 */
export function balance(cluster: Cluster, app: string, options: BalanceOptions): DeployRun {
  checkCall('balance', cluster, app, options, WITH_CHECK)
  const id = appId(app)
  return lazily(async () => (await import('./on-cluster.ts')).balanceOn(cluster, id, options))
}

/** The apps whose tasks could be spread more evenly over the slaves. @throws MarathonAwayError, MarathonError */
export const unevenApps = async (cluster: Cluster, transport: Transport): Promise<readonly string[]> =>
  (await import('./on-cluster.ts')).unevenOn(cluster, transport)

/** Reads an app file. @param allow the names of the refusals to waive @throws AppFileError with all its mistakes */
export const loadApp = async (path: string, folder?: string, allow?: readonly string[]): Promise<App> => {
  checkArgument('loadApp', 'its first argument', path, 'text!')
  checkArgument('loadApp', 'its second argument', folder, 'text')
  checkArgument('loadApp', 'its third argument', allow, 'texts')
  return (await import('./app/app-file.ts')).readAppFile(path, folder, allow)
}

/** Parses the text of an app file. @throws AppFileError with all its mistakes */
export const parseApp = async (text: string, options: AppOptions): Promise<App> => {
  checkArgument('parseApp', 'its first argument', text, 'text!')
  checkOptions('parseApp', options, { path: 'text!', secrets: 'function', allow: 'texts' })
  return (await import('./app/app-file.ts')).parseAppFile(text, options)
}
