import { stripVTControlCharacters } from 'node:util'
import type { CloudEvent, CloudOutcome, CloudResult } from '../../cloud/events.ts'
import { count, duration, wholeSeconds } from '../../lib/units.ts'
import { jsonLine } from '../json.ts'
import type { FollowOptions } from '../run/follow.ts'
import { MEASURE } from '../run/recap.ts'
import { isLive, lookOf, sizeOf } from '../terminal/look.ts'
import { paint, type Style } from '../terminal/paint.ts'
import { Screen } from '../terminal/screen.ts'
import { clean, fit, type Look, pad, width, wrap } from '../terminal/text.ts'

/** Milliseconds between two frames without events: the times advance every second. */
const TICK = 500

const STYLES: Readonly<Record<CloudOutcome, Style>> = {
  launched: 'green',
  there: 'green',
  planned: 'yellow',
  ended: 'yellow',
  started: 'green',
  attached: 'green',
  found: 'green',
  serving: 'green',
  awaited: 'yellow',
  gone: 'yellow',
  stopped: 'yellow',
  failed: 'red',
  refused: 'magenta',
  left: 'yellow',
}

/** Outcomes that say more about a host than the event's text. */
const WORDS: Partial<Record<CloudOutcome, string>> = {
  failed: 'failed: ',
  refused: 'refused: ',
  launched: 'launched ',
  ended: 'ended ',
  started: 'started ',
  attached: 'attached to ',
  found: 'found ',
  serving: 'serves as ',
  stopped: 'stopped ',
}

interface Row {
  text: string
  outcome?: CloudOutcome
  since: number
}

/** Several sentences about one host, each on its own lines. */
function endLines(host: string, column: number, outcome: CloudOutcome, text: string, look: Look): string[] {
  const room = Math.min(look.columns, MEASURE) - column - 2
  const words = `${WORDS[outcome] ?? ''}${text}`
    .split('\n')
    .flatMap((line) => wrap(clean(line, look), Math.max(20, room)))
  return words.map((line, i) => `${pad(i === 0 ? host : '', column)}  ${paint(STYLES[outcome], line, look)}`)
}

/** The hosts that are not finished, one line each, as many as fit. */
function openLines(rows: ReadonlyMap<string, Row>, column: number, most: number, look: Look): string[] {
  const now = performance.now()
  return [...rows]
    .filter(([, { outcome }]) => outcome === undefined)
    .slice(0, most)
    .map(([host, { text, since }]) => {
      const words = `${pad(host, column)}  ${clean(text, look)}  ${wholeSeconds(now - since)}`
      return paint('dim', fit(words, look.columns, look), look)
    })
}

/** Lines on stderr, followed by the unfinished hosts, which are repainted if the terminal allows. */
interface Page {
  readonly live: boolean
  readonly look: () => Look
  say(lines: readonly string[]): void
  draw(): void
  close(): void
}

function pageOf(
  { stderr, env, colour, quiet }: FollowOptions,
  open: (most: number, look: Look) => readonly string[],
): Page {
  const screen = isLive(stderr, env) ? new Screen(stderr, (line) => width(stripVTControlCharacters(line))) : undefined
  const look = (): Look => ({
    ...lookOf(stderr, env, colour),
    ...(screen ? { columns: sizeOf(stderr).columns - 1 } : {}),
  })
  const draw = (): void => {
    if (quiet?.active) screen?.close()
    else screen?.paint(open(sizeOf(stderr).rows - 2, look()))
  }
  const timer = setInterval(draw, TICK)
  timer.unref()
  quiet?.watch(draw)
  return {
    live: screen !== undefined,
    look,
    draw,
    say(lines) {
      screen?.clear()
      for (const line of lines) stderr.write(`${line}\n`)
      draw()
    },
    close() {
      clearInterval(timer)
      screen?.close()
    },
  }
}

/** Shows nothing until something happens, and leaves out hosts to which nothing happens. */
function onlyNews(show: (event: CloudEvent) => void) {
  let held: CloudEvent | undefined
  let any = false
  return {
    any: () => any,
    show(event: CloudEvent): void {
      if (event.event === 'begin') held = { ...event, hosts: [] }
      else if (event.event !== 'end' || event.outcome !== 'there') {
        if (held) show(held)
        held = undefined
        any = true
        show(event)
      }
    },
  }
}

/** Shows what happens to instances: progress on stderr, events as data on stdout. */
export function followCloud(options: FollowOptions): {
  tell(event: CloudEvent): void
  end(results: readonly CloudResult[]): void
  close(): void
} {
  const { stdout, json, terse = false } = options
  const silent = json === true && stdout.isTTY === true
  const rows = new Map<string, Row>()
  const began = performance.now()
  const column = (): number => Math.max(4, ...[...rows.keys()].map((host) => host.length))
  const page = pageOf(options, (most, look) => openLines(rows, column(), most, look))
  const many = (hosts: number): string => (terse ? '' : `, ${count(hosts, 'host')}`)
  const show = (event: CloudEvent): void => {
    const look = page.look()
    if (event.event === 'begin') {
      for (const host of event.hosts) rows.set(host, { text: 'waits', since: performance.now() })
      page.say([paint('bold', clean(`${event.command}   ${event.whose}${many(event.hosts.length)}`, look), look)])
    } else if (event.event === 'warning') page.say(wrap(clean(event.text, look), Math.min(look.columns, MEASURE)))
    else if (event.event === 'end') {
      rows.set(event.host, { text: event.text, outcome: event.outcome, since: 0 })
      page.say(endLines(event.host, column(), event.outcome, event.text, look))
    } else {
      if (rows.get(event.host)?.text === event.text) return
      rows.set(event.host, { text: event.text, since: performance.now() })
      if (page.live) page.draw()
      else page.say([`${pad(event.host, column())}  ${clean(event.text, look)}`])
    }
  }
  const news = terse ? onlyNews(show) : { show, any: () => true }
  return {
    tell(event) {
      if (!silent) news.show(event)
      if (json) stdout.write(`${jsonLine(event)}\n`)
    },
    end(results) {
      if (silent || !news.any()) return
      const outcomes = [...new Set(results.map(({ outcome }) => outcome))]
      const totals = outcomes.map((each) => `${results.filter(({ outcome }) => outcome === each).length} ${each}`)
      page.say([`${totals.length > 0 ? totals.join(', ') : 'nothing to do'} in ${duration(performance.now() - began)}`])
    },
    close: page.close,
  }
}
