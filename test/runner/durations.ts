import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { CACHE } from '../support/machine.ts'
import committed from './durations.json' with { type: 'json' }
import type { Durations } from './plan.ts'

const FILE = join(CACHE, 'durations.json')

const kept = (): Durations => {
  try {
    return JSON.parse(readFileSync(FILE, 'utf8')) as Durations
  } catch {
    return {} // no run yet; a file that cannot be read is made anew
  }
}

/**
 * How long files took when they were run last on this machine, else what durations.json expects of a machine with two
 * cores.
 */
export const knownDurations = (): Durations => ({ ...committed, ...kept() })

/** What is kept after a run: only files of the project are run again under their names. */
export const merged = (before: Durations, took: Durations): Durations =>
  Object.fromEntries(Object.entries({ ...before, ...took }).filter(([name]) => name.startsWith('test/')))

/** Keeps how long files took, for the next run's order and estimate. */
export function keepDurations(took: Durations): void {
  try {
    mkdirSync(dirname(FILE), { recursive: true })
    writeFileSync(`${FILE}.${process.pid}`, `${JSON.stringify(merged(kept(), took), null, 1)}\n`)
    renameSync(`${FILE}.${process.pid}`, FILE)
  } catch {} // an estimate is not worth a failure
}
