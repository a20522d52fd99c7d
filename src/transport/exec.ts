import { randomBytes } from 'node:crypto'
import { PassThrough, Transform, type Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import type { Script } from '../shell/script.ts'
import { reveal } from '../shell/secret.ts'
import { type Channel, type Counter, type Exit, exitStatus } from './channel.ts'
import { envelope, loginCommand, prompt, type Sudo } from './command.ts'
import { markFinder } from './marks.ts'
import type { Attempt, PasswordGate } from './password.ts'
import { aborted, flooded, loginFailure, noBegin, silent, wrongSudoPassword, wrongUser } from './sentence.ts'
import { tail } from './tail.ts'
import type { Exec, ExecEnd, ExecOptions, TransportError } from './transport.ts'

/** What runs scripts on one host. */
export interface Login {
  /** The host's name, for the password gate. */
  readonly host: string
  readonly user: string
  readonly sudo: Sudo
  readonly sudoPassword?: PasswordGate
  /** Milliseconds within which a script must have begun, time spent asking a person not counted. */
  readonly beginTimeout: number
  readonly cost: Counter
  /** Runs a command through the login shell. @throws TransportError */
  open(command: string): Promise<Channel>
  /** The sentence for a channel that ended without an exit status. */
  lost(): TransportError
}

/** An {@link Exec} whose input can be written with back-pressure. */
export interface RunningExec extends Exec {
  readonly input: Writable
}

const STDERR = 64 * 1024

/**
 * Runs one script: opens the channel, gets past sudo, sends the script, waits for its begin mark, and from there on hands its output through.
 * Every failure ends in one place, `fail`: `done` rejects with it and `stdout` is destroyed with it.
 */
export function startExec(login: Login, script: Script, options: ExecOptions = {}): RunningExec {
  const nonce = randomBytes(8).toString('hex')
  const body = Buffer.from(envelope(script.text, nonce, options.input === true))
  const marks = markFinder(nonce)
  const complaints = tail(STDERR)
  const input = new PassThrough()
  const { cost } = login
  let channel: Channel | undefined
  let exit: Exit | undefined
  let begun = false
  let sent = false
  let received = 0
  let over = false
  let attempt: Attempt | undefined
  let asking = false

  let resolveDone: (end: ExecEnd) => void
  let rejectDone: (error: TransportError) => void
  const done = new Promise<ExecEnd>((resolve, reject) => {
    resolveDone = resolve
    rejectDone = reject
  })
  // Both are told of a failure, and a caller may well listen to only one.
  done.catch(() => {})

  const stderr = (): string => {
    const bytes = complaints.bytes()
    const mark = bytes.indexOf(`${nonce} begin\n`)
    return (mark < 0 ? bytes : bytes.subarray(mark + nonce.length + ' begin\n'.length)).toString()
  }

  const beginTimeout = options.beginTimeout ?? login.beginTimeout
  let timer: NodeJS.Timeout | undefined
  const watch = (ms: number | undefined, late: () => void): void => {
    clearTimeout(timer)
    if (ms !== undefined && !over) timer = setTimeout(late, ms)
  }
  const watchBegin = (): void =>
    watch(beginTimeout, () => fail(noBegin(beginTimeout, `${stderr()}\n${marks.noise()}`.replaceAll(prompt(nonce), ''))))
  const watchSilence = (): void =>
    watch(options.silence, () => {
      const before = received
      // What has arrived while this process was busy is read before an immediate, and after a timer.
      setImmediate(() => {
        // A reader that is slow is not a script that is silent.
        if (received > before || stdout.readableLength > 0 || stdout.writableLength > 0) watchSilence()
        else fail(silent(options.silence as number))
      })
    })

  const stop = (): void => {
    over = true
    clearTimeout(timer)
    attempt?.settle('unknown')
  }
  const fail = (error: TransportError): void => {
    if (over) return
    stop()
    input.destroy()
    stdout.destroy(error)
    if (channel) release(channel)
    rejectDone(error)
  }

  const send = (to: Channel): void => {
    if (sent) return
    sent = true
    cost.bytesUp += body.length
    to.stdin.write(body)
    if (options.input !== true) {
      to.stdin.end()
      return
    }
    input.on('data', (chunk: Buffer) => {
      cost.bytesUp += chunk.length
    })
    input.pipe(to.stdin)
  }

  const answerSudo = async (to: Channel): Promise<void> => {
    const prompts = complaints.bytes().toString('latin1').split(prompt(nonce)).length - 1
    if (prompts === 0 || sent || over) return
    if (prompts > 1) {
      attempt?.settle('refused')
      fail(wrongSudoPassword(login.user))
      return
    }
    if (asking) return
    asking = true
    clearTimeout(timer)
    try {
      attempt = await login.sudoPassword?.take(login.host)
    } catch (error) {
      fail(error as TransportError)
      return
    }
    if (over || !attempt) {
      attempt?.settle('unknown')
      return
    }
    to.stdin.write(`${reveal(attempt.password).split('\n')[0]}\n`)
    watchBegin()
  }

  /** The login's part of standard output; answers with what is the script's own. */
  const takeMarks = (to: Channel, chunk: Buffer): Buffer | undefined => {
    const found = marks.push(chunk)
    if (found.ready && login.sudo === 'password') {
      attempt?.settle('accepted')
      send(to)
    }
    if (found.uid === undefined) return undefined
    begun = true
    if (found.uid !== 0) {
      fail(wrongUser(found.uid))
      return undefined
    }
    watchSilence()
    return found.rest
  }

  const stdout = new Transform({
    transform(chunk: Buffer, _encoding, next) {
      cost.bytesDown += chunk.length
      const own = begun ? chunk : takeMarks(channel as Channel, chunk)
      if (begun) watchSilence()
      received += own?.length ?? 0
      if (options.maxStdout !== undefined && received > options.maxStdout) fail(flooded(options.maxStdout))
      if (over) return
      next(null, own && own.length > 0 ? own : undefined)
    },
    // The script's output ends only when it is known how the script ended: an output that was cut off must not look complete.
    flush(next) {
      const from = channel as Channel
      Promise.all([from.exit, finished(from.stderr, { writable: false }).catch(() => {})]).then(([end]) => {
        exit = end
        if (exit === undefined) fail(login.lost())
        else if (!begun) failedLogin(exit)
        if (!over) next()
      })
    },
  })
  stdout.on('error', () => {})
  stdout.on('end', () => {
    if (over || exit === undefined) return
    stop()
    resolveDone({ code: exitStatus(exit), stderr: stderr() })
  })
  // A consumer that destroys the stream (a `break` out of `for await`) has had enough.
  stdout.on('close', () => fail(aborted()))

  const failedLogin = (end: Exit): void => {
    const error = loginFailure({
      user: login.user,
      sudo: login.sudo !== 'none',
      code: exitStatus(end),
      stderr: stderr().replaceAll(prompt(nonce), ''),
      noise: marks.noise().replaceAll(`${nonce} ready`, ''),
    })
    if (attempt && !sent && error.failure === 'sudo-password') attempt.settle('refused')
    fail(error)
  }

  const start = (opened: Channel): void => {
    channel = opened
    cost.execs += 1
    for (const stream of [opened.stdin, opened.stdout, opened.stderr]) stream.on('error', () => {})
    if (over) {
      release(opened)
      return
    }
    opened.stderr.on('data', (chunk: Buffer) => {
      cost.bytesDown += chunk.length
      complaints.push(chunk)
      if (login.sudo === 'password' && !begun) void answerSudo(opened)
    })
    opened.stdout.pipe(stdout)
    if (login.sudo !== 'password') send(opened)
  }

  watchBegin()
  login.open(loginCommand(body.length, login.sudo, nonce)).then(start, fail)

  const write = (data: string | Uint8Array): void => {
    if (options.input !== true) throw new TypeError('this exec was started without input: true')
    if (!over && !input.writableEnded) input.write(data)
  }
  return { stdout, done, input, write, end: () => void input.end(), kill: () => fail(aborted()) }
}

/** Closes a channel and lets what still comes out of it run into the ground, so that it can end. */
function release(channel: Channel): void {
  channel.stdout.unpipe()
  channel.stdout.resume()
  channel.stderr.resume()
  channel.close()
}
