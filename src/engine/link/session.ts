import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Resource } from '../../model/resource.ts'
import { finLine, framed, sideBySide } from '../../shell/frame.ts'
import type { Script } from '../../shell/script.ts'
import { type Connection, type Exec, type ExecEnd, ended, TransportError } from '../../transport/transport.ts'
import { type ApplyEnd, type ApplyListener, readLog } from '../apply/apply-log.ts'
import {
  freeScript,
  LOCK_RENEWAL,
  lockScript,
  resumeScript,
  startScript,
  stopScript,
  tidyScript,
} from '../apply/detached.ts'
import type { Context } from '../context.ts'
import { collect } from '../observe/collect.ts'
import { type Observation, parseObservation, parseQuick, questions } from '../observe/observe.ts'
import { BusyError, InterruptedError } from './errors.ts'

/** Most bytes of one answer; a host that sends more is hostile or broken. */
const MAX_ANSWER = 32 * 1024 * 1024
/** Milliseconds of silence after which an observation counts as hung. */
export const SILENCE = 120_000
/** Milliseconds to wait before each attempt to reconnect; after the last one, the host counts as lost. */
export const RECONNECTS: readonly number[] = [500, 1000, 2000, 4000, 8000, 15_000, 30_000]

/** A held run lock. */
export interface Lock {
  /** Was it lost with its link? Then another run may have taken it. */
  readonly lost: boolean
  release(): Promise<void>
}

const lastWords = ({ code, stderr }: ExecEnd): string => stderr.trim().split('\n').at(-1) || `exit ${code}`

const nonce = (): string => randomBytes(9).toString('hex')

/** A connected host, and the requests that a run makes of it. */
export class Session {
  readonly connection: Connection
  readonly #who: string
  readonly #leave: AbortSignal
  readonly #reconnects: readonly number[]
  readonly #silence: number
  #running: string | undefined
  #locked: string | undefined
  #stopping = false

  constructor(
    connection: Connection,
    { who, leave, reconnects, silence }: Pick<Context, 'who' | 'leave' | 'reconnects' | 'silence'>,
  ) {
    this.connection = connection
    this.#who = who
    this.#leave = leave
    this.#reconnects = reconnects
    this.#silence = silence
  }

  /**
   * Observes the host. Takes one exec, and a second one if a question failed, to get its error output alone.
   * @throws TransportError, FrameError
   */
  async observe(resources: readonly Resource[], tidy?: string): Promise<Observation> {
    const sections = [
      ...(tidy === undefined ? [] : [{ key: 'tidy', script: tidyScript(tidy) }]),
      ...questions(resources),
    ]
    const id = nonce()
    const { text } = await this.#ask(id, sideBySide(id, sections))
    return parseQuick(id, text, resources) ?? this.#hear(resources)
  }

  /** Observes the host again after a question failed. */
  async #hear(resources: readonly Resource[]): Promise<Observation> {
    const id = nonce()
    const { text, stderr } = await this.#ask(id, framed(id, questions(resources)))
    return parseObservation(id, text, stderr, resources)
  }

  async #ask(id: string, script: Script): Promise<{ readonly text: string; readonly stderr: string }> {
    const exec = this.connection.exec(script, { maxStdout: MAX_ANSWER, silence: this.#silence })
    const [text, { stderr }] = await Promise.all([collect(exec, new RegExp(`\n${finLine(id)}\n`)), exec.done])
    return { text, stderr }
  }

  /**
   * Takes the run lock and observes the host under it. Takes one exec, which stays open until the lock is released, and
   * another if a question failed, because the first exec's error output only arrives when it ends.
   * @throws BusyError if another run holds the lock; TransportError, FrameError; Error with the host's complaint if the
   * lock cannot be taken
   */
  async lock(resources: readonly Resource[]): Promise<{ lock: Lock; observed: Observation }> {
    const id = nonce()
    this.#locked = id
    const script = lockScript(id, this.#who, sideBySide(id, questions(resources)))
    const exec = this.connection.exec(script, { input: true, maxStdout: MAX_ANSWER })
    const release = async () => {
      clearInterval(renewal)
      exec.end()
      await exec.done.catch(() => undefined)
    }
    const renewal = setInterval(() => exec.write('.'), LOCK_RENEWAL)
    renewal.unref()
    let lost = false
    // even a script that ended well: it gives up after a minute without a sign of life, e.g. while this machine slept
    const over = () => {
      clearInterval(renewal)
      lost = true
    }
    exec.done.then(over, over)
    try {
      const text = await collect(exec, new RegExp(`\n${id} (locked|busy .*)\n`), this.#silence)
      const busy = text.split('\n').find((line) => line.startsWith(`${id} busy `))
      if (busy !== undefined) throw new BusyError(busy.slice(id.length + 6))
      const lines = text.split('\n')
      const answer = lines.filter((line) => line !== `${id} locked`)
      if (answer.length === lines.length) throw new Error(`its run lock cannot be taken: ${lastWords(await exec.done)}`)
      const observed = parseQuick(id, answer.join('\n'), resources) ?? (await this.#hear(resources))
      return {
        lock: {
          release,
          get lost() {
            return lost
          },
        },
        observed,
      }
    } catch (error) {
      clearInterval(renewal)
      exec.kill() // a clean release would wait forever for a hung host
      throw error
    }
  }

  /**
   * Runs a script detached on the host and follows it to its end, reconnecting if the link is lost.
   * @throws BusyError, InterruptedError, TransportError (reconnecting failed; the host finishes its script)
   */
  async apply(body: Script, listener: ApplyListener): Promise<ApplyEnd & { readonly id: string }> {
    const id = nonce()
    if (this.#stopping) return { status: 130, id }
    this.#running = id
    try {
      if (body.blobs.length > 0) await this.connection.upload(body.blobs)
      return { ...(await this.#follow(id, body, listener)), id }
    } finally {
      this.#running = undefined
    }
  }

  async #follow(id: string, body: Script, listener: ApplyListener): Promise<ApplyEnd> {
    const bytes = Buffer.byteLength(body.text)
    const log = readLog(id, listener)
    const follow = async (exec: Exec) => {
      for await (const chunk of exec.stdout as AsyncIterable<Buffer>) {
        log.push(chunk)
        await listener.room() // until then, the host's buffers hold the output back
      }
      return exec.done
    }
    for (let first = true; ; first = false) {
      try {
        const exec = this.connection.exec(first ? startScript(id, this.#who, bytes) : resumeScript(id, log.position), {
          input: first,
        })
        if (first) exec.write(body.text)
        const { code, stderr } = await follow(exec)
        if (!log.ended && code === 3 && !first)
          throw new InterruptedError(
            'its script is gone: the host rebooted, or the connection was lost before it started',
          )
        if (!log.ended && first && code !== 0)
          throw new InterruptedError(`the script could not be started: ${lastWords({ code, stderr })}`)
        break
      } catch (error) {
        if (!(error instanceof TransportError) || error.failure !== 'lost' || this.#leave.aborted) throw error
        listener.lost(error.message)
        await this.#reconnect(error)
        // the stop may have been requested while the link was down
        if (this.#stopping) await this.stop().catch(() => undefined)
      }
    }
    return log.end()
  }

  /** Reconnects, and frees the lock that was lost with the old link. @throws TransportError */
  async reconnect(): Promise<void> {
    await this.connection.reconnect()
    if (this.#locked === undefined) return
    await ended(this.connection.exec(freeScript(this.#locked)))
  }

  async #reconnect(cause: TransportError): Promise<void> {
    let last: unknown = cause
    for (const wait of this.#reconnects) {
      await sleep(wait, undefined, { signal: this.#leave }).catch(() => undefined)
      if (this.#leave.aborted) throw last
      try {
        return await this.reconnect()
      } catch (error) {
        if (!(error instanceof TransportError) || error.failure === 'host-key' || error.failure === 'aborted')
          throw error
        last = error
      }
    }
    throw last
  }

  /** Asks the running script to start no further step. */
  async stop(): Promise<void> {
    this.#stopping = true
    if (this.#running === undefined) return
    await ended(this.connection.exec(stopScript(this.#running)))
  }
}
