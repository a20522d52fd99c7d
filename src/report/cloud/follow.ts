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

/** Milliseconds between two frames where nothing happens: times tick in seconds. */
const TICK = 500

const STYLES: Readonly<Record<CloudOutcome, Style>> = {
  launched: 'green',
  there: 'green',
  planned: 'yellow',
  ended: 'yellow',
  started: 'green',
  attached: 'green',
  stopped: 'yellow',
  failed: 'red',
  refused: 'magenta',
  left: 'yellow',
}

/** Outcomes that say more about a host than their text does. */
const WORDS: Partial<Record<CloudOutcome, string>> = {
  failed: 'failed: ',
  refused: 'refused: ',
  launched: 'launched ',
  ended: 'ended ',
  started: 'started ',
  attached: 'attached to ',
  stopped: 'stopped ',
}

interface Row {
  text: string
  outcome?: CloudOutcome
  since: number
}

/** Several sentences of one host, each on lines of its own. */
function endLines(host: string, column: number, outcome: CloudOutcome, text: string, look: Look): string[] {
  const room = Math.min(look.columns, MEASURE) - column - 2
  const words = `${WORDS[outcome] ?? ''}${text}`
    .split('\n')
    .flatMap((line) => wrap(clean(line, look), Math.max(20, room)))
  return words.map((line, i) => `${pad(i === 0 ? host : '', column)}  ${paint(STYLES[outcome], line, look)}`)
}

/** Shows what happens to instances as it goes: progress on stderr, events as data on stdout. */
export function followCloud({ stdout, stderr, env, colour, quiet, json }: FollowOptions): {
  tell(event: CloudEvent): void
  end(results: readonly CloudResult[]): void
  close(): void
} {
  const silent = json === true && stdout.isTTY === true
  const rows = new Map<string, Row>()
  const began = performance.now()
  const screen = isLive(stderr, env) ? new Screen(stderr, (line) => width(stripVTControlCharacters(line))) : undefined
  const look = (): Look => ({
    ...lookOf(stderr, env, colour),
    ...(screen ? { columns: sizeOf(stderr).columns - 1 } : {}),
  })
  const column = (): number => Math.max(4, ...[...rows.keys()].map((host) => host.length))
  const line = (text: string): unknown => stderr.write(`${text}\n`)
  const draw = (): void => {
    if (!screen) return
    if (quiet?.active) {
      screen.close()
      return
    }
    const open = [...rows].filter(([, { outcome }]) => outcome === undefined)
    const now = performance.now()
    const most = sizeOf(stderr).rows - 2
    screen.paint(
      open.slice(0, most).map(([host, { text, since }]) => {
        const words = `${pad(host, column())}  ${clean(text, look())}  ${wholeSeconds(now - since)}`
        return paint('dim', fit(words, look().columns, look()), look())
      }),
    )
  }
  const timer = setInterval(draw, TICK)
  timer.unref()
  quiet?.watch(draw)
  const say = (lines: readonly string[]): void => {
    screen?.clear()
    for (const each of lines) line(each)
    draw()
  }
  const show = (event: CloudEvent): void => {
    if (event.event === 'begin') {
      for (const host of event.hosts) rows.set(host, { text: 'waits', since: performance.now() })
      say([
        paint('bold', clean(`${event.command}   ${event.whose}, ${count(event.hosts.length, 'host')}`, look()), look()),
      ])
    } else if (event.event === 'warning') say(wrap(clean(event.text, look()), Math.min(look().columns, MEASURE)))
    else if (event.event === 'end') {
      rows.set(event.host, { text: event.text, outcome: event.outcome, since: 0 })
      say(endLines(event.host, column(), event.outcome, event.text, look()))
    } else {
      const row = rows.get(event.host)
      if (row?.text === event.text) return
      rows.set(event.host, { text: event.text, since: performance.now() })
      if (screen) draw()
      else line(`${pad(event.host, column())}  ${clean(event.text, look())}`)
    }
  }
  return {
    tell(event) {
      if (!silent) show(event)
      if (json) stdout.write(`${jsonLine(event)}\n`)
    },
    end(results) {
      if (silent) return
      const outcomes = [...new Set(results.map(({ outcome }) => outcome))]
      const totals = outcomes.map((each) => `${results.filter(({ outcome }) => outcome === each).length} ${each}`)
      say([`${totals.length > 0 ? totals.join(', ') : 'nothing to do'} in ${duration(performance.now() - began)}`])
    },
    close() {
      clearInterval(timer)
      screen?.close()
    },
  }
}
