import { createInterface } from 'node:readline/promises'
import { UserError } from '../../lib/user-error.ts'
import { UsageError } from '../usage-error.ts'

/** Asks on the terminal until the answer is valid. @throws UsageError at the end of the input */
export async function askFor<T>(question: string, understand: (words: readonly string[]) => T): Promise<T> {
  const asking = createInterface({ input: process.stdin, output: process.stderr })
  const gone = new Promise<never>((_resolve, reject) => {
    asking.once('close', () => reject(new UsageError('nothing was created: a question was not answered')))
  })
  gone.catch(() => undefined)
  try {
    for (;;) {
      const answer = await Promise.race([asking.question(`${question} `), gone])
      try {
        return understand(answer.split(/[\s,]+/).filter((word) => word !== ''))
      } catch (error) {
        if (!(error instanceof UserError)) throw error
        process.stderr.write(`${error.message}\n`)
      }
    }
  } finally {
    asking.close()
  }
}
