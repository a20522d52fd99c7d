import { existsSync } from 'node:fs'
import type { ResolveFnOutput, ResolveHook, ResolveHookContext } from 'node:module'
import { fileURLToPath } from 'node:url'

/** What the hooks must know. */
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
const theirs = (url = ''): boolean =>
  folders.some((folder) => url.startsWith(folder)) && !url.includes('/node_modules/')

/** Where `provision-ssh` or one of its parts is, as its package.json exports them. */
function own(specifier: string): string | undefined {
  const part = /^provision-ssh(?:\/(sandbox|(?:recipes|roles)\/[\w-]+))?$/.exec(specifier)
  if (!part) return undefined
  const path = part[1] === undefined ? 'src/index' : part[1] === 'sandbox' ? 'src/sandbox/index' : part[1]
  const url = `${data.home}${path}${data.extension}`
  return existsSync(fileURLToPath(url)) ? url : undefined
}

/**
 * What a user's file gets without being looked for: this very package, the instance that runs (installed beside it,
 * globally, or a checkout).
 */
function ours(specifier: string, { parentURL }: ResolveHookContext): ResolveFnOutput | undefined {
  if (!theirs(parentURL) || !/^provision-ssh(\/|$)/.test(specifier)) return undefined
  const url = own(specifier)
  if (url) return { url, format: 'module', shortCircuit: true }
  throw new Error(`Cannot find module '${specifier}' imported from ${parentURL}`)
}

/** Users' files are ES modules whatever their package.json says. */
function asModule(found: ResolveFnOutput): ResolveFnOutput {
  if (!theirs(found.url)) return found
  // In a folder whose package.json does not say "module", tsx marks CommonJS by what it adds to the URL.
  const [url] = /^.*?\.[jt]s(?=$|\?|%3F)/.exec(found.url) ?? []
  return url ? { ...found, url, format: 'module' } : found
}

/**
 * Where else a module is looked for that a user's file did not find: `valibot`, for its attributes, is where we have it
 * from.
 */
function elsewhere(specifier: string, context: ResolveHookContext, error: unknown): ResolveHookContext {
  if (!theirs(context.parentURL) || specifier !== 'valibot') throw error
  return { ...context, parentURL: `${data.home}src/index${data.extension}` }
}

/**
 * Lets users' own files import this package, and `valibot`. For `module.register`: it runs in a thread of its own,
 * which costs as much as a small program.
 */
export const resolve: ResolveHook = async (specifier, context, next) => {
  const found = ours(specifier, context)
  if (found) return found
  try {
    return asModule(await next(specifier, context))
  } catch (error) {
    return next(specifier, elsewhere(specifier, context, error))
  }
}

/** The same for `module.registerHooks`, which Node has from 22.15 on. */
export const resolveHere = (
  specifier: string,
  context: ResolveHookContext,
  next: (specifier: string, context: ResolveHookContext) => ResolveFnOutput,
): ResolveFnOutput => {
  const found = ours(specifier, context)
  if (found) return found
  try {
    return asModule(next(specifier, context))
  } catch (error) {
    return next(specifier, elsewhere(specifier, context, error))
  }
}
