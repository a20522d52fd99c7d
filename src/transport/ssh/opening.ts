import type { Duplex } from 'node:stream'
import type { NodeSSH } from 'node-ssh'
import type { Client } from 'ssh2'
import { present } from '../../lib/compact.ts'
import { disconnectReason, isNoSsh, levelOf } from '../library-errors.ts'
import { connectFailure, lostLink, slowLookup } from '../sentence.ts'
import { TransportError } from '../transport.ts'
import { said } from '../words.ts'
import { type Authentication, type AuthSources, authentication } from './auth.ts'
import { type Deadline, deadline } from './deadline.ts'
import { firstPhase, type Line, proxyLine, tcpLine } from './dial.ts'
import { widenUserAuth } from './keys/user-auth.ts'
import { type HostKeys, hostKeys, rememberHostKey } from './known-hosts.ts'
import { forward, type Link, type LinkSources } from './live-link.ts'
import { type Route, where } from './route.ts'
import { closedFailure, nothingSeen, notSsh, type Phase, type Seen, slowLogin } from './seen.ts'

const KEEPALIVES = 3
/** How many connect timeouts a name look-up may take: resolvers ask one server after the other. */
const LOOKUPS = 3
/** Milliseconds after which a wait is reported. */
const NOTICEABLE = 1000
/** Bytes that a host may send before its greeting. */
const BEFORE = 1024

/** One attempt to connect. Every failure goes through `fail`, and the first one counts. */
export class Opening {
  readonly #route: Route
  readonly #at: string
  readonly #sources: LinkSources
  readonly #through: Duplex | undefined
  readonly #seen: Seen
  readonly #deadline: Deadline = deadline(() => this.fail(this.#late()))
  readonly #stopped: Promise<never>
  #reject: (error: TransportError) => void = () => {}
  #failed: TransportError | undefined
  #line: Line | undefined
  #auth: Authentication | undefined

  constructor(route: Route, sources: LinkSources, through: Duplex | undefined) {
    this.#route = route
    this.#at = where(route)
    this.#sources = sources
    this.#through = through
    this.#seen = nothingSeen(through === undefined ? firstPhase(route) : 'greeting')
    this.#stopped = new Promise<never>((_resolve, reject) => {
      this.#reject = reject
    })
    this.#stopped.catch(() => {})
  }

  fail(error: TransportError): void {
    this.#failed ??= error
    this.#reject(this.#failed)
  }

  async open(): Promise<Link> {
    try {
      if (this.#failed) throw this.#failed
      const known = hostKeys({ ...this.#route, where: this.#at })
      // Dials first: the host answers while the SSH library is loading, which takes longer than anything else here.
      const { stream } = this.#dial()
      const early = (error?: Error): void =>
        this.fail(error ? connectFailure(error, this.#at) : closedFailure(this.#seen, this.#at, this.#route.user))
      stream.on('error', early).on('end', early)
      const library = import('node-ssh')
      this.#auth = await Promise.race([authentication(this.#route, this.#authSources()), this.#stopped])
      const ssh = new (await library).NodeSSH()
      if (this.#failed) throw this.#failed
      const link = await this.#login(ssh, stream, known, this.#auth, () => stream.off('error', early).off('end', early))
      this.#auth.accepted()
      return link
    } catch (error) {
      const why = this.#failed?.failure === 'lost' ? await this.#line?.why?.() : undefined
      this.#line?.stream.destroy()
      this.#line?.close()
      throw why ?? this.#failed ?? connectFailure(error, this.#at)
    } finally {
      this.#deadline.end()
      this.#auth?.over()
    }
  }

  #enter(phase: Phase): void {
    this.#seen.phase = phase
    const { connectTimeout } = this.#route
    this.#deadline.start(phase === 'lookup' ? LOOKUPS * connectTimeout : connectTimeout)
  }

  #dial(): Line {
    const { proxyCommand, shell } = this.#route
    if (this.#through) {
      const stream = this.#through
      this.#line = { stream, close: () => stream.end() }
    } else if (proxyCommand !== undefined) this.#line = proxyLine(proxyCommand, shell, this.#at)
    else {
      this.#enter(this.#seen.phase)
      this.#line = tcpLine(this.#route, {
        found: () => this.#enter('dial'),
        connected: () => {
          this.#deadline.end() // until the SSH library is loaded
          this.#seen.phase = 'greeting'
          this.#sources.connected()
        },
      })
      return this.#line
    }
    this.#sources.connected()
    return this.#line
  }

  #late(): TransportError {
    const { connectTimeout, user } = this.#route
    const { phase } = this.#seen
    if (phase === 'lookup') return slowLookup(LOOKUPS * connectTimeout, this.#at)
    if (phase === 'dial') return connectFailure({ code: 'ETIMEDOUT' }, this.#at)
    return slowLogin(connectTimeout, { ...this.#seen, phase }, this.#at, user)
  }

  #authSources(): AuthSources {
    const { waits, ...sources } = this.#sources
    return {
      ...sources,
      step: () => this.#enter('login'),
      patiently: async (what, work) => {
        this.#deadline.pause()
        const timer = setTimeout(() => waits?.({ kind: 'for', text: what }), NOTICEABLE)
        try {
          return await work()
        } finally {
          clearTimeout(timer)
          this.#deadline.resume()
        }
      },
    }
  }

  /** Handshakes and logs in. `taken` is called when the library starts to listen to the stream. */
  async #login(ssh: NodeSSH, stream: Duplex, known: HostKeys, auth: Authentication, taken: () => void): Promise<Link> {
    let trusted: Buffer | undefined
    const verify = (key: Buffer): boolean => {
      try {
        if (known.check(key) === 'new') trusted = key
        return true
      } catch (error) {
        this.fail(connectFailure(error, this.#at))
        return false
      }
    }
    // Ignores node-ssh's own errors, because its client's errors say more.
    ssh.connect(this.#settings(stream, known, auth, verify)).catch(() => {})
    taken()
    const client = present(ssh.connection)
    const gone = this.#listen(client, stream, auth)
    await Promise.race([new Promise<void>((resolve) => client.once('ready', resolve)), this.#stopped])
    // Stores a key only after the host has proved that it holds it.
    if (trusted) rememberHostKey(present(this.#route.knownHostsFiles[0]), this.#route.knownAs, trusted)
    return this.#link(ssh, client, gone)
  }

  #settings(
    sock: Duplex,
    known: HostKeys,
    auth: Authentication,
    hostVerifier: (key: Buffer) => boolean,
  ): Parameters<NodeSSH['connect']>[0] {
    const types = [...known.types]
    return {
      sock: sock as never,
      username: this.#route.user,
      authHandler: auth.handler,
      hostVerifier,
      readyTimeout: 0,
      keepaliveInterval: this.#route.keepalive,
      keepaliveCountMax: KEEPALIVES,
      // Requests known types first, or the host might present an unknown key although another of its keys is known.
      ...(types.length > 0 ? { algorithms: { serverHostKey: { remove: types, prepend: types } } as never } : {}),
    }
  }

  /** Collects what the host says, and ends the attempt if it fails. The result tells why the link was lost. */
  #listen(client: Client, stream: Duplex, auth: Authentication): { error: TransportError | undefined } {
    const gone: { error: TransportError | undefined } = { error: undefined }
    let last: unknown
    widenUserAuth(client)
    const hear = (chunk: Buffer): void => {
      this.#seen.before = (this.#seen.before + chunk.toString('latin1')).slice(0, BEFORE)
      const greeted = /^SSH-(2\.0|1\.99)-/m.exec(this.#seen.before)
      if (!greeted && this.#seen.before.length < BEFORE) return
      stream.off('data', hear)
      if (!greeted || this.#seen.phase !== 'greeting') return
      this.#seen.before = this.#seen.before.slice(0, greeted.index)
      this.#enter('keys')
    }
    stream.on('data', hear) // the library has paused it
    this.#enter(this.#seen.phase)
    client.on('handshake', () => this.#enter('login'))
    client.on('banner', (text) => {
      this.#seen.banner = text
    })
    // node-ssh removes its own listener once the link is up: without this one, an idle reset would end the process.
    client.on('error', (error: Error) => {
      last = error
      this.#heardError(error, auth)
    })
    client.on('close', () => {
      gone.error ??= lostLink(this.#at, last)
      this.fail(closedFailure(this.#seen, this.#at, this.#route.user))
    })
    return gone
  }

  #heardError(error: Error, auth: Authentication): void {
    const level = levelOf(error)
    // After either error, ssh2 continues with the next method, unless it was the last.
    if (level === 'agent' || (level === 'client-authentication' && !auth.exhausted())) auth.remark(error)
    else this.fail(this.#failureOf(error, auth))
  }

  #failureOf(error: Error, auth: Authentication): TransportError {
    if (levelOf(error) === 'client-authentication') return auth.failure()
    const closed = (): TransportError => closedFailure(this.#seen, this.#at, this.#route.user)
    if (disconnectReason(error) !== undefined) {
      this.#seen.disconnect = said(error)
      return this.#seen.phase === 'login' ? auth.hungUp(said(error)) : closed()
    }
    if (isNoSsh(error) && this.#seen.phase !== 'login') return notSsh(this.#seen, this.#at, said(error))
    const made = connectFailure(error, this.#at)
    return made.failure === 'lost' ? closed() : made
  }

  #link(ssh: NodeSSH, client: Client, gone: { error: TransportError | undefined }): Link {
    const { connectTimeout } = this.#route
    const at = this.#at
    const line = this.#line
    return {
      client,
      where: at,
      gone: () => gone.error,
      forward: (address, port) => forward(ssh, at, address, port, connectTimeout),
      close: () => {
        gone.error ??= new TransportError('lost', `the connection to ${at} was closed`)
        client.end()
        line?.close()
      },
    }
  }
}
