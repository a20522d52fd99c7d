import module from 'node:module'
import { relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { once } from '../lib/once.ts'
import { broken, ProjectError } from './error.ts'
import { DOORS, EXTENSION, HOME } from './home.ts'
import { type HookData, initialize, resolveHere } from './hooks.ts'
import { importOutside } from './outside.ts'

// Not among the types of Node 20.
const { registerHooks } = module as {
  readonly registerHooks?: (hooks: { readonly resolve: typeof resolveHere }) => unknown
}
const prepared = new Set<string>()
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
  if (registerHooks === undefined)
    return module.register(pathToFileURL(`${HOME}/src/project/hooks${EXTENSION}`), { data })
  if (prepared.size === 1) registerHooks({ resolve: resolveHere })
  initialize(data)
}

/** Seconds that a file may take to be loaded. */
const LONGEST = 60

/** Fails where a file awaits what does not come: where nothing is left that could bring it, at once. */
function unending(file: string): { readonly failed: Promise<never>; stop(): void } {
  let fail: () => void = () => {}
  const failed = new Promise<never>((_resolve, reject) => {
    fail = () =>
      reject(new ProjectError(`${file}: it is never loaded to its end: what it awaits at its top level does not come`))
  })
  const timer = setTimeout(fail, LONGEST * 1000).unref()
  process.once('beforeExit', fail)
  const stop = (): void => {
    clearTimeout(timer)
    process.off('beforeExit', fail)
  }
  return { failed, stop }
}

/**
 * Imports a file of the user's.
 * @param typescript whether any of the user's files is TypeScript
 * @throws ProjectError: one sentence with file and line
 */
export async function importUsers(file: string, folder: string, typescript: boolean): Promise<Record<string, unknown>> {
  await prepare(folder, typescript)
  const waiting = unending(relative(folder, file))
  try {
    return (await Promise.race([importOutside(pathToFileURL(file).href), waiting.failed])) as Record<string, unknown>
  } catch (error) {
    if (error instanceof ProjectError) throw error
    throw broken(file, error, folder)
  } finally {
    waiting.stop()
  }
}
