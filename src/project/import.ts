import module from 'node:module'
import { relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads'
import { once } from '../lib/once.ts'
import { broken, ProjectError } from './error.ts'
import { DOORS, EXTENSION, HOME } from './home.ts'
import { type HookData, initialize, loadHere, resolveHere } from './hooks.ts'
import type { Seen } from './kept/seen.ts'
import { importOutside, launcher } from './outside.ts'

// Not among the types of Node 20.
const { registerHooks } = module as {
  readonly registerHooks?: (hooks: { readonly resolve: typeof resolveHere; readonly load?: typeof loadHere }) => unknown
}
const prepared = new Set<string>()
const watched: { here: Seen[]; elsewhere: MessageChannel['port1'][] } = { here: [], elsewhere: [] }
/** Registers tsx, once. */
const transpiler = once(async (): Promise<void> => {
  if (EXTENSION === '.ts') return // a checkout runs under it already
  const { register } = (await importOutside('tsx/esm/api')) as typeof import('tsx/esm/api')
  register()
})

/**
 * Makes users' files importable, once per folder; TypeScript only where there is some: tsx costs start-up time.
 * Files are imported side by side, so what is kept is the promise: each caller waits until the transpiler works.
 */
async function prepare(folder: string, typescript: boolean): Promise<void> {
  if (typescript) await transpiler()
  if (prepared.has(folder)) return
  prepared.add(folder)
  const data: HookData = {
    folder: pathToFileURL(`${folder}/`).href,
    home: pathToFileURL(`${DOORS}/`).href,
    extension: EXTENSION,
  }
  if (registerHooks === undefined) return prepareThread(data)
  const tell = (seen: Seen): void => void watched.here.push(seen)
  if (prepared.size === 1)
    registerHooks(launcher === undefined ? { resolve: resolveHere } : { resolve: resolveHere, load: loadHere })
  initialize(launcher === undefined ? data : { ...data, tell })
}

/** What Node 20 knows: hooks in a thread of their own. */
function prepareThread(data: HookData): void {
  const hooks = pathToFileURL(`${HOME}/src/project/hooks${EXTENSION}`)
  if (launcher === undefined) {
    module.register(hooks, { data })
    return
  }
  const { port1, port2 } = new MessageChannel()
  watched.elsewhere.push(port1)
  module.register(hooks, { data: { ...data, port: port2 }, transferList: [port2] })
}

/** What was seen while users' files were loaded; only in the program. */
export function seenSoFar(): readonly Seen[] {
  for (const port of watched.elsewhere)
    for (let each = receiveMessageOnPort(port); each; each = receiveMessageOnPort(port)) watched.here.push(each.message)
  return watched.here
}

/** Seconds that users' code may take to be loaded, or to answer. */
export const LONGEST = 60

/** Fails where users' code awaits what does not come: where nothing is left that could bring it, at once. */
export function unending(sentence: string): { readonly failed: Promise<never>; stop(): void } {
  let fail: () => void = () => {}
  const failed = new Promise<never>((_resolve, reject) => {
    fail = () => reject(new ProjectError(sentence))
  })
  const timer = setTimeout(fail, LONGEST * 1000).unref()
  process.once('beforeExit', fail)
  const stop = (): void => {
    clearTimeout(timer)
    process.off('beforeExit', fail)
  }
  return { failed, stop }
}

/** Imports a file of the user's. */
export type Importer = (file: string, folder: string, typescript: boolean) => Promise<Record<string, unknown>>

/**
 * Imports a file of the user's.
 * @param typescript whether any of the user's files is TypeScript
 * @throws ProjectError: one sentence with file and line
 */
export async function importUsers(file: string, folder: string, typescript: boolean): Promise<Record<string, unknown>> {
  await prepare(folder, typescript)
  const waiting = unending(
    `${relative(folder, file)}: it is never loaded to its end: what it awaits at its top level does not come`,
  )
  try {
    return (await Promise.race([importOutside(pathToFileURL(file).href), waiting.failed])) as Record<string, unknown>
  } catch (error) {
    if (error instanceof ProjectError) throw error
    throw broken(file, error, folder)
  } finally {
    waiting.stop()
  }
}
