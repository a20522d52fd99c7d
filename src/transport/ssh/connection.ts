import type { Duplex } from 'node:stream'
import type { ClientChannel } from 'ssh2'
import type { Blob, Script } from '../../shell/script.ts'
import { type Channel, type Counter, type Exit, noCost } from '../channel.ts'
import type { Sudo } from '../command.ts'
import { type Login, type RunningExec, startExec } from '../exec.ts'
import type { PasswordGate } from '../password.ts'
import { lostLink, sessionFailure } from '../sentence.ts'
import type { Connection, Exec, ExecOptions } from '../transport.ts'
import { upload } from '../upload.ts'
import type { Link } from './link.ts'
import { type Route, where } from './route.ts'

/** What a connection needs beside its link. */
export interface ConnectionSources {
  readonly route: Route
  readonly sudo: Sudo
  readonly sudoPassword: PasswordGate
  /** Makes the link, with retries, and again after it was lost. */
  open(counter: Counter): Promise<Link>
}

/** A host over SSH. */
export class SshConnection implements Connection {
  readonly cost: Counter = noCost()
  readonly #sources: ConnectionSources
  readonly #login: Login
  #link: Link | undefined

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
      lost: () => this.#link?.gone() ?? lostLink(where(route), new Error('the host closed the session without an exit status')),
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

  async reconnect(): Promise<void> {
    this.#link?.close()
    this.#link = await this.#sources.open(this.cost)
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

/** A lost link closes the channel without an exit status: that is no success. */
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
