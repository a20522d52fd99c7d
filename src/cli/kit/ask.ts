import { openSync, writeSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { ReadStream } from 'node:tty'
import { clean, isUnicode, type Quiet } from '../../report/index.ts'
import { Secret } from '../../shell/secret.ts'
import type { Question } from '../../transport/password.ts'

/** Reads one line from a terminal without echo. */
const readHidden = (fd: number, prompt: string): Promise<string> =>
  new Promise((resolve) => {
    const input = new ReadStream(fd)
    input.setRawMode(true) // before the prompt: an immediate answer (expect, a paste) must not be echoed
    writeSync(fd, prompt)
    const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
    const reader = createInterface({ input, output: nowhere, terminal: true, historySize: 0 })
    const end = (answer: string): void => {
      writeSync(fd, '\n')
      reader.close()
      input.destroy()
      resolve(answer)
    }
    reader.once('line', end)
    reader.once('SIGINT', () => {
      end('')
      process.kill(process.pid, 'SIGINT') // in raw mode, ^C is a mere character
    })
  })

/**
 * Asks on the terminal, without echo, even if stdin and stdout are redirected; pauses the report meanwhile. Without a
 * terminal there is no answer. The transport asks one question at a time.
 */
export async function askOnTerminal(
  quiet: Quiet,
  env: Readonly<Record<string, string | undefined>>,
  question: Question,
): Promise<Secret | undefined> {
  let fd: number
  try {
    fd = openSync('/dev/tty', 'r+')
  } catch {
    return undefined
  }
  quiet.begin()
  try {
    const answer = await readHidden(fd, `${clean(question.text, { unicode: isUnicode(env) })}: `)
    return answer === '' ? undefined : new Secret(answer)
  } finally {
    quiet.end()
  }
}
