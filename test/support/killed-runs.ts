/** Runs of the program in a process of their own, killed at boundaries that a seed deals. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { RunEvent } from '../../src/engine/events.ts'

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

/** How a run ended. */
export interface Ended {
  /** Its exit code; `null` if it was killed. */
  readonly code: number | null
  readonly events: readonly RunEvent[]
  /** Its last events and what it wrote to standard error, for a test's message. */
  readonly last: string
}

/**
 * One run of `provision apply` with these arguments.
 * @param kills asked at each event: after how many milliseconds the process is killed; `undefined`: not now
 */
export async function applied(
  args: readonly string[],
  kills: (event: RunEvent) => number | undefined = () => undefined,
): Promise<Ended> {
  const argv = ['--import', 'tsx', MAIN, 'apply', '--json', '--wait', ...args]
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'pipe'] })
  const exited = once(child, 'exit')
  const last: string[] = []
  const events: RunEvent[] = []
  child.stderr.on('data', (chunk) => last.push(String(chunk)))
  for await (const line of createInterface({ input: child.stdout })) {
    last.push(line)
    const event = JSON.parse(line) as RunEvent
    events.push(event)
    const after = kills(event)
    if (after === 0) child.kill('SIGKILL')
    else if (after !== undefined) setTimeout(() => child.kill('SIGKILL'), after)
  }
  const [code] = await exited
  return { code, events, last: last.slice(-8).join('\n') }
}

/** Boundaries of which the first in each stage always kills a run. */
const ALWAYS: readonly RunEvent['event'][] = ['stage', 'observing', 'applying', 'step', 'verifying', 'host']
/** Others, of which some do. */
const SOME: readonly RunEvent['event'][] = [...ALWAYS, 'connecting', 'plan', 'waiting', 'step-done', 'gate']
const SHARE = 0.04

/**
 * Which boundaries kill a run: each at most once, so that some run comes to its end. Half of the runs die at the
 * boundary itself, the others up to half a second after it.
 */
function deal(next: () => number): (event: RunEvent) => number | undefined {
  const met = new Set<string>()
  const first = (key: string): boolean => met.size !== met.add(key).size
  let stage = ''
  return (event) => {
    if (event.event === 'run') stage = ''
    if (event.event === 'stage') stage = event.says
    if (!SOME.includes(event.event)) return undefined
    const kind = ALWAYS.includes(event.event) && stage !== '' && first(`${stage} ${event.event}`)
    const { at: _, ...where } = event
    const one = first(`${stage} ${JSON.stringify({ ...where, ms: 0, cost: 0 })}`) && next() < SHARE
    if (!kind && !one) return undefined
    return next() < 0.5 ? 0 : Math.floor(next() * 500)
  }
}

/** Runs that are killed, until one comes to its end. @returns it, and how many were killed */
export async function killedOnTheWay(
  args: readonly string[],
  next: () => number,
): Promise<Ended & { readonly killed: number }> {
  const kills = deal(next)
  for (let killed = 0; ; killed++) {
    const ended = await applied(args, kills)
    if (ended.code !== null) return { ...ended, killed }
  }
}
