import { stripVTControlCharacters } from 'node:util'
import type { HostResult, RunEvent, RunResult } from '../../engine/events.ts'
import { duration } from '../../lib/units.ts'
import { jsonLine } from '../json.ts'
import { isLive, lookOf, sizeOf } from '../terminal/look.ts'
import { paint } from '../terminal/paint.ts'
import type { Quiet } from '../terminal/quiet.ts'
import { Screen } from '../terminal/screen.ts'
import { clean, type Look, width } from '../terminal/text.ts'
import { frame } from './frame.ts'
import { plain } from './plain.ts'
import { hostPlan, planText } from './plan.ts'
import { recap, totals } from './recap.ts'
import { advance, newView, stageText } from './view.ts'

/** A stream for text. */
export interface Out {
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
  readonly writableNeedDrain?: boolean
  write(text: string): unknown
  once?(event: 'drain' | 'close' | 'error', listener: () => void): unknown
  on?(event: 'resize', listener: () => void): unknown
  off?(event: 'resize', listener: () => void): unknown
}

/** Where and how to show a run. */
export interface FollowOptions {
  /** The stream for data. */
  readonly stdout: Out
  /** The stream for progress and the recap. */
  readonly stderr: Out
  readonly env: Readonly<Record<string, string | undefined>>
  /** One JSON object per event on stdout. */
  readonly json?: boolean
  /** `false`: never; `true`: always; absent: depends on the terminal and the environment. */
  readonly colour?: boolean | undefined
  readonly verbose?: boolean
  readonly diff?: boolean
  /** `plan`: print its text; default yes. `false` if the caller prints something else. */
  readonly text?: boolean
  /** Print nothing if nothing happens. */
  readonly terse?: boolean
  /** Active while the terminal waits for a person's answer. */
  readonly quiet?: Quiet
}

/** The shortest time between two frames, in milliseconds. */
const FRAME = 100

interface Progress {
  event(event: RunEvent): void
  /** Writes to stdout without corrupting the frame. */
  print(data: string): void
  close(): void
  /** Prints the last lines, after `close`. */
  end(words: string): void
}

function liveProgress({ stdout, stderr, env, colour, quiet }: FollowOptions): Progress {
  const view = newView()
  const screen = new Screen(stderr, (line) => width(stripVTControlCharacters(line)))
  let base = performance.now()
  let timer: NodeJS.Timeout | undefined
  let last = Number.NEGATIVE_INFINITY // draws the first frame at once
  const draw = (force = false): void => {
    clearTimeout(timer)
    if (quiet?.active) {
      screen.close()
      return
    }
    last = performance.now()
    // Keeps the last column free: terminals disagree about the cursor's position after writing into it.
    const { columns, rows } = sizeOf(stderr)
    screen.paint(frame(view, { ...lookOf(stderr, env, colour), columns: columns - 1, rows, now: last - base }), force)
    // Times are shown in whole seconds, so nothing changes more often by itself.
    timer = setTimeout(draw, 500)
    timer.unref()
  }
  const resized = (): void => draw(true)
  stderr.on?.('resize', resized)
  quiet?.watch(resized)
  return {
    event(event) {
      base = Math.min(base, performance.now() - event.at)
      advance(view, event)
      if (event.event === 'done') return
      const wait = last + FRAME - performance.now()
      clearTimeout(timer)
      if (wait <= 0) return draw()
      timer = setTimeout(draw, wait)
      timer.unref()
    },
    print(data) {
      if (stdout.isTTY) screen.clear()
      stdout.write(data)
      if (stdout.isTTY) draw()
    },
    close() {
      clearTimeout(timer)
      stderr.off?.('resize', resized)
      screen.close()
    },
    end: (words) => stderr.write(words),
  }
}

function plainProgress({ stdout, stderr, env, colour, verbose }: FollowOptions): Progress {
  const say = plain(lookOf(stderr, env, colour), { verbose: verbose ?? false })
  let spoke = false
  const write = (line: string): void => {
    spoke = true
    stderr.write(`${line}\n`)
  }
  return {
    event: (event) => say(event).forEach(write),
    print: (data) => stdout.write(data),
    close: () => {},
    end: (words) => stderr.write(spoke ? `\n${words}` : words),
  }
}

const silent = ({ stdout, stderr }: FollowOptions): Progress => ({
  event: () => {},
  print: (data) => stdout.write(data),
  close: () => {},
  end: (words) => stderr.write(words),
})

function progressFor(options: FollowOptions): Progress {
  const { stdout, stderr, env, json, verbose } = options
  if (json && stdout.isTTY) return silent(options)
  return isLive(stderr, env) && !verbose ? liveProgress(options) : plainProgress(options)
}

/** A slow reader holds back the run; a terminal's progress is overwritten, never queued. */
const caughtUp = (stream: Out): Promise<void> | undefined =>
  stream.writableNeedDrain !== true || stream.once === undefined
    ? undefined
    : new Promise((resolve) => {
        for (const event of ['drain', 'close', 'error'] as const) stream.once?.(event, () => resolve())
      })

/** The stages of a plan, one line each; none if one run suffices. */
const stageLines = ({ stages = [] }: RunResult, look: Look): readonly string[] =>
  stages.map((says, i) => paint('cyan', clean(stageText(says, i, stages.length), look), look))

const page = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('')

/**
 * Shows a run: progress on stderr, data on stdout, the recap last. Resolves with the run's result; rejects with what
 * the run throws.
 */
export async function follow(
  run: AsyncIterable<RunEvent> & { readonly result: Promise<RunResult> },
  command: 'plan' | 'apply',
  options: FollowOptions,
): Promise<RunResult> {
  const { stdout, stderr, env, json, colour, diff } = options
  const progress = progressFor(options)
  const look = lookOf(stdout, env, colour)
  try {
    for await (const event of run) {
      progress.event(event)
      if (json) progress.print(`${jsonLine(event)}\n`)
      else if (diff && command === 'apply' && event.event === 'plan' && event.plan.steps.length > 0)
        progress.print(page(hostPlan(event.plan, look, { diff })))
      await caughtUp(stdout)
      await caughtUp(stderr)
    }
  } finally {
    progress.close()
  }
  const result = await run.result
  const hosts: readonly HostResult[] = result.hosts
  if (command === 'plan' && !json && options.text !== false)
    stdout.write(page([...stageLines(result, look), ...planText(hosts, result.ms, look, { diff: diff ?? false })]))
  if ((options.terse || hosts.length === 0) && hosts.every(({ outcome }) => outcome === 'in-sync')) return result
  const recapped = command === 'apply' || (options.text === false && !json)
  if (recapped) progress.end(page(recap(hosts, result.ms, lookOf(stderr, env, colour))))
  else if (!stdout.isTTY) stderr.write(`${totals(hosts)} in ${duration(result.ms)}\n`)
  return result
}
