import module from 'node:module'
import { relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import { once } from '../lib/once.ts'
import { broken, ProjectError } from './error.ts'
import { DOORS, EXTENSION, HOME } from './home.ts'
import { type HookData, Hooks } from './hooks.ts'
import type { Evaluated } from './kept/evaluate.ts'
import type { Seen } from './kept/seen.ts'
import { importOutside, launcher } from './outside.ts'

// Missing from Node 20's types.
const { registerHooks } = module as {
  readonly registerHooks?: (hooks: {
    readonly resolve: Hooks['resolveHere']
    readonly load?: Hooks['loadHere']
  }) => void
}

/** How many seconds users' code may take to load, or to answer. */
export const LONGEST = 60

/** Fails if users' code awaits something that never happens; at once if nothing is left that could make it happen. */
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

/** What keeps a path from being imported: Node takes no encoded backslash, and tsx takes an encoded `?` for a query. */
const unimportable = (path: string, typescript: boolean): string | undefined =>
  (typescript ? ['\\', '?'] : ['\\']).find((odd) => path.includes(odd))

/**
 * Imports a user's file.
 * @param typescript whether any of the user's files is TypeScript
 * @throws ProjectError: one sentence with file and line
 */
export type Importer = (file: string, folder: string, typescript: boolean) => Promise<Record<string, unknown>>

/** A process's imports of users' files. */
export class UsersModules {
  /** Compiled projects by the names in the store, so that each file exists once. */
  readonly opened = new Map<string, Evaluated | 'as ever'>()
  readonly #folders = new Set<string>()
  readonly #seen: Seen[] = []
  readonly #ports: MessagePort[] = []
  #hooks: Hooks | undefined

  readonly import: Importer = async (file, folder, typescript) => {
    if (file.endsWith('.cts'))
      throw new ProjectError(`${relative(folder, file)}: end its name in .ts and write import and export, or in .cjs`)
    const odd = unimportable(file, typescript)
    if (odd !== undefined)
      throw new ProjectError(`${file}: Node cannot import a file with "${odd}" in its path; rename that`)
    await this.#prepare(folder, typescript)
    await this.#ourselves()
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

  /** What the loader saw while it loaded users' files; only in the program. */
  seenSoFar(): readonly Seen[] {
    for (const port of this.#ports)
      for (let each = receiveMessageOnPort(port); each; each = receiveMessageOnPort(port)) this.#seen.push(each.message)
    return this.#seen
  }

  /** Registers tsx, once. */
  readonly #transpiler = once(async (): Promise<void> => {
    if (EXTENSION === '.ts') return // a checkout already runs under tsx
    const { register } = (await importOutside('tsx/esm/api')) as typeof import('tsx/esm/api')
    register()
  })

  /**
   * Makes a folder's files importable, once per folder. Registers tsx only for TypeScript, because that costs start-up
   * time. Keeps the promise, because files are imported concurrently and each caller must wait until the transpiler
   * works.
   */
  async #prepare(folder: string, typescript: boolean): Promise<void> {
    if (typescript) await this.#transpiler()
    if (this.#folders.has(folder)) return
    this.#folders.add(folder)
    const data: HookData = {
      folder: pathToFileURL(`${folder}/`).href,
      home: pathToFileURL(`${DOORS}/`).href,
      extension: EXTENSION,
    }
    if (registerHooks === undefined) this.#prepareThread(data)
    else if (this.#hooks) this.#hooks.add(data)
    else this.#prepareHere(registerHooks, data)
  }

  /** Loads this package for users' files: CommonJS cannot require what another file is still importing. */
  readonly #ourselves = once(() => importOutside(pathToFileURL(`${DOORS}/src/index${EXTENSION}`).href))

  #prepareHere(register: NonNullable<typeof registerHooks>, data: HookData): void {
    const tell = (seen: Seen): void => void this.#seen.push(seen)
    this.#hooks = new Hooks(launcher === undefined ? data : { ...data, tell })
    const { resolveHere: resolve, loadHere: load } = this.#hooks
    register(launcher === undefined ? { resolve } : { resolve, load })
  }

  /** For Node 20: hooks in a thread of their own. */
  #prepareThread(data: HookData): void {
    const hooks = pathToFileURL(`${HOME}/src/project/hooks-thread${EXTENSION}`)
    if (launcher === undefined) {
      module.register(hooks, { data })
      return
    }
    const { port1, port2 } = new MessageChannel()
    this.#ports.push(port1)
    module.register(hooks, { data: { ...data, port: port2 }, transferList: [port2] })
  }
}

/** This process's imports. A process has only one, as Node has one module cache. */
export const usersModules = once(() => new UsersModules())
