import { prompt } from './command.ts'
import { type Marks, markFinder } from './marks.ts'
import { tail } from './tail.ts'

const STDERR = 64 * 1024

/** What a login prints around its script: the marks on its standard output, and its standard error. */
export class Talk {
  readonly #nonce: string
  readonly #marks: ReturnType<typeof markFinder>
  readonly #complaints = tail(STDERR)

  constructor(nonce: string) {
    this.#nonce = nonce
    this.#marks = markFinder(nonce)
  }

  /** The next bytes of standard output, until the script has begun. */
  output(chunk: Buffer): Marks {
    return this.#marks.push(chunk)
  }

  complaint(chunk: Buffer): void {
    this.#complaints.push(chunk)
  }

  /** How often sudo has asked for a password. */
  prompts(): number {
    return this.#complaints.bytes().toString('latin1').split(prompt(this.#nonce)).length - 1
  }

  /** The script's standard error; everything if the script has not begun. */
  stderr(): string {
    const bytes = this.#complaints.bytes()
    const begin = `${this.#nonce} begin\n`
    const mark = bytes.indexOf(begin)
    return (mark < 0 ? bytes : bytes.subarray(mark + begin.length)).toString()
  }

  /** What the login printed, without sudo's prompt and the `ready` mark. */
  before(): { readonly stderr: string; readonly noise: string } {
    const own = (text: string): string =>
      text.replaceAll(prompt(this.#nonce), '').replaceAll(`${this.#nonce} ready`, '')
    return { stderr: own(this.stderr()), noise: own(this.#marks.noise()) }
  }
}
