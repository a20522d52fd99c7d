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

/** Exports that do not lie where their names say. */
const ELSEWHERE: Readonly<Record<string, string>> = { '.': 'src/index', sandbox: 'src/sandbox/index' }

/** The next hook of a chain, in the thread of the files themselves. */
type ResolveNext = (specifier: string, context: ResolveHookContext) => ResolveFnOutput
type LoadNext = (url: string, context: LoadHookContext) => LoadFnOutput

/**
 * Lets users' own files import this package, and `valibot`, and tells what they load. Each hook is there twice:
 * `module.register` runs them in a thread of their own, which costs as much as a small program;
 * `module.registerHooks`, which Node has from 22.15 on, where the files are.
 */
export class Hooks {
  readonly #folders: string[] = []
  readonly #data: HookData

  constructor(data: HookData) {
    this.#data = data
    this.add(data)
  }

  /** Takes in one more folder of users' files. */
  add({ folder }: HookData): void {
    this.#folders.push(folder)
  }

  readonly resolve: ResolveHook = async (specifier, context, next) => {
    const { parentURL: parent } = context
    const found = this.#ours(specifier, context)
    if (found) return this.#told(specifier, parent, found)
    try {
      return this.#told(specifier, parent, this.#asModule(await next(specifier, context)))
    } catch (error) {
      return this.#told(specifier, parent, await next(specifier, this.#elsewhere(specifier, context, error)))
    }
  }

  readonly resolveHere = (specifier: string, context: ResolveHookContext, next: ResolveNext): ResolveFnOutput => {
    const { parentURL: parent } = context
    const found = this.#ours(specifier, context)
    if (found) return this.#told(specifier, parent, found)
    try {
      return this.#told(specifier, parent, this.#asModule(next(specifier, context)))
    } catch (error) {
      return this.#told(specifier, parent, next(specifier, this.#elsewhere(specifier, context, error)))
    }
  }

  /** Only looks on. */
  readonly load: LoadHook = async (url, context, next) => {
    const digest = this.#ownDigest(url)
    return this.#toldLoaded(url, digest, await next(url, context))
  }

  readonly loadHere = (url: string, context: LoadHookContext, next: LoadNext): LoadFnOutput => {
    const digest = this.#ownDigest(url)
    return this.#toldLoaded(url, digest, next(url, context))
  }

  #tell(seen: Seen): void {
    this.#data.port?.postMessage(seen)
    this.#data.tell?.(seen)
  }

  /**
   * Tells what a project's file got for what it imports. Node changes the context on its way: the parent is asked
   * first.
   */
  #told(specifier: string, parent: string | undefined, found: ResolveFnOutput): ResolveFnOutput {
    if (isProjects(parent, this.#data.home))
      this.#tell({ kind: 'resolved', specifier, parent, url: found.url, format: found.format ?? undefined })
    return found
  }

  /** Of a project's file; nothing if nobody wants to know, or it cannot be read: Node says that better. */
  #ownDigest(url: string): string | undefined {
    const { home, port, tell } = this.#data
    if (!isProjects(url, home) || (port ?? tell) === undefined) return undefined
    try {
      return digestOf(readFileSync(new URL(url)))
    } catch {
      return undefined
    }
  }

  /** Tells what became of a project's file. */
  #toldLoaded(url: string, digest: string | undefined, loaded: LoadFnOutput): LoadFnOutput {
    if (digest === undefined) return loaded
    const { source = '', format } = loaded
    const text = typeof source === 'string' ? source : new TextDecoder('utf-8', { ignoreBOM: true }).decode(source)
    this.#tell({ kind: 'loaded', url, format: format ?? undefined, source: text, digest })
    return loaded
  }

  /** Is this a file of the user's own? */
  #theirs(url = ''): boolean {
    return this.#folders.some((folder) => url.startsWith(folder)) && !url.includes('/node_modules/')
  }

  /** Where `provision-ssh` or one of its parts is, as its package.json exports them. */
  #own(specifier: string): string | undefined {
    const part = /^provision-ssh(?:\/(sandbox|(?:recipes|roles)\/[\w-]+))?$/.exec(specifier)
    if (!part) return undefined
    const [, name = '.'] = part
    const path = ELSEWHERE[name] ?? name
    const url = `${this.#data.home}${path}${this.#data.extension}`
    return existsSync(fileURLToPath(url)) ? url : undefined
  }

  /**
   * What a user's file gets without being looked for: this very package, the instance that runs (installed beside it,
   * globally, or a checkout).
   */
  #ours(specifier: string, { parentURL }: ResolveHookContext): ResolveFnOutput | undefined {
    if (!this.#theirs(parentURL) || !/^provision-ssh(\/|$)/.test(specifier)) return undefined
    const url = this.#own(specifier)
    if (url) return { url, format: 'module', shortCircuit: true }
    throw new Error(`Cannot find module '${specifier}' imported from ${parentURL}`)
  }

  /** Users' files are ES modules whatever their package.json says. */
  #asModule(found: ResolveFnOutput): ResolveFnOutput {
    if (!this.#theirs(found.url)) return found
    // In a folder whose package.json does not say "module", tsx marks CommonJS by what it adds to the URL.
    const [url] = /^.*?\.[jt]s(?=$|\?|%3F)/.exec(found.url) ?? []
    return url ? { ...found, url, format: 'module' } : found
  }

  /**
   * Where else a module is looked for that a user's file did not find: `valibot`, for its attributes, is where we have
   * it from.
   */
  #elsewhere(specifier: string, context: ResolveHookContext, error: unknown): ResolveHookContext {
    if (!this.#theirs(context.parentURL) || specifier !== 'valibot') throw error
    return { ...context, parentURL: `${this.#data.home}src/index${this.#data.extension}` }
  }
}
