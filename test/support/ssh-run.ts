import { spawn } from 'node:child_process'
import { Transform } from 'node:stream'
import type { ServerChannel } from 'ssh2'

/** Runs one command of a session. */
export type Run = (command: string, channel: ServerChannel, stats: Stats) => void

export interface Stats {
  /** TCP connections accepted. */
  connections: number
  /** Session channels opened. */
  sessions: number
  /** Commands run, in the form that was sent. */
  commands: string[]
  /**
   * Methods tried, in order: `none`, `publickey?` (a query whether a key would do), `publickey`, `password`,
   * `keyboard-interactive`.
   */
  auth: string[]
  /** `address:port` of forwarded connections. */
  forwards: string[]
  /** How often a client sent something after an answer, before its first script: one round trip each. */
  turns: number
}

/**
 * A real login shell: `sh -c COMMAND` on this machine, as the user who runs the tests. The begin mark always says root:
 * the transport requires root, and these tests must run unprivileged.
 */
export const realShell =
  (shell: readonly string[] = ['sh', '-c'], path = '/usr/bin:/bin'): Run =>
  (command, channel) => {
    const [file = 'sh', ...args] = shell
    const child = spawn(file, [...args, command], { env: { PATH: path, HOME: '/' }, cwd: '/' })
    const asRoot = new Transform({
      transform(chunk: Buffer, _encoding, next) {
        const text = chunk.toString('latin1')
        next(
          null,
          /^[0-9a-f]{16} begin [1-9]/.test(text)
            ? Buffer.from(text.replace(/ begin \d+\n/, ' begin 0\n'), 'latin1')
            : chunk,
        )
      },
    })
    channel.pipe(child.stdin)
    child.stdin.on('error', () => {})
    ;(process.getuid?.() === 0 ? child.stdout : child.stdout.pipe(asRoot)).pipe(channel, { end: false })
    child.stderr.pipe(channel.stderr, { end: false })
    channel.on('close', () => {
      for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy()
    })
    child.on('close', (code, signal) => {
      if (signal) channel.exit(signal.slice(3))
      else channel.exit(code ?? 255)
      channel.end()
    })
  }

/** A host whose answers a function gives; it gets the script and its nonce. The function ends the channel itself. */
export const scripted =
  (answer: (script: { text: string; nonce: string }, channel: ServerChannel) => void): Run =>
  (command, channel) => {
    const bytes = Number(/head -c (\d+)/.exec(command)?.[1])
    let got = Buffer.alloc(0)
    const take = (chunk: Buffer): void => {
      got = Buffer.concat([got, chunk])
      if (got.length < bytes) return
      channel.off('data', take)
      const text = got.toString('utf8', 0, bytes)
      answer({ text, nonce: /sh ([0-9a-f]{16})$/.exec(command)?.[1] ?? '' }, channel)
    }
    channel.on('data', take)
  }

/** Ends a channel with an exit status. */
export const exit = (channel: ServerChannel, code: number): void => {
  channel.exit(code)
  channel.end()
}
