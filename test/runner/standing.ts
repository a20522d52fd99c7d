import { mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { message } from '../../src/lib/message.ts'
import { ROOT } from './suites.ts'

const MODULES = 'node_modules'

/** The working directory of one test program. */
export interface Standing {
  readonly path: string
  /** Removes it, and returns the names of what the program has left there. */
  remove(): readonly string[]
}

/**
 * Makes a working directory for one test program, in a folder. It is none of the project's, so that a script that a test
 * runs without saying where writes nothing into the project, and what it does write is found. Node finds the project's
 * packages from there.
 */
export function openStanding(folder: string): Standing {
  const path = mkdtempSync(join(folder, 'standing-'))
  symlinkSync(join(ROOT, MODULES), join(path, MODULES))
  return {
    path,
    remove: () => {
      try {
        const left = readdirSync(path).filter((name) => name !== MODULES)
        rmSync(path, { recursive: true, force: true })
        return left
      } catch (error) {
        return [message(error)]
      }
    },
  }
}
