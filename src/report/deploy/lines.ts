import type { DeployEvent, DeployOutcome, DeployResult, HostTasks } from '../../deploy/events.ts'
import { count, duration, wholeSeconds } from '../../lib/units.ts'
import { beside, MEASURE } from '../run/recap.ts'
import { paint, type Style } from '../terminal/paint.ts'
import { begin, clean, type Look, pad, width, wrap } from '../terminal/text.ts'
import { balanceLines, movedText } from './balance.ts'
import { LABEL, leavingText, removalLines } from './removal.ts'
import type { DeployView, Part } from './view.ts'

/** A screen and the time: milliseconds since the deployment began. */
export interface DeployScreen extends Look {
  readonly now: number
}

/** The rightmost column of times. */
const WIDE = 96

const MARKS = { well: '●', starting: '◌', before: '○' }
const ASCII_MARKS = { well: '#', starting: '.', before: 'o' }

/** The tasks of one host: a mark for each, or counts if there are many. */
function marks({ host, old, fresh, healthy }: HostTasks, look: Look): string {
  const { well, starting, before } = look.unicode ? MARKS : ASCII_MARKS
  const name = clean(host, look)
  if (old + fresh > 12)
    return `${name} ${well}${healthy}${fresh > healthy ? ` ${starting}${fresh - healthy}` : ''}${old > 0 ? ` ${before}${old}` : ''}`
  return `${name} ${well.repeat(healthy)}${starting.repeat(fresh - healthy)}${before.repeat(old)}`
}

/** As many hosts as fit, and the number of the others. */
function hostsText(hosts: readonly HostTasks[], columns: number, look: Look): string {
  let text = ''
  for (const [i, host] of hosts.entries()) {
    const next = `${text}${text === '' ? '' : '  '}${marks(host, look)}`
    const more = hosts.length - i
    if (width(next) > columns - (more > 1 ? 9 : 0)) return text === '' ? '' : `${text}  +${more} more`
    text = next
  }
  return text
}

/** `/rails-app   v12 → v13, 4 instances`. */
export function deployTitle(
  view: Pick<DeployView, 'app' | 'from' | 'to' | 'instances' | 'before' | 'replaces'>,
  look: Look,
): string {
  const { app, from, to, instances, before, replaces } = view
  const scaled = before !== undefined && before !== instances
  const versions = from === undefined || from === to ? to : `${from} → ${to}`
  const numbers = scaled ? `${before} → ${count(instances, 'instance')}` : count(instances, 'instance')
  const place = replaces === undefined ? '' : `, in the place of ${replaces}`
  return clean(`${app}   ${versions}, ${numbers}${place}`, look)
}

function partLine(part: Part, screen: DeployScreen): string {
  const columns = Math.min(WIDE, screen.columns)
  const time = part.until === undefined ? wholeSeconds(screen.now - part.since) : duration(part.until - part.since)
  const room = columns - LABEL - 4 - width(time) - 2
  const text = clean(part.text, screen)
  const free = room - width(text) - 3
  const hosts = free < 8 ? '' : hostsText(part.hosts, free, screen)
  const body = hosts === '' ? begin(text, room, screen) : `${text}   ${hosts}`
  return `  ${paint('dim', pad(part.label, LABEL), screen)}  ${Number.isFinite(columns) ? pad(body, room) : body}  ${paint('dim', time, screen)}`
}

/** The lines on the terminal below the title at one moment of a deployment. Pure. */
export function deployFrame(view: DeployView, screen: DeployScreen): string[] {
  const line = (text: string, style: Style): string =>
    paint(style, begin(clean(text, screen), screen.columns, screen), screen)
  return [
    ...view.parts.map((part) => partLine(part, screen)),
    ...(view.away === '' ? [] : [line(`  ${view.away}`, 'yellow')]),
    ...(view.stopping === '' ? [] : [line(`  stopping: ${view.stopping} (^C again: leave now)`, 'yellow')]),
  ]
}

const STYLES: Readonly<Record<DeployOutcome, Style>> = {
  live: 'green',
  unchanged: 'green',
  unserved: 'red',
  refused: 'magenta',
  failed: 'red',
  unreachable: 'red',
  left: 'yellow',
  removed: 'green',
  absent: 'green',
  balanced: 'green',
  level: 'green',
  present: 'yellow',
  uneven: 'yellow',
}

/** Outcomes that need only one sentence. */
const SAID: ReadonlySet<DeployOutcome> = new Set(['live', 'unchanged', 'removed', 'absent', 'balanced', 'level'])

/** A result's headline: `v13 is live after 27 s.` */
function verdict({ app, outcome, from, to, instances, ms }: DeployResult, flags: string): string {
  const scaled = from !== undefined && from === to
  const back = from === undefined || scaled ? '' : ` Back again: provision deploy${flags} --to ${from} ${app}`
  if (outcome === 'live')
    return scaled
      ? `${count(instances, 'task')} of ${to}, all healthy, after ${duration(ms)}.`
      : `${to} is live after ${duration(ms)}.${back}`
  if (outcome === 'removed') return `${app} is removed after ${duration(ms)}: ${count(instances, 'task')} ended.`
  if (outcome === 'absent') return `There is no app ${app}: nothing to remove.`
  if (outcome === 'balanced') return `The ${count(instances, 'task')} of ${app} are balanced after ${duration(ms)}.`
  if (outcome === 'level')
    return `No move would spread the ${count(instances, 'task')} of ${app} better: nothing was changed.`
  if (outcome === 'unchanged') return `${to} was live already, with ${count(instances, 'task')}: nothing was changed.`
  return ''
}

/**
 * The end of a deployment's report: how it ended, why, and what its tasks printed. Pure.
 * @param margin what to print before each part's name
 * @param flags the flags that the command to roll back also needs
 */
export function deployEnd(result: DeployResult, look: Look, margin = '  ', flags = ''): string[] {
  const { outcome, reason, words, to, app } = result
  const style = STYLES[outcome]
  if (outcome === 'present' || outcome === 'uneven') return []
  if (SAID.has(outcome))
    return wrap(clean(verdict(result, flags), look), look.columns).map((line) => paint(style, line, look))
  const word = outcome === 'unserved' ? 'not served' : outcome
  const indent = margin.length + Math.max(LABEL, word.length) + 2
  const room = Math.min(look.columns, MEASURE) - indent
  const lines = (reason ?? 'no reason was given').split('\n').flatMap((line) => wrap(clean(line, look), room))
  const said = words === undefined ? [] : [`Its last words on ${clean(words.host, look)}:`]
  const spoken =
    words?.lines.map((line) => paint('dim', `  ${begin(clean(line, look), look.columns - indent - 2, look)}`, look)) ??
    []
  return [
    ...(to === '' ? [clean(app, look)] : []),
    ...beside(`${margin}${paint(style, pad(word, LABEL), look)}  `, indent, [...lines, ...said, ...spoken]),
  ]
}

/** Warnings, printed before anything happens. */
export const deployNotes = (notes: readonly string[], look: Look): string[] =>
  notes.flatMap((note) =>
    beside(`  ${paint('yellow', 'note', look)}  `, 8, wrap(clean(note, look), Math.min(look.columns, MEASURE) - 8)),
  )

/** `3 of 4 on v13, healthy, 1 of before; delayed`, and the part of it that counts as news: a countdown does not. */
function rollingText(event: DeployEvent & { event: 'rolling' }, name: string): { text: string; news: string } {
  const rest = event.old > 0 ? `, ${event.old} of before` : ''
  const done = `${event.healthy} of ${event.of} on ${name}, healthy${rest}`
  const text = `${done}${event.waits ? `; ${event.waits}` : ''}`
  return { text, news: event.held === 'delayed' ? `${done}; delayed` : text }
}

/** Reports a deployment's events without repainting: each call returns the lines for one event. */
export function plainDeploy(look: Look): (event: DeployEvent) => string[] {
  let last = ''
  let [from, to] = ['', '']
  /** @param what the part of the text that counts as news; default: all of it */
  const say = (label: string, text: string, style?: Style, what = text): string[] => {
    const line = `${pad(label, LABEL)}  ${clean(text, look)}`
    const news = `${label} ${what}`
    if (news === last) return []
    last = news
    return [style ? paint(style, line, look) : line]
  }
  return (event) => {
    switch (event.event) {
      case 'begin':
        ;[from, to] = [event.from ?? 'the version before', event.to]
        return [deployTitle({ from: undefined, before: undefined, replaces: undefined, ...event }, look)]
      case 'finding':
        return event.level === 'warn' ? say('note', `${event.path}  ${event.message}`, 'yellow') : []
      case 'waiting':
        return say('waiting', `for ${event.for}`)
      case 'resuming':
        return say('first', event.says)
      case 'image':
        if (event.state === 'looking') return []
        return say('image', `${event.host}: ${event.state}${event.says === undefined ? '' : `: ${event.says}`}`)
      case 'rolling': {
        const back = event.phase === 'back'
        const { text, news } = rollingText(event, back ? from : to)
        return say(back ? 'back' : 'rolling', text, undefined, news)
      }
      case 'task-failed':
        return [
          ...say('failed', `a task on ${event.host}: ${event.says}`, 'red'),
          ...event.lines.map((line) => `${' '.repeat(LABEL + 4)}${clean(line, look)}`),
        ]
      case 'away':
        return say('waiting', event.says, 'yellow')
      case 'again':
        return say('again', 'Marathon answers')
      case 'back':
        return say('back', event.says, 'yellow')
      case 'serving':
        return say('serving', `${event.host} ${event.says}`, event.ok ? undefined : 'red')
      case 'removal':
        return removalLines(event, look)
      case 'balance':
        return balanceLines(event, look)
      case 'moved':
        return say('moved', movedText(event))
      case 'leaving':
        return say('leaving', leavingText(event))
      case 'stopping':
        return say('stopping', event.reason, 'yellow')
      default:
        return []
    }
  }
}
