import { createInterface } from 'node:readline/promises'
import type { Io } from '../io.ts'

/** Asks a question on the terminal; whatever is not "y" or "yes", an end of the input and ^C are no. */
export async function confirm(question: string, { stdin = process.stdin, stderr }: Io): Promise<boolean> {
  stderr.write(`${question} (y/N) `)
  const asking = createInterface({ input: stdin })
  try {
    for await (const line of asking) return /^y(es)?$/i.test(line.trim())
    return false
  } finally {
    asking.close()
  }
}
