import { connect, isIP, type Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { whyNotStarted } from '../../lib/message.ts'
import { spawnPiped } from '../../lib/spawn-piped.ts'
import { tail } from '../exec/tail.ts'
import { TransportError } from '../transport.ts'
import { oneLine } from '../words.ts'
import type { Route } from './route.ts'
import type { Phase } from './seen.ts'

/** A byte stream to a host's sshd, open or opening. */
export interface Line {
  readonly stream: Duplex
  /** Why it ended, if there is a reason to tell. */
  why?(): Promise<TransportError>
  close(): void
}

/** Called as a TCP connection makes progress. */
export interface DialSteps {
  found(): void
  connected(): void
}

/** The first phase of a connection that goes through no bastion. */
export function firstPhase({ address, proxyCommand }: Route): Phase {
  if (proxyCommand !== undefined) return 'greeting'
  return isIP(address) === 0 ? 'lookup' : 'dial'
}

/** Opens a TCP connection without delay (TCP_NODELAY), because a script and its answer are one small write each. */
export function tcpLine(route: Route, steps: DialSteps): Line {
  const socket: Socket = connect({
    host: route.address,
    port: route.port,
    noDelay: true,
    // By default, Node gives each of several addresses 250 ms, which is too short for a slow link.
    autoSelectFamilyAttemptTimeout: Math.min(2500, route.connectTimeout),
    ...(route.family === undefined ? {} : { family: route.family }),
    ...(route.bindAddress === undefined ? {} : { localAddress: route.bindAddress }),
  })
  socket.once('lookup', (error) => {
    if (!error) steps.found()
  })
  socket.once('connect', steps.connected)
  return { stream: socket, close: () => socket.destroySoon() }
}

const STDERR = 4096
/** Milliseconds to wait for a command to exit after its output has ended. */
const ENDING = 1000

const couldNot = (error: unknown): string => `could not be started: ${whyNotStarted(error)}`

const proxyFailure = (at: string, how: string, words: string): TransportError =>
  new TransportError(
    'proxy',
    `the ProxyCommand to ${at} ${how} before the login was done, and said ${words || 'nothing'}`,
  )

function spawnedCommand(command: string, shell: string, at: string) {
  try {
    return spawnPiped(shell, ['-c', `exec ${command}`])
  } catch (error) {
    throw proxyFailure(at, couldNot(error), '')
  }
}

/**
 * Runs the ProxyCommand from `~/.ssh/config` as ssh does: with the user's shell, its output and input being the
 * connection.
 */
export function proxyLine(command: string, shell: string, at: string): Line {
  const child = spawnedCommand(command, shell, at)
  const complaints = tail(STDERR)
  child.stderr.on('data', (chunk: Buffer) => complaints.push(chunk))
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(couldNot(error)))
    child.once('close', (code, signal) =>
      resolve(signal === null ? `ended with code ${code}` : `was ended by ${signal}`),
    )
  })
  const stream: Duplex = Duplex.from({ readable: child.stdout, writable: child.stdin })
  return {
    stream,
    async why() {
      const timer = setTimeout(() => child.kill(), ENDING)
      const how = await ended
      clearTimeout(timer)
      return proxyFailure(at, how, oneLine(complaints.bytes().toString()))
    },
    close() {
      stream.destroy()
      child.kill('SIGHUP')
    },
  }
}
