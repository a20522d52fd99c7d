import module from 'node:module'
import { pathToFileURL } from 'node:url'
import { once } from '../lib/once.ts'
import { broken } from './error.ts'
import { DOORS, EXTENSION, HOME } from './home.ts'
import { type HookData, initialize, resolveHere } from './hooks.ts'
import { importOutside } from './outside.ts'

// Not among the types of Node 20.
const { registerHooks } = module as { readonly registerHooks?: (hooks: { readonly resolve: typeof resolveHere }) => unknown }
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
  const data: HookData = { folder: pathToFileURL(`${folder}/`).href, home: pathToFileURL(`${DOORS}/`).href, extension: EXTENSION }
  if (registerHooks === undefined) return module.register(pathToFileURL(`${HOME}/src/project/hooks${EXTENSION}`), { data })
  if (prepared.size === 1) registerHooks({ resolve: resolveHere })
  initialize(data)
}

/**
 * Imports a file of the user's.
 * @param typescript whether any of the user's files is TypeScript
 * @throws ProjectError: one sentence with file and line
 */
export async function importUsers(file: string, folder: string, typescript: boolean): Promise<Record<string, unknown>> {
  await prepare(folder, typescript)
  try {
    return (await importOutside(pathToFileURL(file).href)) as Record<string, unknown>
  } catch (error) {
    throw broken(file, error, folder)
  }
}
