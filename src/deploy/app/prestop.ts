import type { Definition } from '../../clients/marathon-answers.ts'
import { object } from '../../lib/json.ts'

/**
 * How many seconds the wrapper (`templates/prestop.sh`, which has the same default) keeps serving if `PRESTOP` is not
 * set. Every HAProxy knows a new task at most 3.2 s after it is healthy (measured).
 */
export const DEFAULT = 10

function words(value: unknown): string {
  if (Array.isArray(value)) return value.map(String).join(' ')
  return typeof value === 'string' ? value : ''
}

/**
 * How many seconds an app keeps serving after SIGTERM, according to its definition; `undefined` if nothing in it
 * suggests a pre-stop wrapper.
 */
export function prestopOf({ args, cmd, env }: Definition): number | undefined {
  const { PRESTOP: given } = object(env)
  const said = typeof given === 'string' && given.trim() !== '' ? Number(given) : Number.NaN
  if (Number.isFinite(said)) return said
  const command = `${words(args)} ${words(cmd)}`
  const asleep = /\btrap\b[^\n]*\bsleep\s+(\d+)/.exec(command)
  if (asleep) return Number(asleep[1])
  return /prestop/i.test(command) ? DEFAULT : undefined
}
