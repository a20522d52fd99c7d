import type { HostResult, RunEvent } from '../../engine/events.ts'
import { stepName } from '../../lib/units.ts'

/** What a host is doing. */
export type Phase =
  | 'queued'
  | 'connecting'
  | 'observing'
  | 'planned'
  | 'waiting'
  | 'applying'
  | 'verifying'
  | 'gate'
  | 'done'

/** The known state of one host during a run. Times are in milliseconds since the run began. */
export interface HostView {
  readonly name: string
  phase: Phase
  /** When the current phase or step began. */
  since: number
  /** When the host last produced output. */
  spoke: number
  /** Number of steps in the plan; 0 until it is known. */
  steps: number
  /** Number of finished steps. */
  ended: number
  /** The current step: `TYPE NAME`. */
  resource: string
  /** How many resources it applies together. */
  together: number
  /** What it waits for, why it retries, or its health. */
  note: string
  /** Its last line of output. */
  line: string
  result?: HostResult
}

/** `stage 1 of 3: ZooKeeper 3 → 4 (zk-4 joins)` */
export const stageText = (says: string, index: number, of: number): string => `stage ${index + 1} of ${of}: ${says}`

/** The known state of a run. */
export interface RunView {
  readonly hosts: Map<string, HostView>
  /** The current stage; empty if there is none. */
  stage: string
  stopping: string
}

/** The view of a run before its first event. */
export const newView = (): RunView => ({ hosts: new Map(), stage: '', stopping: '' })

const newHost = (name: string): HostView => ({
  name,
  phase: 'queued',
  since: 0,
  spoke: 0,
  steps: 0,
  ended: 0,
  together: 1,
  resource: '',
  note: '',
  line: '',
})

/** The view after an event. */
export function advance(view: RunView, event: RunEvent): void {
  if (event.event === 'run' || event.event === 'stage')
    for (const name of event.hosts) view.hosts.set(name, newHost(name))
  if (event.event === 'stage') view.stage = stageText(event.says, event.index, event.of)
  if (event.event === 'stopping') view.stopping = event.reason
  // Members of a quorum outside the run are asked for their health too: they get no line.
  const host = 'host' in event ? view.hosts.get(event.host) : undefined
  if (!host || host.result || !('host' in event)) return
  const enter = (phase: Phase, note = ''): void => {
    Object.assign(host, {
      since: host.phase === phase && host.note === note ? host.since : event.at,
      phase,
      note,
      line: '',
      resource: '',
    })
  }
  host.spoke = event.at
  switch (event.event) {
    case 'connecting':
    case 'observing':
    case 'verifying':
      enter(event.event)
      break
    case 'retry':
      enter(host.phase, event.reason)
      break
    case 'waiting':
      enter('waiting', event.for)
      break
    case 'gate':
      enter('gate', `${event.recipe}: ${event.says}`)
      break
    case 'plan':
      host.steps = event.plan.steps.length
      enter('planned')
      break
    case 'applying':
      host.steps = event.steps
      enter('applying')
      break
    case 'step':
      enter('applying')
      Object.assign(host, { since: event.at, steps: event.of, resource: stepName(event), together: event.count ?? 1 })
      break
    case 'output':
      host.line = event.line.slice(0, 500) // no screen shows more, and every frame cleans it
      break
    case 'step-done':
    case 'step-failed':
      host.ended = Math.max(host.ended, event.index + host.together)
      break
    case 'host':
      enter('done')
      host.result = event
  }
}
