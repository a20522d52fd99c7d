import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { stopCache } from '../../src/sandbox/image/package-cache.ts'
import { available, listSandboxes, openSandbox } from '../../src/sandbox/index.ts'
import { foldersIn, paths, stateDir } from '../../src/sandbox/state.ts'
import { isOrphan } from './run-name.ts'

/** Where tests put state folders of their own, under names that begin as their sandbox's does. */
export const STATE_FOLDERS = '/var/tmp'

const TRIES = 3

/**
 * Takes a sandbox down; where a process does not die at once, the machine may be busy. @throws where it still does not
 * after some tries
 */
async function takeDown(name: string, dir?: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      const box = await openSandbox({ name, ...(dir !== undefined && { dir }) })
      return await box.down({ purge: dir !== undefined })
    } catch (error) {
      if (tries === TRIES) throw error
    }
  }
}

/**
 * Clears away what has been left by tests: sandboxes, layers and state folders whose names are `ours`. Gives the names
 * of the sandboxes. @throws
 */
async function clear(ours: (name: string) => boolean): Promise<string[]> {
  const folders = readdirSync(STATE_FOLDERS).filter(ours)
  for (const folder of folders) {
    const dir = join(STATE_FOLDERS, folder)
    for (const name of listSandboxes(dir)) await takeDown(name, dir)
    rmSync(dir, { recursive: true, force: true })
  }
  const names = listSandboxes().filter(ours)
  const ended = await Promise.allSettled(names.map((name) => takeDown(name)))
  const { layers } = paths(stateDir())
  for (const layer of foldersIn(layers).filter(ours)) rmSync(join(layers, layer), { recursive: true, force: true })
  for (const end of ended) if (end.status === 'rejected') throw end.reason
  return names
}

/** Does a name belong to this sandbox: is it the sandbox's own, or one of what its suite has made beside it? */
export const belongsTo =
  (box: string) =>
  (name: string): boolean =>
    name === box || name.startsWith(`${box}.`)

/** Clears away what a test file has left. @throws */
export const clearOf = (box: string): Promise<string[]> => clear(belongsTo(box))

/** Clears away what belongs to a run that has been stopped. @throws */
export async function clearRun(prefix: string): Promise<void> {
  await clear((name) => name.startsWith(prefix))
  await stopCache(stateDir()) // which the making of a part may have started, without a sandbox
}

/**
 * Clears away what test runs have left whose process has ended without doing so itself: killed, or the machine's power
 * cut. @throws
 */
export const clearOrphans = (): Promise<string[]> => (available() === undefined ? clear(isOrphan) : Promise.resolve([]))
