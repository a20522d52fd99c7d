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

// Not among the types of Node 20.
const { registerHooks } = module as {
  readonly registerHooks?: (hooks: {
    readonly resolve: Hooks['resolveHere']
    readonly load?: Hooks['loadHere']
  }) => void
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

/**
 * Imports a file of the user's.
 * @param typescript whether any of the user's files is TypeScript
 * @throws ProjectError: one sentence with file and line
 */
export type Importer = (file: string, folder: string, typescript: boolean) => Promise<Record<string, unknown>>

/** Users' files as one process imports them. */
export class UsersModules {
  /** Projects by the names that they are kept under: there is one of each file. */
  readonly opened = new Map<string, Evaluated | 'as ever'>()
  readonly #folders = new Set<string>()
  readonly #seen: Seen[] = []
  readonly #ports: MessagePort[] = []
  #hooks: Hooks | undefined

  readonly import: Importer = async (file, folder, typescript) => {
    await this.#prepare(folder, typescript)
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

  /** What was seen while users' files were loaded; only in the program. */
  seenSoFar(): readonly Seen[] {
    for (const port of this.#ports)
      for (let each = receiveMessageOnPort(port); each; each = receiveMessageOnPort(port)) this.#seen.push(each.message)
    return this.#seen
  }

  /** Registers tsx, once. */
  readonly #transpiler = once(async (): Promise<void> => {
    if (EXTENSION === '.ts') return // a checkout runs under it already
    const { register } = (await importOutside('tsx/esm/api')) as typeof import('tsx/esm/api')
    register()
  })

  /**
   * Makes users' files importable, once per folder; TypeScript only where there is some: tsx costs start-up time.
   * Files are imported side by side, so what is kept is the promise: each caller waits until the transpiler works.
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

  #prepareHere(register: NonNullable<typeof registerHooks>, data: HookData): void {
    const tell = (seen: Seen): void => void this.#seen.push(seen)
    this.#hooks = new Hooks(launcher === undefined ? data : { ...data, tell })
    const { resolveHere: resolve, loadHere: load } = this.#hooks
    register(launcher === undefined ? { resolve } : { resolve, load })
  }

  /** What Node 20 knows: hooks in a thread of their own. */
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

/** Those of this process, as Node keeps its modules: one of each, for as long as it runs. */
export const usersModules = once(() => new UsersModules())
