import { waitAtMost } from '../../lib/wait/at-most.ts'
import { type Exec, TransportError } from '../../transport/transport.ts'

/** Most bytes of a line that {@link collect} waits for. */
const LINE = 4096

/**
 * Reads a script's answer as text, up to the line that `last` matches (`/\n… fin\n/`) or to its end. Reads and drops
 * what follows that line. Keeps raw bytes and splits them into lines only once the answer is complete, so that a flood
 * costs no more than `maxStdout`.
 * @param silence milliseconds of silence after which it rejects with `hang`; default none.
 * @throws TransportError
 */
export function collect(exec: Exec, last: RegExp, silence?: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let end = '\n'
    let done = false
    let stopWaiting = (): void => undefined
    const stop = () => {
      done = true
      stopWaiting()
    }
    const fail = (error: unknown) => {
      stop()
      reject(error)
    }
    const finish = () => {
      stop()
      resolve(Buffer.concat(chunks).toString('utf8'))
    }
    const watch = () => {
      stopWaiting()
      if (silence !== undefined)
        stopWaiting = waitAtMost(silence, () => fail(new TransportError('hang', `no answer for ${silence / 1000} s`)))
    }
    watch()
    exec.stdout.on('data', (chunk: Buffer) => {
      if (done) return
      watch()
      chunks.push(chunk)
      end = end.slice(-LINE) + chunk.toString('latin1')
      if (last.test(end)) finish()
    })
    exec.stdout.on('end', finish)
    exec.stdout.on('error', fail)
    exec.done.catch(fail)
  })
}
