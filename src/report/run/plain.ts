import type { HostResult, RunEvent } from '../../engine/events.ts'
import { count, duration, stepName } from '../../lib/units.ts'
import { isWell, outcomeStyle, outcomeWord, paint, type Style } from '../terminal/paint.ts'
import { clean, type Look, pad, width } from '../terminal/text.ts'
import { stageText } from './view.ts'

/** How much of a run is shown line by line. */
export interface PlainOptions {
  /** Also print lines of output and minor events. */
  readonly verbose?: boolean
}

interface StepOfHost {
  readonly host: string
  readonly index: number
}

const placeOf = ({ host, index }: StepOfHost): string => `${index} ${host}`

type StepEvent = RunEvent & { event: 'step' | 'step-done' | 'step-failed' }

const painted = (text: string, look: Look, style?: Style): string => (style ? paint(style, text, look) : text)

/** Lines for events that concern all hosts. */
function ofAll(event: RunEvent, look: Look): string[] {
  if (event.event === 'stage') return [paint('cyan', clean(stageText(event.says, event.index, event.of), look), look)]
  return event.event === 'stopping' ? [paint('yellow', clean(`stopping: ${event.reason}`, look), look)] : []
}

/** The state of a run that is printed line by line. */
class Plain {
  readonly #look: Look
  readonly #verbose: boolean
  readonly #running = new Map<string, string>()
  /** What each host has reported waiting for, since it last made progress. */
  readonly #said = new Map<string, Set<string>>()
  #column = 0
  #command = ''
  #hosts: ReadonlySet<string> = new Set()

  constructor(look: Look, { verbose = false }: PlainOptions) {
    this.#look = look
    this.#verbose = verbose
  }

  #line(host: string, text: string, style?: Style): string[] {
    const look = this.#look
    return [`${pad(clean(host, look), this.#column)}  ${painted(clean(text, look), look, style)}`]
  }

  #say(host: string, text: string, style?: Style): string[] {
    this.#said.delete(host)
    return this.#line(host, text, style)
  }

  #once(host: string, text: string): string[] {
    const said = this.#said.get(host) ?? new Set()
    if (said.has(text)) return []
    this.#said.set(host, said.add(text))
    return this.#line(host, text)
  }

  #verbosely(host: string, text: string): string[] {
    return this.#verbose ? this.#line(host, text, 'dim') : []
  }

  #begin({ command, hosts }: RunEvent & { event: 'run' }): string[] {
    this.#command = command
    this.#hosts = new Set(hosts)
    this.#column = Math.min(24, Math.max(0, ...hosts.map((name) => width(clean(name, this.#look)))))
    return []
  }

  #ended({ host, outcome, ms, reason }: HostResult): string[] {
    if ((outcome === 'in-sync' && !this.#verbose) || this.#command === 'plan') return []
    const how = isWell(outcome) ? ` after ${duration(ms)}` : `: ${(reason ?? '').split('\n')[0]}`
    return this.#say(host, `${outcomeWord(outcome)}${how}`, outcomeStyle[outcome])
  }

  #ofStep(event: StepEvent): string[] {
    const { host } = event
    if (event.event === 'step') {
      this.#running.set(placeOf(event), stepName(event))
      return this.#verbosely(host, `${stepName(event)}  begins (${event.index + 1} of ${event.of})`)
    }
    const step = this.#running.get(placeOf(event)) ?? `step ${event.index + 1}`
    return event.event === 'step-done'
      ? this.#say(host, `${step}  done ${duration(event.ms)}`)
      : this.#say(host, `${step}  failed after ${duration(event.ms)}`, 'red')
  }

  lines(event: RunEvent): string[] {
    if (event.event === 'stage') this.#said.clear()
    if ('host' in event && !this.#hosts.has(event.host)) return [] // a quorum member that is only asked for its health
    switch (event.event) {
      case 'run':
        return this.#begin(event)
      case 'connecting':
      case 'observing':
      case 'verifying':
        return this.#verbosely(event.host, event.event)
      case 'retry':
        return this.#once(event.host, `retrying: ${event.reason}`)
      case 'plan':
        if (this.#command !== 'apply' || event.plan.steps.length === 0) return []
        return this.#say(event.host, count(event.plan.steps.length, 'step'))
      case 'waiting':
        return this.#once(event.host, `waits for ${event.for}`)
      case 'step':
      case 'step-done':
      case 'step-failed':
        return this.#ofStep(event)
      case 'output':
        return this.#verbosely(event.host, `| ${event.line}`)
      case 'gate':
        return this.#once(event.host, `${event.green ? '' : 'waits for '}${event.recipe}: ${event.says}`)
      case 'host':
        return this.#ended(event)
      default:
        return ofAll(event, this.#look)
    }
  }
}

/**
 * Reports a run's events without repainting: each call returns the lines for one event, usually none or one. Never
 * repeats what a host has already reported.
 */
export function plain(look: Look, options: PlainOptions = {}): (event: RunEvent) => string[] {
  const shown = new Plain(look, options)
  return (event) => shown.lines(event)
}
