import type { HostResult, RunEvent } from '../../engine/events.ts'
import { count, duration, stepName } from '../../lib/units.ts'
import { isWell, outcomeStyle, outcomeWord, paint, type Style } from '../terminal/paint.ts'
import { clean, type Look, pad, width } from '../terminal/text.ts'

/** How much of a run is shown line by line. */
export interface PlainOptions {
  /** Lines of output too, and what is usually not worth a line. */
  readonly verbose?: boolean
}

interface StepOfHost {
  readonly host: string
  readonly index: number
}

const placeOf = ({ host, index }: StepOfHost): string => `${index} ${host}`

/** `stage 1 of 3: ZooKeeper 3 → 4 (zk-4 joins)` */
export const stageText = (says: string, index: number, of: number): string => `stage ${index + 1} of ${of}: ${says}`

const painted = (text: string, look: Look, style?: Style): string => (style ? paint(style, text, look) : text)

/** What concerns no host alone. */
function ofAll(event: RunEvent, look: Look): string[] {
  if (event.event === 'stage') return [paint('cyan', clean(stageText(event.says, event.index, event.of), look), look)]
  return event.event === 'stopping' ? [paint('yellow', clean(`stopping: ${event.reason}`, look), look)] : []
}

/**
 * Reports a run's events where nothing can be repainted: each call returns the lines for one event, usually none or
 * one. What a host has already reported is not repeated.
 */
export function plain(look: Look, options: PlainOptions = {}): (event: RunEvent) => string[] {
  const running = new Map<string, string>()
  const said = new Map<string, string>()
  let column = 0
  let command = ''
  let hosts: ReadonlySet<string> = new Set()

  const say = (host: string, text: string, style?: Style): string[] => [
    `${pad(clean(host, look), column)}  ${painted(clean(text, look), look, style)}`,
  ]
  const once = (host: string, text: string): string[] => {
    if (said.get(host) === text) return []
    said.set(host, text)
    return say(host, text)
  }

  const verbosely = (host: string, text: string): string[] => (options.verbose ? say(host, text, 'dim') : [])
  const stepOf = (event: StepOfHost) => running.get(placeOf(event)) ?? `step ${event.index + 1}`
  const ended = ({ host, outcome, ms, reason }: HostResult): string[] => {
    if ((outcome === 'in-sync' && !options.verbose) || command === 'plan') return []
    const how = isWell(outcome) ? ` after ${duration(ms)}` : `: ${(reason ?? '').split('\n')[0]}`
    return say(host, `${outcomeWord(outcome)}${how}`, outcomeStyle[outcome])
  }

  return (event) => {
    if (event.event === 'stage') said.clear()
    if ('host' in event && !hosts.has(event.host)) return [] // a member of a quorum that is only asked for its health
    switch (event.event) {
      case 'run':
        command = event.command
        hosts = new Set(event.hosts)
        column = Math.min(24, Math.max(0, ...event.hosts.map((name) => width(clean(name, look)))))
        return []
      case 'connecting':
      case 'observing':
      case 'verifying':
        return verbosely(event.host, event.event)
      case 'retry':
        return once(event.host, `retrying: ${event.reason}`)
      case 'plan':
        if (command !== 'apply' || event.plan.steps.length === 0) return []
        return say(event.host, count(event.plan.steps.length, 'step'))
      case 'waiting':
        return once(event.host, `waits for ${event.for}`)
      case 'step':
        running.set(placeOf(event), stepName(event))
        return verbosely(event.host, `${stepName(event)}  begins (${event.index + 1} of ${event.of})`)
      case 'output':
        return verbosely(event.host, `| ${event.line}`)
      case 'step-done':
        return say(event.host, `${stepOf(event)}  done ${duration(event.ms)}`)
      case 'step-failed':
        return say(event.host, `${stepOf(event)}  failed after ${duration(event.ms)}`, 'red')
      case 'gate':
        return once(
          event.host,
          event.green ? `${event.recipe}: ${event.says}` : `waits for ${event.recipe}: ${event.says}`,
        )
      case 'host':
        return ended(event)
      default:
        return ofAll(event, look)
    }
  }
}
