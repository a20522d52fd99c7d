import { existsSync, readFileSync } from 'node:fs'
import type {
  LoadFnOutput,
  LoadHook,
  LoadHookContext,
  ResolveFnOutput,
  ResolveHook,
  ResolveHookContext,
} from 'node:module'
import { fileURLToPath } from 'node:url'
import type { MessagePort } from 'node:worker_threads'
import { isProjects, type Seen } from './kept/seen.ts'
import { digestOf } from './kept/witness.ts'

/** What the hooks must know. */
export interface HookData {
  /** URL of the user's folder, ending in a slash. */
  readonly folder: string
  /** URL of the folder that holds this package's `src/`, `recipes/` and `roles/`. */
  readonly home: string
  readonly extension: string
  /** Who wants to know what is loaded, in another thread or in this one. */
  readonly port?: MessagePort
  readonly tell?: (seen: Seen) => void
}

const folders: string[] = []
let data: HookData

/** Called once for each folder of users' files that a program works in. */
export const initialize = (given: HookData): void => {
  data = given
  folders.push(given.folder)
}

const tell = (seen: Seen): void => {
  data.port?.postMessage(seen)
  data.tell?.(seen)
}

/** Tells what a project's file got for what it imports. Node changes the context on its way: the parent is asked first. */
function told(specifier: string, parent: string | undefined, found: ResolveFnOutput): ResolveFnOutput {
  if (isProjects(parent, data.home))
    tell({ kind: 'resolved', specifier, parent: parent as string, url: found.url, format: found.format ?? undefined })
  return found
}

/** Of a project's file; nothing if nobody wants to know, or it cannot be read: Node says that better. */
function ownDigest(url: string): string | undefined {
  if (!isProjects(url, data.home) || (data.port ?? data.tell) === undefined) return undefined
  try {
    return digestOf(readFileSync(new URL(url)))
  } catch {
    return undefined
  }
}

/** Tells what became of a project's file. */
function toldLoaded(url: string, digest: string | undefined, loaded: LoadFnOutput): LoadFnOutput {
  if (digest === undefined) return loaded
  const { source = '', format } = loaded
  const text = typeof source === 'string' ? source : Buffer.from(source as Uint8Array).toString()
  tell({ kind: 'loaded', url, format: format ?? undefined, source: text, digest })
  return loaded
}

/** Is this a file of the user's own? */
const theirs = (url = ''): boolean =>
  folders.some((folder) => url.startsWith(folder)) && !url.includes('/node_modules/')

/** Exports that do not lie where their names say. */
const ELSEWHERE: Readonly<Record<string, string>> = { '.': 'src/index', sandbox: 'src/sandbox/index' }

/** Where `provision-ssh` or one of its parts is, as its package.json exports them. */
function own(specifier: string): string | undefined {
  const part = /^provision-ssh(?:\/(sandbox|(?:recipes|roles)\/[\w-]+))?$/.exec(specifier)
  if (!part) return undefined
  const [, name = '.'] = part
  const path = ELSEWHERE[name] ?? name
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
  const { parentURL: parent } = context
  const found = ours(specifier, context)
  if (found) return told(specifier, parent, found)
  try {
    return told(specifier, parent, asModule(await next(specifier, context)))
  } catch (error) {
    return told(specifier, parent, await next(specifier, elsewhere(specifier, context, error)))
  }
}

/** Only looks on. */
export const load: LoadHook = async (url, context, next) => {
  const digest = ownDigest(url)
  return toldLoaded(url, digest, await next(url, context))
}

/** The same for `module.registerHooks`, which Node has from 22.15 on. */
export const resolveHere = (
  specifier: string,
  context: ResolveHookContext,
  next: (specifier: string, context: ResolveHookContext) => ResolveFnOutput,
): ResolveFnOutput => {
  const { parentURL: parent } = context
  const found = ours(specifier, context)
  if (found) return told(specifier, parent, found)
  try {
    return told(specifier, parent, asModule(next(specifier, context)))
  } catch (error) {
    return told(specifier, parent, next(specifier, elsewhere(specifier, context, error)))
  }
}

export const loadHere = (
  url: string,
  context: LoadHookContext,
  next: (url: string, context: LoadHookContext) => LoadFnOutput,
): LoadFnOutput => {
  const digest = ownDigest(url)
  return toldLoaded(url, digest, next(url, context))
}
