import { randomBytes } from 'node:crypto'
import type { Resource } from '../../model/resource.ts'
import { finLine, framed, sideBySide } from '../../shell/frame.ts'
import { BLOB_DIR, empty, join, type Script, sh } from '../../shell/script.ts'
import { type Connection, type ExecEnd, ended } from '../../transport/transport.ts'
import { type ApplyEnd, type ApplyListener, follow, readLog } from '../apply/apply-log.ts'
import {
  freeScript,
  LOCK_RENEWAL,
  lockScript,
  OTHER_TOOLS,
  resumeScript,
  startScript,
  stopScript,
  tidyScript,
} from '../apply/detached.ts'
import type { Context } from '../context.ts'
import { collect } from '../observe/collect.ts'
import { type Observation, parseObservation, parseQuick, questions } from '../observe/observe.ts'
import { BusyError, InterruptedError, NotBegunError } from './errors.ts'
import { LastingLink } from './lasting-link.ts'

/** Most bytes of one answer; a host that sends more is hostile or broken. */
const MAX_ANSWER = 32 * 1024 * 1024
/** Milliseconds of silence after which an observation counts as hung. */
export const SILENCE = 120_000
/** A held run lock. */
export interface Lock {
  /** Was it lost with its link? Then another run may have taken it. */
  readonly lost: boolean
  release(): Promise<void>
}

const lastWords = ({ code, stderr }: ExecEnd): string => stderr.trim().split('\n').at(-1) || `exit ${code}`

/** Why the run lock was not taken. */
const unlocked = (end: ExecEnd): Error =>
  new Error(end.code === OTHER_TOOLS ? lastWords(end) : `its run lock cannot be taken: ${lastWords(end)}`)

const nonce = (): string => randomBytes(9).toString('hex')

/** How a detached script ended, and the host as it was after that, if the same exec has said so. */
export interface Applied extends ApplyEnd {
  readonly id: string
  readonly observed?: Observation
  /** When the exec was begun: what it observed was so later (milliseconds since 1970). */
  readonly asked: number
}

/** How a detached script ended, and what the exec that started it printed after that, if it came to its end. */
interface Followed {
  readonly end: ApplyEnd
  readonly answer?: string
}

/** A connected host, and the requests that a run makes of it. */
export class Session {
  readonly connection: Connection
  readonly #who: string
  readonly #silence: number
  readonly #link: LastingLink
  #running: string | undefined
  #locked: string | undefined
  #stopping = false

  /** @param lost hears why the link was lost, before it is made again */
  constructor(
    connection: Connection,
    context: Pick<Context, 'who' | 'leave' | 'reconnects' | 'silence'>,
    lost: (reason: string) => void,
  ) {
    this.connection = connection
    this.#who = context.who
    this.#silence = context.silence
    this.#link = new LastingLink(connection, context, { lost, again: () => this.#free() })
  }

  /** {@link LastingLink.ask} */
  ask<T>(question: () => Promise<T>): Promise<T> {
    return this.#link.ask(question)
  }

  /**
   * Observes the host. Takes one exec, and a second one if a state could not be read: it may have been changing,
   * and each question's error output is needed alone.
   * @throws TransportError, FrameError
   */
  async observe(resources: readonly Resource[], tidy?: string): Promise<Observation> {
    const sections = [
      ...(tidy === undefined ? [] : [{ key: 'tidy', script: tidyScript(tidy) }]),
      ...questions(resources),
    ]
    const id = nonce()
    return this.#link.ask(async () => {
      const { text } = await this.#read(id, sideBySide(id, sections))
      return parseQuick(id, text, resources) ?? this.#hear(resources)
    })
  }

  /** Observes the host again after a state could not be read. */
  async #hear(resources: readonly Resource[]): Promise<Observation> {
    const id = nonce()
    const { text, stderr } = await this.#read(id, framed(id, questions(resources)))
    return parseObservation(id, text, stderr, resources)
  }

  async #read(id: string, script: Script): Promise<{ readonly text: string; readonly stderr: string }> {
    const exec = this.connection.exec(script, { maxStdout: MAX_ANSWER, silence: this.#silence })
    const [text, { stderr }] = await Promise.all([collect(exec, new RegExp(`\n${finLine(id)}\n`)), exec.done])
    return { text, stderr }
  }

  /**
   * Takes the run lock and observes the host under it. Takes one exec, which stays open until the lock is released, and
   * another if a state could not be read, because the first exec's error output only arrives when it ends.
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
      if (answer.length === lines.length) throw unlocked(await exec.done)
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
   * Runs a script detached on the host and follows it to its end, reconnecting if the link is lost. The same exec then
   * observes these resources.
   * @throws BusyError, InterruptedError, NotBegunError, TransportError (reconnecting failed; the host finishes its
   * script)
   */
  async apply(body: Script, listener: ApplyListener, resources: readonly Resource[]): Promise<Applied> {
    const [id, look, asked] = [nonce(), nonce(), Date.now()]
    if (this.#stopping) return { status: 130, id, asked }
    this.#running = id
    try {
      if (body.blobs.length > 0) await this.#upload(body)
      // only a look right after the script may believe what its uploads noted
      const arrived = body.blobs.length > 0 ? sh`arrived=${BLOB_DIR}` : empty
      const after = join([arrived, sideBySide(look, questions(resources))])
      const { end, answer } = await this.#follow(id, body, listener, after)
      if (answer === undefined) return { ...end, id, asked }
      try {
        const observed = parseQuick(look, answer, resources)
        return { ...end, id, asked, ...(observed === undefined ? {} : { observed }) }
      } catch {
        return { ...end, id, asked } // it is asked again
      }
    } finally {
      this.#running = undefined
    }
  }

  /** @throws NotBegunError if the link was lost meanwhile, and is there again */
  async #upload({ blobs }: Script): Promise<void> {
    const { made } = this.#link
    try {
      await this.connection.upload(blobs)
    } catch (error) {
      await this.#link.restore(made, error)
      throw new NotBegunError()
    }
  }

  async #follow(id: string, body: Script, listener: ApplyListener, look: Script): Promise<Followed> {
    const bytes = Buffer.byteLength(body.text)
    const log = readLog(id, listener)
    for (let first = true; ; first = false) {
      const { made } = this.#link
      try {
        const exec = this.connection.exec(
          first ? startScript(id, this.#who, bytes, look) : resumeScript(id, log.position, this.#locked),
          { input: first },
        )
        if (first) exec.write(body.text)
        const { code, stderr } = await follow(exec, log, listener.room, {
          most: MAX_ANSWER,
          silence: this.#silence,
          ended: () => {
            this.#running = undefined
            if (first) exec.write('.')
          },
        })
        if (!log.ended && code === 3 && !first)
          throw new InterruptedError(
            'its script is gone: the host rebooted, or the connection was lost before it started',
          )
        if (!log.ended && first && code !== 0)
          throw new InterruptedError(`the script could not be started: ${lastWords({ code, stderr })}`)
        return { end: log.end(), ...(first && { answer: log.rest.toString() }) }
      } catch (error) {
        if (log.ended) return { end: log.end() }
        await this.#link.restore(made, error)
        // the stop may have been requested while the link was down
        if (this.#stopping) await this.stop().catch(() => undefined)
      }
    }
  }

  /** Frees the lock that was lost with the old link. */
  async #free(): Promise<void> {
    if (this.#locked !== undefined) await ended(this.connection.exec(freeScript(this.#locked)))
  }

  /** Asks the running script to start no further step. */
  async stop(): Promise<void> {
    this.#stopping = true
    if (this.#running === undefined) return
    await ended(this.connection.exec(stopScript(this.#running)))
  }
}
