import { styleText } from 'node:util'
import { lookOf, wrap } from '../../src/report/index.ts'

/** A line of the demo's own. */
export const say = (text = ''): void => {
  process.stdout.write(`${text}\n`)
}

/** Text, in lines that are no longer than is easy to read. */
export const paragraph = (text: string): void => {
  for (const line of wrap(text, Math.min(lookOf(process.stdout, process.env).columns, 100))) say(line)
}

/** A title, or a command: what stands out. */
export const bold = (text: string): string => styleText('bold', text, { stream: process.stdout })

/** Why the demo ends before its end. Its message is for people. */
export class DemoEnd extends Error {
  readonly code: number
  constructor(message: string, code = 1) {
    super(message)
    this.name = 'DemoEnd'
    this.code = code
  }
}
