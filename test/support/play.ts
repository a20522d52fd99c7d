// Plays a scripted run as the command line would show it: node --import tsx test/support/play.ts
// ensemble|plan|fleet|fleet-plan|still|hostile [N] [--json] [--diff] [--verbose] [--fast]
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import type { RunEvent, RunResult } from '../../src/engine/events.ts'
import { follow } from '../../src/report/index.ts'
import { fleet } from './fleet.ts'
import type { Played } from './played.ts'
import { ensemble, ensemblePlan, hostile, still } from './runs.ts'

/** A scripted run as the engine would produce it: each event at its time (or at once). */
export function play(played: Played, fast = false): AsyncIterable<RunEvent> & { readonly result: Promise<RunResult> } {
  const began = performance.now()
  async function* events(): AsyncGenerator<RunEvent> {
    for (const event of played.events) {
      const wait = event.at - (performance.now() - began)
      if (!fast && wait > 0) await sleep(wait)
      yield event
    }
  }
  return Object.assign(events(), { result: Promise.resolve(played.result) })
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [name = 'ensemble', n = '50'] = process.argv.slice(2).filter((arg) => !arg.startsWith('--'))
  const has = (flag: string): boolean => process.argv.includes(`--${flag}`)
  const runs: Record<string, () => Played> = {
    ensemble,
    plan: ensemblePlan,
    fleet: () => fleet(Number(n)),
    'fleet-plan': () => fleet(Number(n), 'plan'),
    still: () => still(Number(n)),
    hostile,
  }
  const played = (runs[name] ?? ensemble)()
  const result = await follow(play(played, has('fast')), played.command, {
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    json: has('json'),
    diff: has('diff'),
    verbose: has('verbose'),
  })
  process.exitCode = result.exitCode
}
