import { stripVTControlCharacters } from 'node:util'
import { duration, type Look, lookOf, pad, paint, type Style, wholeSeconds, width } from '../../src/report/index.ts'
import { isLive, sizeOf } from '../../src/report/terminal/look.ts'
import { Screen } from '../../src/report/terminal/screen.ts'
import { begin } from '../../src/report/terminal/text.ts'

/** One of several things that are done at the same time. */
export interface Work {
  readonly name: string
  /** What is done, until it says something else. */
  readonly what: string
  run(say: (text: string) => void): Promise<unknown>
}

/** How far a work is. Times are milliseconds. */
export interface WorkState {
  readonly name: string
  readonly says: string
  readonly began: number
  readonly ended?: { readonly at: number; readonly failed: boolean }
}

const styleOf = (ended: WorkState['ended']): Style => {
  if (ended === undefined) return 'dim'
  return ended.failed ? 'red' : 'green'
}

/** One line for each work: its name, what it does, how long it has taken. Pure. */
export function workLines(states: readonly WorkState[], now: number, look: Look): string[] {
  const name = Math.max(...states.map((state) => width(state.name)))
  const times = states.map(({ began, ended }) =>
    ended === undefined ? wholeSeconds(now - began) : duration(ended.at - began),
  )
  const time = Math.max(9, ...times.map(width))
  const room = Math.max(0, Math.min(look.columns, 100) - name - time - 4)
  return states.map(({ ended, ...state }, i) => {
    const says = begin(ended?.failed === false ? 'done' : state.says, room, look)
    const gap = ' '.repeat(room - width(says))
    return `${pad(state.name, name)}  ${paint(styleOf(ended), says, look)}${gap}  ${pad(times[i] as string, time, 'start')}`
  })
}

/** The terminal that this is shown on. */
type Stream = Pick<NodeJS.WriteStream, 'isTTY' | 'columns' | 'rows' | 'write'>

/** Repaints where the terminal can; else each line is printed when something is said. */
function shower(states: readonly WorkState[], stream: Stream, env: NodeJS.ProcessEnv) {
  const look = (): Look => ({ ...lookOf(stream, env), columns: sizeOf(stream).columns - 1 })
  const lines = (): string[] => workLines(states, performance.now(), look())
  if (!isLive(stream, env)) return { said: (text: string) => void stream.write(`${text}\n`), close: () => undefined }
  const screen = new Screen(stream, (line) => width(stripVTControlCharacters(line)))
  const draw = (): void => screen.paint(lines())
  const timer = setInterval(draw, 500)
  draw()
  return {
    said: draw,
    close: () => {
      clearInterval(timer)
      const last = lines()
      screen.close()
      stream.write(`${last.join('\n')}\n`)
    },
  }
}

/**
 * Does all of it at the same time and shows how far each is. @throws what the first one that failed has thrown, once
 * all have ended: what was made is kept
 */
export async function sideBySide(works: readonly Work[], stream: Stream, env: NodeJS.ProcessEnv): Promise<void> {
  const began = performance.now()
  const states: WorkState[] = works.map(({ name, what }) => ({ name, says: what, began }))
  const show = shower(states, stream, env)
  const failures: unknown[] = []
  const one = async ({ name, what, run }: Work, i: number): Promise<void> => {
    const change = (more: Partial<WorkState>): void => {
      states[i] = { ...(states[i] as WorkState), ...more }
    }
    const say = (says: string): void => {
      change({ says })
      show.said(`${name}: ${says}`)
    }
    show.said(`${name}: ${what}`)
    try {
      await run(say)
      const at = performance.now()
      change({ ended: { at, failed: false } })
      show.said(`${name}: done in ${duration(at - began)}`)
    } catch (error) {
      failures.push(error)
      change({ ended: { at: performance.now(), failed: true } })
      say(`failed: ${(error as Error).message.split('\n')[0]}`)
    }
  }
  await Promise.all(works.map(one)).finally(show.close)
  if (failures.length > 0) throw failures[0]
}
