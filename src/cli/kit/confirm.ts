import { createInterface } from 'node:readline/promises'
import type { Io } from '../io.ts'

/**
 * Asks a yes-or-no question on the terminal. Everything but "y" and "yes" means no, including the end of the input and
 * ^C.
 */
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
