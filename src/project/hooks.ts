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
import { isModule } from '../lib/common-js.ts'
import { isProjects, type Seen } from './kept/seen.ts'
import { digestOf } from './kept/witness.ts'

/** The hooks' parameters. */
export interface HookData {
  /** URL of the user's folder, ending in a slash. */
  readonly folder: string
  /** URL of the folder that holds this package's `src/`, `recipes/` and `roles/`. */
  readonly home: string
  readonly extension: string
  /** Where to report what is loaded, from another thread or this one. */
  readonly port?: MessagePort
  readonly tell?: (seen: Seen) => void
}

/** A part of the URL of every package. */
const PACKAGES = '/node_modules/'

/** Exports whose files have other names. */
const ELSEWHERE: Readonly<Record<string, string>> = { '.': 'src/index', sandbox: 'src/sandbox/index' }

/** The next hook of a chain, in the same thread as the files. */
type ResolveNext = (specifier: string, context: ResolveHookContext) => ResolveFnOutput
type LoadNext = (url: string, context: LoadHookContext) => LoadFnOutput

/**
 * Lets users' own files import this package and `valibot`, and reports what they load. Each hook exists twice:
 * `module.register` runs it in a thread of its own, which costs as much as a small program; `module.registerHooks`, in
 * Node 22.15 and later, runs it in the files' own thread.
 */
export class Hooks {
  readonly #folders: string[] = []
  /** The URLs of users' files outside these folders: recipes that projects share, packages of a workspace. */
  readonly #outside = new Set<string>()
  readonly #data: HookData

  constructor(data: HookData) {
    this.#data = data
    this.add(data)
  }

  /** Adds another folder of users' files. */
  add({ folder }: HookData): void {
    this.#folders.push(folder)
  }

  readonly resolve: ResolveHook = async (specifier, context, next) => {
    const { parentURL: parent } = context
    const found = this.#ours(specifier, context)
    if (found) return this.#told(specifier, parent, found)
    try {
      return this.#told(specifier, parent, this.#asModule(specifier, parent, await next(specifier, context)))
    } catch (error) {
      return this.#told(specifier, parent, await next(specifier, this.#elsewhere(specifier, context, error)))
    }
  }

  readonly resolveHere = (specifier: string, context: ResolveHookContext, next: ResolveNext): ResolveFnOutput => {
    const { parentURL: parent } = context
    const found = this.#ours(specifier, context)
    if (found) return this.#told(specifier, parent, found)
    try {
      return this.#told(specifier, parent, this.#asModule(specifier, parent, next(specifier, context)))
    } catch (error) {
      return this.#told(specifier, parent, next(specifier, this.#elsewhere(specifier, context, error)))
    }
  }

  /** Only observes. */
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
   * Reports what an import of a project's file resolved to. Reads the parent beforehand, because Node changes the
   * context.
   */
  #told(specifier: string, parent: string | undefined, found: ResolveFnOutput): ResolveFnOutput {
    if (isProjects(parent, this.#data.home))
      this.#tell({ kind: 'resolved', specifier, parent, url: found.url, format: found.format ?? undefined })
    return found
  }

  /**
   * The digest of a project's file; nothing if nobody needs it, or the file is unreadable, which Node reports better.
   */
  #ownDigest(url: string): string | undefined {
    const { home, port, tell } = this.#data
    if (!isProjects(url, home) || (port ?? tell) === undefined) return undefined
    try {
      return digestOf(readFileSync(new URL(url)))
    } catch {
      return undefined
    }
  }

  /** Reports how a project's file was loaded. */
  #toldLoaded(url: string, digest: string | undefined, loaded: LoadFnOutput): LoadFnOutput {
    if (digest === undefined) return loaded
    const { source = '', format } = loaded
    const text = typeof source === 'string' ? source : new TextDecoder('utf-8', { ignoreBOM: true }).decode(source)
    this.#tell({ kind: 'loaded', url, format: format ?? undefined, source: text, digest })
    return loaded
  }

  /** Is this a file of the user's own? */
  #theirs(url = ''): boolean {
    if (this.#outside.has(url)) return true
    return this.#folders.some((folder) => url.startsWith(folder) && !url.slice(folder.length - 1).includes(PACKAGES))
  }

  /** The file of `provision-ssh` or one of its subpaths, according to the exports in its package.json. */
  #own(specifier: string): string | undefined {
    const part = /^provision-ssh(?:\/(sandbox|(?:recipes|roles)\/[\w-]+))?$/.exec(specifier)
    if (!part) return undefined
    const [, name = '.'] = part
    const path = ELSEWHERE[name] ?? name
    const url = `${this.#data.home}${path}${this.#data.extension}`
    return existsSync(fileURLToPath(url)) ? url : undefined
  }

  /**
   * Imports that need no lookup: this very package, in the running instance (installed beside the file, globally, or a
   * checkout).
   */
  #ours(specifier: string, { parentURL }: ResolveHookContext): ResolveFnOutput | undefined {
    if (!this.#theirs(parentURL) || !/^provision-ssh(\/|$)/.test(specifier)) return undefined
    const url = this.#own(specifier)
    if (url) return { url, format: 'module', shortCircuit: true }
    throw new Error(`Cannot find module '${specifier}' imported from ${parentURL}`)
  }

  /**
   * Treats users' files as ES modules, whatever their package.json says. Outside their folder, JavaScript may be
   * CommonJS, because others use it as well.
   */
  #asModule(specifier: string, parent: string | undefined, found: ResolveFnOutput): ResolveFnOutput {
    // If package.json does not say "module", tsx marks files as CommonJS by a suffix of the URL.
    const [url] = /^file:.*?\.[jt]s(?=$|\?|%3F)/.exec(found.url) ?? []
    if (url === undefined || !(this.#theirs(url) || this.#isReached(specifier, parent, url))) return found
    return { ...found, url, format: 'module' }
  }

  /** Does a user's file import this one, which is outside their folder? A link in there leads to such a file, too. */
  #isReached(specifier: string, parent: string | undefined, url: string): boolean {
    if (!this.#theirs(parent) && !this.#theirs(specifier)) return false
    if (url.includes(PACKAGES) || url.startsWith(this.#data.home)) return false
    if (url.endsWith('.js') && !isModule(readFileSync(new URL(url), 'utf8'))) return false
    this.#outside.add(url)
    return true
  }

  /**
   * A second place for modules that a user's file did not find: `valibot`, for attributes, comes from where we have it.
   */
  #elsewhere(specifier: string, context: ResolveHookContext, error: unknown): ResolveHookContext {
    if (!this.#theirs(context.parentURL) || specifier !== 'valibot') throw error
    return { ...context, parentURL: `${this.#data.home}src/index${this.#data.extension}` }
  }
}
