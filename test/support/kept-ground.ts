import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Files, project } from './kept-edits.ts'
import { installed, keepCode, run, write } from './packed.ts'

/** A suite's projects, and what the program keeps of each. */
export interface KeptProjects {
  readonly base: string
  /** Why the package cannot be installed here. */
  readonly missing: string | undefined
  /** A test, if it can be installed here. */
  readonly real: Test
  makeProject(files: Files): string
  /** Runs the program in a project, whose recipe must say this word. */
  says(folder: string, word: string, env?: Readonly<Record<string, string>>): void
  /** The folder of what is kept of a project. */
  cacheOf(folder: string): string
  keptFiles(folder: string): readonly string[]
  /** How large is what was compiled? 0: it was not. */
  compiledSize(folder: string): number
}

/** Gives a suite projects whose compiled files the packed product keeps, each in a cache of its own. */
export async function withKeptProjects(test: Test): Promise<KeptProjects> {
  const base = realpathSync(mkdtempSync(join(tmpdir(), 'kept-')))
  test.after(() => rmSync(base, { recursive: true }))
  const bin = join(base, 'home', 'node_modules', '.bin', 'provision')
  const code = join(base, 'warm', 'provision', 'code')
  const missing = await installed(base, join(base, 'home'))
  if (missing)
    test('cannot be installed here', () => {
      console.log(`not run here: the packed tarball in projects: npm could not get its dependencies (${missing})`)
    })
  else keepCode(bin, join(base, 'warm'))
  const cacheOf = (folder: string): string => `${folder}.cache`
  const keptFiles = (folder: string): readonly string[] => {
    const kept = join(cacheOf(folder), 'provision', 'projects')
    return existsSync(kept) ? readdirSync(kept).map((name) => join(kept, name)) : []
  }
  let count = 0
  return {
    ...{ base, missing, cacheOf, keptFiles },
    real: missing ? (Object.assign(() => undefined, test) as never) : test,
    makeProject(files) {
      const folder = join(base, `project-${++count}`)
      write(folder, { ...project, ...files })
      // of the program alone: what is kept of projects is the subject
      if (existsSync(code)) cpSync(code, join(cacheOf(folder), 'provision', 'code'), { recursive: true })
      return folder
    },
    says(folder, word, env = {}) {
      const { status, err } = run(folder, bin, ['hosts'], { XDG_CACHE_HOME: cacheOf(folder), ...env })
      assert.equal([status, err], [3, `recipe "one" (recipes/one.ts, line 7): check: it says ${word}\n`])
    },
    compiledSize(folder) {
      const [file] = keptFiles(folder)
      assert.ok(file, 'something is kept')
      return Number(/"sizes":\[(\d+)/.exec(readFileSync(file, 'latin1'))?.[1])
    },
  }
}
