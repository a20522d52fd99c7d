import type { Duplex } from 'node:stream'
import { Readable, Writable } from 'node:stream'
import type { Blob, Script } from '../shell/script.ts'
import { noCost } from './channel.ts'
import { type Connection, type Exec, type ExecOptions, type Target, type Transport, TransportError } from './transport.ts'

/** One thing that was asked of a host. */
export type Recorded =
  | { readonly host: string; readonly kind: 'exec'; readonly script: Script; readonly options: ExecOptions; readonly input: () => string }
  | { readonly host: string; readonly kind: 'upload'; readonly blobs: readonly Blob[] }
  | { readonly host: string; readonly kind: 'dial'; readonly address: string; readonly port: number }
  | { readonly host: string; readonly kind: 'connect' | 'reconnect' | 'close' }

/** What a host is made to answer. A string is standard output, with exit status 0. */
export type Answer =
  | string
  | Uint8Array
  | { readonly stdout?: string | Uint8Array; readonly stderr?: string; readonly code?: number }
  | TransportError

/** Makes the answers up. A thrown or returned {@link TransportError} is the link's failure. */
export interface Answers {
  exec?(script: Script, host: Target): Answer | Promise<Answer>
  dial?(address: string, port: number, host: Target): Duplex
  connect?(host: Target): void
}

/** A transport that touches nothing: it keeps what it was asked to do, in order, and answers from functions. */
export function recordingTransport(answers: Answers = {}): Transport & { readonly log: readonly Recorded[] } {
  const log: Recorded[] = []
  const connect = async (host: Target): Promise<Connection> => {
    const cost = noCost()
    const make = (kind: 'connect' | 'reconnect'): void => {
      log.push({ host: host.name, kind })
      answers.connect?.(host)
      cost.connections += 1
    }
    make('connect')
    return {
      cost,
      exec(script, options = {}) {
        let input = ''
        log.push({ host: host.name, kind: 'exec', script, options, input: () => input })
        cost.execs += 1
        cost.bytesUp += Buffer.byteLength(script.text)
        return answered(
          async () => answers.exec?.(script, host) ?? '',
          (bytes) => {
            cost.bytesDown += bytes
          },
          (data) => {
            input += String(data)
            cost.bytesUp += data.length
          },
        )
      },
      async upload(blobs) {
        log.push({ host: host.name, kind: 'upload', blobs })
      },
      async dial(address, port) {
        log.push({ host: host.name, kind: 'dial', address, port })
        if (!answers.dial) throw new TransportError('refused', `${address}:${port} refused the connection`)
        return answers.dial(address, port, host)
      },
      async reconnect() {
        make('reconnect')
      },
      async close() {
        log.push({ host: host.name, kind: 'close' })
      },
    }
  }
  return { log, connect }
}

function answered(ask: () => Promise<Answer>, count: (bytes: number) => void, take: (data: Buffer) => void): Exec {
  let end: { code: number; stderr: string } | undefined
  const stdout = Readable.from(
    (async function* () {
      const answer = await ask()
      if (answer instanceof TransportError) throw answer
      const {
        stdout = '',
        stderr = '',
        code = 0,
      } = typeof answer === 'string' || answer instanceof Uint8Array ? { stdout: answer } : answer
      const bytes = Buffer.from(stdout as string)
      count(bytes.length + Buffer.byteLength(stderr))
      if (bytes.length > 0) yield bytes
      end = { code, stderr }
    })(),
    { objectMode: false },
  )
  const done = new Promise<{ code: number; stderr: string }>((resolve, reject) => {
    stdout.on('error', reject)
    stdout.on('close', () => (end ? resolve(end) : reject(new TransportError('aborted', 'it was stopped'))))
  })
  done.catch(() => {})
  const input = new Writable({
    write(chunk: Buffer, _encoding, next) {
      take(chunk)
      next()
    },
  })
  return { stdout, done, write: (data) => void input.write(data), end: () => void input.end(), kill: () => void stdout.destroy() }
}
