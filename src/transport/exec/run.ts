import { randomBytes } from 'node:crypto'
import { PassThrough, Transform, type TransformCallback } from 'node:stream'
import { finished } from 'node:stream/promises'
import { waitAtMost } from '../../lib/wait/at-most.ts'
import type { Script } from '../../shell/script.ts'
import { reveal } from '../../shell/secret.ts'
import { loginFailure, wrongSudoPassword } from '../login-failure.ts'
import type { Attempt } from '../password.ts'
import { aborted, flooded, noBegin, silent, wrongUser } from '../sentence.ts'
import type { ExecEnd, ExecOptions } from '../transport.ts'
import { type Channel, type Exit, exitStatus, release } from './channel.ts'
import { envelope, loginCommand } from './command.ts'
import type { Login, RunningExec } from './login.ts'
import { Talk } from './talk.ts'

/** Runs one script: opens the channel, gets past sudo, sends the script, waits for its mark, passes on its output. */
export const startExec = (login: Login, script: Script, options: ExecOptions = {}): RunningExec =>
  new ScriptRun(login, script, options)

/** One running script. Every failure goes through `#fail`, which rejects `done` and destroys `stdout`. */
class ScriptRun implements RunningExec {
  readonly input = new PassThrough()
  readonly stdout: Transform
  readonly done: Promise<ExecEnd>
  readonly #login: Login
  readonly #options: ExecOptions
  readonly #nonce = randomBytes(8).toString('hex')
  readonly #body: Buffer
  readonly #beginTimeout: number
  #talk: Talk
  #channel: Channel | undefined
  #exit: Exit | undefined
  #begun = false
  #sent = false
  #asking = false
  #over = false
  #received = 0
  #attempt: Attempt | undefined
  #stopWaiting = (): void => undefined
  #resolve: (end: ExecEnd) => void = () => {}
  #reject: (error: unknown) => void = () => {}

  constructor(login: Login, script: Script, options: ExecOptions) {
    this.#login = login
    this.#options = options
    this.#body = Buffer.from(envelope(script.text, options.input === true))
    this.#beginTimeout = options.beginTimeout ?? login.beginTimeout
    this.#talk = new Talk(this.#nonce)
    this.done = new Promise<ExecEnd>((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    // A failure goes to both, and a caller may listen to only one.
    this.done.catch(() => {})
    this.stdout = new Transform({ transform: (chunk: Buffer, _encoding, next) => this.#take(chunk, next) })
    this.stdout.on('error', () => {})
    this.stdout.on('end', () => this.#read())
    // A consumer that destroys the stream (a `break` out of `for await`) wants no more.
    this.stdout.on('close', () => this.#fail(aborted()))
    this.#open()
  }

  write(data: string | Uint8Array): void {
    if (this.#options.input !== true) throw new TypeError('this exec was started without input: true')
    if (!this.#over && !this.input.writableEnded) this.input.write(data)
  }

  readonly end = (): void => void this.input.end()
  readonly kill = (): void => this.#fail(aborted())

  #open(): void {
    this.#watchBegin()
    this.#login.open(loginCommand(this.#body.length, this.#login.sudo, this.#nonce)).then(
      (channel) => this.#start(channel),
      (error) => this.#fail(error),
    )
  }

  #start(channel: Channel): void {
    const { cost, sudo } = this.#login
    this.#channel = channel
    cost.execs += 1
    for (const stream of [channel.stdin, channel.stdout, channel.stderr]) stream.on('error', () => {})
    if (this.#over) {
      release(channel)
      return
    }
    channel.stderr.on('data', (chunk: Buffer) => {
      cost.bytesDown += chunk.length
      this.#talk.complaint(chunk)
      if (sudo === 'password' && !this.#begun) void this.#answerSudo(channel)
    })
    channel.stdout.on('end', () => void this.#ended(channel))
    channel.stdout.pipe(this.stdout, { end: false })
    if (sudo !== 'password') this.#send(channel)
  }

  #send(to: Channel): void {
    if (this.#sent) return
    this.#sent = true
    const { cost } = this.#login
    cost.bytesUp += this.#body.length
    to.stdin.write(this.#body)
    if (this.#options.input !== true) {
      to.stdin.end()
      return
    }
    this.input.on('data', (chunk: Buffer) => {
      cost.bytesUp += chunk.length
    })
    this.input.pipe(to.stdin)
  }

  async #answerSudo(to: Channel): Promise<void> {
    const prompts = this.#talk.prompts()
    if (prompts === 0 || this.#sent || this.#over) return
    if (prompts > 1) {
      this.#attempt?.settle('refused')
      return this.#fail(wrongSudoPassword(this.#login.user))
    }
    if (this.#asking) return
    this.#asking = true
    this.#stopWaiting()
    try {
      this.#attempt = await this.#login.sudoPassword?.take(this.#login.host)
    } catch (error) {
      return this.#fail(error)
    }
    if (this.#over || !this.#attempt) {
      this.#attempt?.settle('unknown')
      return
    }
    to.stdin.write(`${reveal(this.#attempt.password).split('\n')[0]}\n`)
    this.#watchBegin()
  }

  /** The next bytes of standard output: first the login's, then the script's own, which are passed on. */
  #take(chunk: Buffer, next: TransformCallback): void {
    this.#login.cost.bytesDown += chunk.length
    const own = this.#begun ? chunk : this.#takeMarks(chunk)
    if (this.#begun) this.#watchSilence()
    this.#received += own?.length ?? 0
    const { maxStdout } = this.#options
    if (maxStdout !== undefined && this.#received > maxStdout) this.#fail(flooded(maxStdout))
    if (this.#over) return
    next(null, own && own.length > 0 ? own : undefined)
  }

  /** Consumes the login's part of standard output; returns the part that belongs to the script. */
  #takeMarks(chunk: Buffer): Buffer | undefined {
    const found = this.#talk.output(chunk)
    if (found.ready && this.#login.sudo === 'password') {
      this.#attempt?.settle('accepted')
      if (this.#channel) this.#send(this.#channel)
    }
    if (found.uid === undefined) return undefined
    this.#begun = true
    if (found.uid !== 0) {
      this.#fail(wrongUser(found.uid))
      return undefined
    }
    this.#watchSilence()
    return found.rest
  }

  /** The output ends only once the script's end is known, so that a truncated one never looks complete. */
  async #ended(channel: Channel): Promise<void> {
    const [end] = await Promise.all([channel.exit, finished(channel.stderr, { writable: false }).catch(() => {})])
    if (this.#over) return
    if (end === undefined) this.#fail(this.#login.lost())
    else if (!this.#begun) await this.#failedLogin(end)
    else {
      this.#exit = end
      this.stdout.end()
    }
  }

  /** The script's output has been read to its end. */
  #read(): void {
    if (this.#over || this.#exit === undefined) return
    this.#stop()
    this.#resolve({ code: exitStatus(this.#exit), stderr: this.#talk.stderr() })
  }

  async #failedLogin(end: Exit): Promise<void> {
    const error = loginFailure({
      user: this.#login.user,
      sudo: this.#login.sudo !== 'none',
      code: exitStatus(end),
      ...this.#talk.before(),
      nonce: this.#nonce,
    })
    if (this.#attempt && !this.#sent && error.failure === 'sudo-password') this.#attempt.settle('refused')
    // A script that reads more input has already received some of it, so it cannot start over.
    if (error.passing === 0 || this.#options.input === true) return this.#fail(error)
    this.#stopWaiting()
    try {
      if (!(await this.#login.again?.(error))) return this.#fail(error)
    } catch (next) {
      return this.#fail(next)
    }
    if (this.#over) return
    this.#talk = new Talk(this.#nonce)
    this.#sent = false
    this.#asking = false
    this.#open()
  }

  #watch(ms: number, late: () => void): void {
    this.#stopWaiting()
    if (!this.#over) this.#stopWaiting = waitAtMost(ms, late)
  }

  #watchBegin(): void {
    this.#watch(this.#beginTimeout, () => {
      const { stderr, noise } = this.#talk.before()
      this.#fail(noBegin(this.#beginTimeout, `${stderr}\n${noise}`))
    })
  }

  #watchSilence(): void {
    const { silence } = this.#options
    this.#stopWaiting()
    if (silence === undefined) return
    this.#watch(silence, () => {
      // A slow reader does not make the script silent.
      if (this.stdout.readableLength > 0 || this.stdout.writableLength > 0) this.#watchSilence()
      else this.#fail(silent(silence))
    })
  }

  #stop(): void {
    this.#over = true
    this.#stopWaiting()
    this.#attempt?.settle('unknown')
  }

  #fail(error: unknown): void {
    if (this.#over) return
    this.#stop()
    this.input.destroy()
    this.stdout.destroy(error instanceof Error ? error : undefined)
    if (this.#channel) release(this.#channel)
    this.#reject(error)
  }
}
