import { spawn } from 'node:child_process'
import { connect as dial } from 'node:net'
import { account, home } from '../lib/kept/home.ts'
import { whyNotStarted } from '../lib/message.ts'
import { dialFailure } from './dial-sentence.ts'
import type { Channel, Exit } from './exec/channel.ts'
import { noCost } from './exec/channel.ts'
import { sudoFor } from './exec/command.ts'
import type { Login } from './exec/login.ts'
import { startExec } from './exec/run.ts'
import { upload } from './exec/upload.ts'
import type { PasswordGate } from './password.ts'
import { lostLink } from './sentence.ts'
import { type Connection, type Exec, type SshSettings, TransportError } from './transport.ts'

/**
 * A shell command on this machine as a {@link Channel}. It gets a login's environment, not the controller's (which may
 * contain credentials).
 */
function spawnShell(command: string): Promise<Channel> {
  const { username, shell } = account()
  const env = {
    HOME: home(),
    USER: username,
    LOGNAME: username,
    SHELL: shell ?? '/bin/sh',
    PATH: process.env.PATH ?? '/usr/bin:/bin',
  }
  return new Promise((resolve, reject) => {
    // A process group of its own: ^C at the terminal is for the controller.
    const child = spawn('/bin/sh', ['-c', command], { env, cwd: '/', stdio: 'pipe', detached: true })
    const exit = new Promise<Exit | undefined>((ended) => child.once('exit', (code, signal) => ended({ code, signal })))
    child.once('error', (error) =>
      reject(
        new TransportError('protocol', `sh could not be started on this machine: ${whyNotStarted(error)}`, {
          cause: error,
        }),
      ),
    )
    const close = (): void => {
      for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy()
      child.unref()
    }
    child.once('spawn', () => resolve({ stdin: child.stdin, stdout: child.stdout, stderr: child.stderr, exit, close }))
  })
}

/** Connects to this machine as a host, without SSH; scripts and sudo work the same way. */
export function localConnection(host: string, settings: SshSettings, sudoPassword: PasswordGate): Connection {
  const timeout = (settings.connectTimeout ?? 10) * 1000
  const cost = noCost()
  const login: Login = {
    host,
    user: account().username,
    sudo: sudoFor(process.getuid?.() === 0, settings),
    sudoPassword,
    beginTimeout: timeout,
    cost,
    open: spawnShell,
    lost: () => lostLink('this machine'),
  }
  const running = new Set<Exec>()
  const exec: Connection['exec'] = (script, options) => {
    const started = startExec(login, script, options)
    running.add(started)
    const over = () => running.delete(started)
    started.done.then(over, over)
    return started
  }
  return {
    cost,
    exec,
    upload: (blobs) => upload((script, options) => startExec(login, script, options), blobs),
    dial: (address, port) =>
      new Promise((resolve, reject) => {
        const where = `${address}:${port}`
        const socket = dial({ host: address, port, noDelay: true, timeout })
        const failed = (error: unknown): void => {
          socket.destroy()
          reject(dialFailure(error, where))
        }
        socket.once('error', failed)
        socket.once('timeout', () => failed({ code: 'ETIMEDOUT' }))
        socket.once('connect', () => {
          socket.off('error', failed)
          socket.setTimeout(0)
          resolve(socket)
        })
      }),
    reconnect: async () => {},
    close: async () => {
      for (const each of running) each.kill()
    },
  }
}
