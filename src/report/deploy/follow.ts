import { stripVTControlCharacters } from 'node:util'
import type { DeployEvent, DeployResult } from '../../deploy/events.ts'
import { jsonLine } from '../json.ts'
import type { FollowOptions } from '../run/follow.ts'
import { isLive, lookOf, sizeOf } from '../terminal/look.ts'
import { paint } from '../terminal/paint.ts'
import { Screen } from '../terminal/screen.ts'
import { begin, width } from '../terminal/text.ts'
import { balanceLines } from './balance.ts'
import { deployEnd, deployFrame, deployNotes, deployTitle, plainDeploy } from './lines.ts'
import { removalLines } from './removal.ts'
import { advanceDeploy, newDeployView } from './view.ts'

/** Milliseconds between two frames without events: the times advance every second. */
const TICK = 500

interface Progress {
  event(event: DeployEvent): void
  close(): void
}

const page = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('')

/** Repaints in place; the last frame stays on the screen. */
function live({ stderr, env, colour, quiet }: FollowOptions): Progress {
  const view = newDeployView('')
  const screen = new Screen(stderr, (line) => width(stripVTControlCharacters(line)))
  let told = 0
  let base = performance.now()
  const look = (): Parameters<typeof deployFrame>[1] => ({
    ...lookOf(stderr, env, colour),
    columns: sizeOf(stderr).columns - 1, // keep the last column free
    now: performance.now() - base,
  })
  const draw = (): void => {
    if (quiet?.active) {
      screen.close()
      return
    }
    if (view.notes.length > told) {
      screen.clear()
      stderr.write(page(deployNotes(view.notes.slice(told), look())))
      told = view.notes.length
    }
    screen.paint(deployFrame(view, look()))
  }
  const timer = setInterval(draw, TICK)
  timer.unref()
  quiet?.watch(draw)
  return {
    event(event) {
      base = Math.min(base, performance.now() - event.at)
      advanceDeploy(view, event)
      // The title and notes stay; only the work in progress is repainted.
      if (event.event === 'begin')
        stderr.write(page([paint('bold', begin(deployTitle(view, look()), look().columns, look()), look())]))
      if (event.event === 'removal') stderr.write(page(removalLines(event, look())))
      if (event.event === 'balance') stderr.write(page(balanceLines(event, look())))
      if (event.event !== 'done') draw()
    },
    close() {
      clearInterval(timer)
      screen.close()
      stderr.write(page(deployFrame(view, look())))
    },
  }
}

function plain({ stderr, env, colour }: FollowOptions): Progress {
  const say = plainDeploy(lookOf(stderr, env, colour))
  return { event: (event) => stderr.write(page(say(event))), close: () => {} }
}

/**
 * Shows a deployment or a scaling: progress and its end on stderr, events as data on stdout. Resolves with its result.
 */
export async function followDeploy(
  run: AsyncIterable<DeployEvent> & { readonly result: Promise<DeployResult> },
  options: FollowOptions & {
    /** Flags that the next command needs too, as the user typed them: ` -i other.json`. */
    readonly flags?: string
  },
): Promise<DeployResult> {
  const { stdout, stderr, env, json, colour } = options
  const silent = json === true && stdout.isTTY === true
  const shown = isLive(stderr, env) ? live : plain
  const progress: Progress = silent ? { event: () => {}, close: () => {} } : shown(options)
  try {
    for await (const event of run) {
      progress.event(event)
      if (json) stdout.write(`${jsonLine(event)}\n`)
    }
  } finally {
    progress.close()
  }
  const result = await run.result
  if (!silent)
    stderr.write(page(deployEnd(result, lookOf(stderr, env, colour), isLive(stderr, env) ? '  ' : '', options.flags)))
  return result
}
