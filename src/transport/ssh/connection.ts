import type { Duplex } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ClientChannel } from 'ssh2'
import type { Blob, Script } from '../../shell/script.ts'
import { type Channel, type Counter, type Exit, noCost } from '../exec/channel.ts'
import type { Sudo } from '../exec/command.ts'
import type { Login, RunningExec } from '../exec/login.ts'
import { startExec } from '../exec/run.ts'
import { upload } from '../exec/upload.ts'
import type { PasswordGate } from '../password.ts'
import { aborted, lostLink, sessionFailure } from '../sentence.ts'
import type { Connection, Exec, ExecOptions, TransportError } from '../transport.ts'
import type { Link } from './live-link.ts'
import { pauseBefore, type Waits, worthAnother } from './retrying.ts'
import { type Route, where } from './route.ts'

/** What a connection needs besides its link. */
export interface ConnectionSources {
  readonly route: Route
  readonly sudo: Sudo
  readonly sudoPassword: PasswordGate
  readonly signal?: AbortSignal
  readonly waits?: Waits
  /** Opens the link, with retries, and again after it was lost. `patient`: waits out temporary failures. */
  open(counter: Counter, patient: boolean): Promise<Link>
}

/** A host over SSH. */
export class SshConnection implements Connection {
  readonly cost: Counter = noCost()
  readonly #sources: ConnectionSources
  readonly #login: Login
  #link: Link | undefined
  #making: Promise<Link> | undefined
  /** Has any script begun on this host? */
  #begun = false
  #full = 0

  constructor(sources: ConnectionSources) {
    this.#sources = sources
    const { route, sudo, sudoPassword } = sources
    this.#login = {
      host: route.name,
      user: route.user,
      sudo,
      sudoPassword,
      beginTimeout: route.connectTimeout,
      cost: this.cost,
      open: (command) => this.#open(command),
      again: (error) => this.#again(error),
      lost: () =>
        this.#link?.gone() ?? lostLink(where(route), new Error('the host closed the session without an exit status')),
    }
  }

  exec(script: Script, options?: ExecOptions): Exec {
    return this.#start(script, options)
  }

  upload(blobs: readonly Blob[]): Promise<void> {
    return upload((script, options) => this.#start(script, options), blobs)
  }

  async dial(address: string, port: number): Promise<Duplex> {
    const link = this.#up()
    try {
      return await link.forward(address, port)
    } catch (error) {
      throw link.gone() ?? error
    }
  }

  /** Opens the first link. @throws TransportError */
  async begin(): Promise<void> {
    await this.#make(true)
  }

  async reconnect(): Promise<void> {
    await this.#make(false)
  }

  /** Opens one link at a time, whoever asks for it; a second one would stay open forever. */
  async #make(patient: boolean): Promise<void> {
    if (!this.#making) {
      this.#link?.close()
      this.#making = this.#sources.open(this.cost, patient).finally(() => {
        this.#making = undefined
      })
    }
    this.#link = await this.#making
  }

  /** If the first script got no session, waits: other sessions of this user may end. */
  async #again(error: TransportError): Promise<boolean> {
    const { route, signal, waits } = this.#sources
    this.#full ||= performance.now()
    const ms = performance.now() - this.#full
    const tries = { retries: route.retries, ...(waits ? { waits } : {}) }
    if (this.#begun || !worthAnother(error, { times: Number.POSITIVE_INFINITY, ms, patience: error.passing }, tries))
      return false
    waits?.({ kind: 'again', text: error.message })
    await sleep(pauseBefore(2), undefined, signal ? { signal } : {}).catch(() => {
      throw aborted()
    })
    await this.reconnect()
    return true
  }

  async close(): Promise<void> {
    this.#link?.close()
  }

  #start(script: Script, options?: ExecOptions): RunningExec {
    return startExec(this.#login, script, options)
  }

  /** The link, if it is up. @throws TransportError */
  #up(): Link {
    const link = this.#link
    if (!link) throw lostLink(where(this.#sources.route), new Error('it was never made'))
    const gone = link.gone()
    if (gone) throw gone
    return link
  }

  async #open(command: string): Promise<Channel> {
    const link = this.#up()
    return new Promise((resolve, reject) => {
      const failed = (error: unknown): void => reject(link.gone() ?? sessionFailure(error, link.where))
      try {
        link.client.exec(command, (error, channel) => (error ? failed(error) : resolve(asChannel(channel))))
      } catch (error) {
        failed(error)
      }
    })
  }
}

/** A lost link closes the channel without an exit status, which must not count as success. */
const asChannel = (channel: ClientChannel): Channel => ({
  stdin: channel,
  stdout: channel,
  stderr: channel.stderr,
  exit: new Promise<Exit | undefined>((resolve) => {
    channel.once('exit', (code: number | null, signal?: string) => resolve({ code, signal }))
    channel.once('close', () => resolve(undefined))
  }),
  close: () => channel.close(),
})
