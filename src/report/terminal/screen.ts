import { sizeOf } from './look.ts'

/** The parts of a terminal that a painter uses. */
export interface PaintStream {
  readonly columns?: number
  readonly rows?: number
  write(text: string): unknown
}

const HIDE = '\x1b[?25l'
const SHOW = '\x1b[?25h'
// Turns on synchronised output (terminals that do not know it ignore it), and turns off wrapping during a frame, in
// case a character is wider than expected.
const BEGIN = '\x1b[?2026h\x1b[?7l'
const END = '\x1b[?7h\x1b[?2026l'

/** How many rows lines of these widths take after a terminal has reflowed them to `columns`. */
export const reflowed = (widths: readonly number[], columns: number): number =>
  widths.reduce((sum, w) => sum + Math.max(1, Math.ceil(w / Math.max(1, columns))), 0)

/**
 * Writes frames in place on a terminal: each in one write, each over the last. It owns the cursor, which is hidden
 * until `close`.
 */
export class Screen {
  #shown: readonly string[] = []
  #hidden = false
  readonly #stream: PaintStream
  readonly #measure: (line: string) => number
  readonly #restore = (): void => {
    if (this.#hidden) this.#stream.write(SHOW)
    this.#hidden = false
  }

  /** @param measure returns how many columns a painted line takes */
  constructor(stream: PaintStream, measure: (line: string) => number) {
    this.#stream = stream
    this.#measure = measure
  }

  #erase(): string {
    const rows = reflowed(this.#shown.map(this.#measure), sizeOf(this.#stream).columns)
    return rows > 0 ? `\r\x1b[${rows}A` : '\r'
  }

  /** Replaces the last frame. Costs nothing if the lines are the same, unless `force`. */
  paint(lines: readonly string[], force = false): void {
    if (!force && lines.length === this.#shown.length && lines.every((line, i) => line === this.#shown[i])) return
    const start = this.#hidden ? '' : HIDE
    if (!this.#hidden) process.once('exit', this.#restore)
    this.#hidden = true
    this.#stream.write(`${start}${BEGIN}${this.#erase()}${lines.map((line) => `${line}\x1b[K\n`).join('')}\x1b[J${END}`)
    this.#shown = lines
  }

  /** Erases the frame; the cursor returns to where it began. */
  clear(): void {
    if (this.#shown.length > 0) this.#stream.write(`${this.#erase()}\x1b[J`)
    this.#shown = []
  }

  /** Erases the frame and restores the cursor. */
  close(): void {
    this.clear()
    this.#restore()
    process.removeListener('exit', this.#restore)
  }
}
