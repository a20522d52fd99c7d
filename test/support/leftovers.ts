import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { stopCache } from '../../src/sandbox/image/package-cache.ts'
import { available, listSandboxes, openSandbox } from '../../src/sandbox/index.ts'
import { foldersIn, paths, stateDir } from '../../src/sandbox/state.ts'
import { isOrphan } from './run-name.ts'

/** The folder for tests' own state folders, whose names begin like their sandbox's. */
export const STATE_FOLDERS = '/var/tmp'

const TRIES = 3

/** Removes a sandbox; retries, because processes may take time to die on a busy machine. @throws after some tries */
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
 * Removes what tests have left behind: sandboxes, layers and state folders whose names are `ours`. Returns the
 * sandboxes' names.
 * @throws
 */
async function clear(ours: (name: string) => boolean): Promise<string[]> {
  const clearFolder = async (folder: string): Promise<void> => {
    const dir = join(STATE_FOLDERS, folder)
    for (const name of listSandboxes(dir)) await takeDown(name, dir)
    rmSync(dir, { recursive: true, force: true })
  }
  const names = listSandboxes().filter(ours)
  const ended = await Promise.allSettled([
    ...names.map((name) => takeDown(name)),
    ...readdirSync(STATE_FOLDERS).filter(ours).map(clearFolder),
  ])
  const { layers } = paths(stateDir())
  for (const layer of foldersIn(layers).filter(ours)) rmSync(join(layers, layer), { recursive: true, force: true })
  for (const end of ended) if (end.status === 'rejected') throw end.reason
  return names
}

/** Does a name belong to this sandbox: the sandbox itself, or something that its suite made beside it? */
export const belongsTo =
  (box: string) =>
  (name: string): boolean =>
    name === box || name.startsWith(`${box}.`)

/** Removes what a test file has left behind. @throws */
export const clearOf = (box: string): Promise<string[]> => clear(belongsTo(box))

/** Removes what a stopped run has left behind. @throws */
export async function clearRun(prefix: string): Promise<void> {
  await clear((name) => name.startsWith(prefix))
  await stopCache(stateDir()) // making a part may have started it, without a sandbox
}

/** Removes what test runs have left behind whose process was killed, or ended with the machine. @throws */
export const clearOrphans = (): Promise<string[]> => (available() === undefined ? clear(isOrphan) : Promise.resolve([]))
