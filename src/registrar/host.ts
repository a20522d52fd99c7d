import { readFileSync } from 'node:fs'
import { taskHealthIn } from '../clients/mesos/answers.ts'
import { object, text } from '../lib/json.ts'
import { ask, type Patience } from './http.ts'

/** Ticks per second in /proc: the same on every Linux that runs Node. */
const HERTZ = 100

/**
 * When this host booted, in milliseconds since 1970: the start of its first process, because a container's kernel has
 * run for longer. 0 if unknown.
 */
export function bootedAt(now: number, stat = readProc('/proc/1/stat'), uptime = readProc('/proc/uptime')): number {
  // the name, in parentheses, may contain anything
  const started = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]) / HERTZ
  const up = Number(uptime.split(' ')[0])
  return Number.isNaN(started) || uptime === '' ? 0 : now - (up - started) * 1000
}

function readProc(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/** What a Mesos agent reports about itself and its tasks. */
export interface AgentWord {
  readonly id: string
  /** The health of the tasks that it checks, by id. */
  readonly health: ReadonlyMap<string, boolean>
}

/** Asks the Mesos agent at a URL (`http://10.0.0.21:5051`). @throws Error if its answer lacks its id */
export async function agentWord(agent: string, patience: Patience, signal: AbortSignal): Promise<AgentWord> {
  const url = new URL('/state', agent)
  const { status, body } = await ask(url, { headers: { Accept: 'application/json' }, patience, signal })
  if (status !== 200) throw new Error(`${url.host}: the Mesos agent answered ${status}`)
  const state: unknown = JSON.parse(body)
  const id = text(object(state).id)
  if (id === '') throw new Error(`${url.host}: the Mesos agent has no id yet`)
  return { id, health: taskHealthIn(state) }
}
