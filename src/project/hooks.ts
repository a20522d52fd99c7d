import { existsSync } from 'node:fs'
import type { ResolveHook } from 'node:module'
import { fileURLToPath } from 'node:url'

/** What {@link resolve} must know: it runs in a thread of its own. */
export interface HookData {
  /** URL of the user's folder, ending in a slash. */
  readonly folder: string
  /** URL of the folder that holds this package's `src/`, `recipes/` and `roles/`. */
  readonly home: string
  readonly extension: string
}

const folders: string[] = []
let data: HookData

/** Called once for each folder of users' files that a program works in. */
export const initialize = (given: HookData): void => {
  data = given
  folders.push(given.folder)
}

/** Is this a file of the user's own? */
const theirs = (url = ''): boolean => folders.some((folder) => url.startsWith(folder)) && !url.includes('/node_modules/')

/** Where `provision-ssh` or one of its parts is, as its package.json exports them. */
function own(specifier: string): string | undefined {
  const part = /^provision-ssh(?:\/(sandbox|(?:recipes|roles)\/[\w-]+))?$/.exec(specifier)
  if (!part) return undefined
  const path = part[1] === undefined ? 'src/index' : part[1] === 'sandbox' ? 'src/sandbox/index' : part[1]
  const url = `${data.home}${path}${data.extension}`
  return existsSync(fileURLToPath(url)) ? url : undefined
}

/**
 * Lets users' own files import this very package, the instance that runs (installed beside them, globally, or a checkout), and `valibot` for
 * their attributes; and takes those files for ES modules whatever their package.json says.
 */
export const resolve: ResolveHook = async (specifier, context, next) => {
  const users = theirs(context.parentURL)
  if (users && /^provision-ssh(\/|$)/.test(specifier)) {
    const url = own(specifier)
    if (url) return { url, format: 'module', shortCircuit: true }
    throw new Error(`Cannot find module '${specifier}' imported from ${context.parentURL}`)
  }
  try {
    const found = await next(specifier, context)
    if (!theirs(found.url)) return found
    // In a folder whose package.json does not say "module", tsx marks CommonJS by what it adds to the URL.
    const [url] = /^.*?\.[jt]s(?=$|\?|%3F)/.exec(found.url) ?? []
    return url ? { ...found, url, format: 'module' } : found
  } catch (error) {
    if (!users || specifier !== 'valibot') throw error
    return next(specifier, { ...context, parentURL: `${data.home}src/index${data.extension}` })
  }
}
