import { count, duration, wholeSeconds } from '../../lib/units.ts'
import { isWell, outcomeStyle, outcomeWord, paint, type Style } from '../terminal/paint.ts'
import { begin, clean, fit, type Look, pad, width } from '../terminal/text.ts'
import type { HostView, Phase, RunView } from './view.ts'

/** A screen and the time: milliseconds since the run began. */
export interface Screen extends Look {
  readonly rows: number
  readonly now: number
}

/** How many milliseconds of silence a step's line reports. */
const SILENCE = 20_000

const WORDS: Readonly<Record<Phase, string>> = {
  queued: 'queued',
  connecting: 'connecting',
  observing: 'looking',
  planned: 'planned',
  waiting: 'waiting',
  applying: 'changing',
  verifying: 'looking again',
  gate: 'waiting for health',
  done: 'done',
}

/**
 * The priority of hosts if not all fit: changing ones first, then failed ones, then waiting ones, and last those that
 * are finished or have not begun.
 */
const urgency = (host: HostView): number => {
  if (host.result) return isWell(host.result.outcome) ? 5 : 1
  return {
    applying: 0,
    verifying: 0,
    gate: 0,
    connecting: 2,
    observing: 2,
    waiting: 3,
    planned: 3,
    queued: 4,
    done: 5,
  }[host.phase]
}

/** The hosts that `rows` lines show, in the order of the run. */
function shown(hosts: readonly HostView[], rows: number): readonly HostView[] {
  if (hosts.length <= rows) return hosts
  const first = new Set([...hosts].sort((a, b) => urgency(a) - urgency(b)).slice(0, Math.max(0, rows - 1)))
  return hosts.filter((host) => first.has(host))
}

const activity = (host: HostView, screen: Screen): string => {
  const say = (text: string): string => clean(text, screen)
  if (host.phase === 'waiting') return `waits for ${say(host.note)}`
  if (host.phase === 'gate') return say(host.note)
  if (host.note !== '') return `${WORDS[host.phase]}: ${say(host.note)}`
  if (host.phase === 'planned') return host.steps > 0 ? count(host.steps, 'step') : 'in sync'
  return WORDS[host.phase]
}

const outcome = (host: HostView, screen: Screen): string => {
  const result = host.result
  if (!result) return ''
  const word = outcomeWord(result.outcome)
  if (isWell(result.outcome)) return result.steps > 0 ? `${word}, ${count(result.steps, 'step')}` : word
  const [reason = ''] = (result.reason ?? '').split('\n')
  return `${word}  ${clean(reason, screen)}`
}

interface Columns {
  readonly host: number
  readonly progress: number
  readonly resource: number
  readonly output: number
}

const TIME = 9

/** Column widths: they depend only on the names and the screen, so that nothing jumps during the run. */
function columnsFor(hosts: readonly HostView[], screen: Screen): Columns {
  const host = Math.min(
    24,
    Math.max(...hosts.map((h) => width(clean(h.name, screen)))),
    Math.max(8, Math.floor(screen.columns / 3)),
  )
  const progress = Math.max(3, ...hosts.map((h) => 2 * String(h.steps).length + 1))
  const room = screen.columns - host - progress - TIME - 6
  const resource = Math.max(0, Math.min(40, room < 30 ? room : Math.round(room * 0.45)))
  const output = room - resource - 2
  return output < 8 ? { host, progress, resource: Math.max(0, room), output: 0 } : { host, progress, resource, output }
}

/** How long a host took, or has taken so far; empty before its turn. */
function time({ result, phase, since }: HostView, now: number): string {
  if (result) return duration(result.ms)
  return phase === 'queued' || phase === 'done' ? '' : wholeSeconds(now - since)
}

function line(host: HostView, columns: Columns, screen: Screen): string {
  const name = pad(fit(clean(host.name, screen), columns.host, screen), columns.host)
  const took = pad(time(host, screen.now), TIME, 'start')
  const progress = pad(
    host.steps > 0 && !host.result ? `${Math.min(host.ended, host.steps)}/${host.steps}` : '',
    columns.progress,
  )
  const wide = columns.resource + (columns.output > 0 ? columns.output + 2 : 0)
  const row = (middle: string, style?: Style): string =>
    `${name}  ${progress}  ${style ? paint(style, middle, screen) : middle}${' '.repeat(Math.max(0, wide - width(middle)))}  ${took}`.trimEnd()
  if (host.result) return row(begin(outcome(host, screen), wide, screen), outcomeStyle[host.result.outcome])
  if (host.phase !== 'applying' || host.resource === '')
    return row(begin(activity(host, screen), wide, screen), host.phase === 'applying' ? undefined : 'dim')
  const silent = screen.now - host.spoke
  const output = silent >= SILENCE ? `no output for ${wholeSeconds(silent)}` : clean(host.line, screen).trim()
  const resource = pad(fit(clean(host.resource, screen), columns.resource, screen), columns.resource)
  if (columns.output === 0) return row(resource)
  const last = fit(output, columns.output, screen)
  return `${name}  ${progress}  ${resource}  ${paint(silent >= SILENCE ? 'yellow' : 'dim', last, screen)}${' '.repeat(columns.output - width(last))}  ${took}`.trimEnd()
}

/**
 * One line about the hosts that are not shown, the most telling first: `… 36 more: 1 failed, 12 waiting, 3 queued, 20
 * in sync`.
 */
function summary(hidden: readonly HostView[], screen: Screen): string {
  const counts = new Map<string, number>()
  for (const host of [...hidden].sort((a, b) => urgency(a) - urgency(b))) {
    const word = host.result ? outcomeWord(host.result.outcome) : WORDS[host.phase]
    counts.set(word, (counts.get(word) ?? 0) + 1)
  }
  const mark = screen.unicode ? '…' : '...'
  const text = `${mark} ${hidden.length} more: ${[...counts].map(([word, n]) => `${n} ${word}`).join(', ')}`
  const time = wholeSeconds(screen.now)
  const room = screen.columns - width(time) - 2
  const cut = begin(text, room, screen)
  return paint('dim', `${pad(cut, room)}  ${time}`, screen)
}

/**
 * The lines on the terminal at one moment of a run: at most `rows - 1` (the cursor is below them), none wider than the
 * screen. Pure.
 */
export function frame(view: RunView, screen: Screen): string[] {
  const hosts = [...view.hosts.values()]
  if (hosts.length === 0 || screen.rows < 2) return []
  const stopping =
    view.stopping === ''
      ? []
      : [
          paint(
            'yellow',
            begin(clean(`stopping: ${view.stopping} (^C again: leave now)`, screen), screen.columns, screen),
            screen,
          ),
        ]
  // a line for a host is worth more than one for a stage
  const stage =
    view.stage === '' || screen.rows - 1 < hosts.length + 1 + stopping.length
      ? []
      : [paint('cyan', begin(clean(view.stage, screen), screen.columns, screen), screen)]
  const visible = shown(hosts, Math.max(1, screen.rows - 1 - stopping.length - stage.length))
  const columns = columnsFor(hosts, screen)
  const lines = visible.map((host) => line(host, columns, screen))
  const hidden = hosts.filter((host) => !visible.includes(host))
  return [...stage, ...lines, ...(hidden.length > 0 ? [summary(hidden, screen)] : []), ...stopping]
}
