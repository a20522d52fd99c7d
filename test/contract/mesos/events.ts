import { readFileSync } from 'node:fs'
import type { TestFramework } from '../../support/mesos-framework.ts'
import { judge, type Tally } from '../replay.ts'
import { EXCEPTIONS } from './exceptions.ts'

interface Event {
  readonly type: string
  readonly update?: {
    readonly status: {
      readonly state: string
      readonly reason?: string
      readonly source?: string
      readonly container_status?: object
    }
  }
}

const RECORDED = readFileSync(
  new URL('../../standins/recordings/mesos/framework-events.jsonl', import.meta.url),
  'utf8',
)
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as Event)

/**
 * What makes events comparable: of updates their state, who tells it and why, and whether a process or a container is
 * behind it.
 */
function kind({ type, update }: Event): string {
  if (!update) return type
  const { state, reason, source, container_status = {} } = update.status
  return ['event', type, state, source, reason, 'executor_pid' in container_status ? 'process' : undefined]
    .filter((w) => w !== undefined)
    .join(' ')
}

const answer = (event: object) => ({ status: 200, body: JSON.stringify(event) })

/** Compares what frameworks were sent with what one was sent by real ones: one of each kind that was recorded. */
export function events(frameworks: readonly TestFramework[], tally: Tally): void {
  const sent = frameworks.flatMap((f) => f.events as readonly Event[])
  for (const name of new Set(RECORDED.map(kind))) {
    const now = sent.find((e) => kind(e) === name)
    if (now) judge(name, RECORDED.filter((e) => kind(e) === name).map(answer), answer(now), EXCEPTIONS, tally)
  }
}
