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
    return {} // no run yet; an unreadable file is recreated
  }
}

/**
 * How long files took in their last run on this machine, otherwise durations.json's values for a machine with two
 * cores.
 */
export const knownDurations = (): Durations => ({ ...committed, ...kept() })

/** The durations to keep after a run, only for files of the project. */
export const merged = (before: Durations, took: Durations): Durations =>
  Object.fromEntries(Object.entries({ ...before, ...took }).filter(([name]) => name.startsWith('test/')))

/** Stores how long files took, for the next run's order and estimate. */
export function keepDurations(took: Durations): void {
  try {
    mkdirSync(dirname(FILE), { recursive: true })
    writeFileSync(`${FILE}.${process.pid}`, `${JSON.stringify(merged(kept(), took), null, 1)}\n`)
    renameSync(`${FILE}.${process.pid}`, FILE)
  } catch {} // an estimate is not worth a failure
}
