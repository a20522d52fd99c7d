import { connect as dial, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { NodeSSH } from 'node-ssh'
import type { Client } from 'ssh2'
import { aborted, connectFailure, forwardFailure, lostLink, slowLogin } from '../sentence.ts'
import { TransportError } from '../transport.ts'
import { type AuthSources, authentication } from './auth.ts'
import { hostKeys, rememberHostKey } from './known-hosts.ts'
import { type Route, where } from './route.ts'
import { signAtOnce } from './sign-at-once.ts'

/** One SSH connection, logged in. */
export interface Link {
  readonly client: Client
  readonly where: string
  /** Why it is gone, once it is. */
  gone(): TransportError | undefined
  forward(address: string, port: number): Promise<Duplex>
  close(): void
}

/** What a link is made with. */
export interface LinkSources extends Omit<AuthSources, 'pause' | 'resume'> {
  /** Told of each TCP connection that was made to the host. */
  connected(): void
}

const KEEPALIVES = 3

/** Our own socket: without delay, because a script and its answer are one small write each. */
const openSocket = (route: Route): Socket =>
  // Node gives each of several addresses 250 ms by default, which a slow link does not keep.
  dial({ host: route.address, port: route.port, noDelay: true, autoSelectFamilyAttemptTimeout: Math.min(2500, route.connectTimeout) })

/**
 * Connects and logs in, once. `through` is a bastion's channel instead of a TCP connection.
 * @throws TransportError
 */
export async function openLink(route: Route, sources: LinkSources, through: Duplex | undefined, signal?: AbortSignal): Promise<Link> {
  const at = where(route)
  let socket: Socket | Duplex | undefined = through
  let timer: NodeJS.Timeout | undefined
  let failed: TransportError | undefined
  let stop: (error: TransportError) => void = () => {}
  const stopped = new Promise<never>((_resolve, reject) => {
    stop = (error) => {
      failed ??= error
      reject(failed)
    }
  })
  stopped.catch(() => {})
  let reached = through !== undefined
  const pause = (): void => clearTimeout(timer)
  let over = false
  const resume = (): void => {
    pause()
    if (over) return
    timer = setTimeout(
      () => stop(reached ? slowLogin(route.connectTimeout, at) : connectFailure({ code: 'ETIMEDOUT' }, at)),
      route.connectTimeout,
    )
  }
  const abort = (): void => stop(aborted())
  signal?.addEventListener('abort', abort, { once: true })
  if (signal?.aborted) abort()

  let auth: Awaited<ReturnType<typeof authentication>> | undefined
  try {
    if (failed) throw failed
    const known = hostKeys({ ...route, where: at })
    // Dialled first: the host answers while the SSH library is being loaded, which takes longer than all else here.
    resume()
    socket ??= openSocket(route)
    if (through) sources.connected()
    else
      socket.once('connect', () => {
        reached = true
        sources.connected()
      })
    const early = (error: Error = new Error('Connection lost before handshake')): void => stop(connectFailure(error, at))
    socket.on('error', early).on('end', early)
    const library = import('node-ssh')
    auth = await Promise.race([authentication(route, { ...sources, pause, resume }), stopped])
    const ssh = new (await library).NodeSSH()
    if (failed) throw failed
    let trusted: Buffer | undefined
    const verify = (key: Buffer): boolean => {
      try {
        if (known.check(key) === 'new') trusted = key
        return true
      } catch (error) {
        stop(error as TransportError)
        return false
      }
    }
    const types = [...known.types]
    const ready = ssh.connect({
      sock: socket,
      username: route.user,
      authHandler: auth.handler,
      hostVerifier: verify,
      readyTimeout: 0,
      keepaliveInterval: route.keepalive,
      keepaliveCountMax: KEEPALIVES,
      // Known types first, or the host shows a key that we have never seen although we know another of its keys.
      ...(types.length > 0 ? { algorithms: { serverHostKey: { remove: types, prepend: types } } as never } : {}),
    })
    socket.off('error', early).off('end', early) // from here on the library listens
    const client = ssh.connection as Client
    signAtOnce(client)
    // node-ssh takes its own listener off once the link is up: without this one, an idle reset would end the process.
    let last: unknown
    client.on('error', (error: Error) => {
      last = error
    })
    let gone: TransportError | undefined
    client.on('close', () => {
      gone ??= lostLink(at, last)
    })
    await Promise.race([ready, stopped])
    // A key is only remembered once the host has proved that it holds it.
    if (trusted) rememberHostKey(route.knownHostsFiles[0] as string, route.knownAs, trusted)
    auth.accepted()
    return {
      client,
      where: at,
      gone: () => gone,
      forward: (address, port) => forward(ssh, at, address, port, route.connectTimeout),
      close: () => {
        gone ??= new TransportError('lost', `the connection to ${at} was closed`)
        client.end()
        if (socket && 'destroySoon' in socket) socket.destroySoon()
        else socket?.end()
      },
    }
  } catch (error) {
    socket?.destroy()
    throw failed ?? (isAuthFailure(error) && auth ? auth.failure() : connectFailure(error, at))
  } finally {
    over = true
    clearTimeout(timer)
    signal?.removeEventListener('abort', abort)
    auth?.over()
  }
}

const isAuthFailure = (error: unknown): boolean => {
  const { level, message } = error as { level?: string; message?: string }
  return level === 'client-authentication' || level === 'agent' || /authentication fail/i.test(message ?? '')
}

async function forward(ssh: NodeSSH, via: string, address: string, port: number, timeout: number): Promise<Duplex> {
  const to = where({ address, port })
  let timer: NodeJS.Timeout | undefined
  // sshd waits for as long as its system does, which is minutes.
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(connectFailure({ code: 'ETIMEDOUT' }, `${to} (from ${via})`)), timeout)
  })
  // The origin is only told to the host's log.
  const made = ssh.forwardOut('127.0.0.1', 0, address, port)
  try {
    return await Promise.race([made, late])
  } catch (error) {
    made.then((stream) => stream.destroy()).catch(() => {})
    throw forwardFailure(error, via, to)
  } finally {
    clearTimeout(timer)
  }
}
