import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import type { SshSettings, Target } from '../../src/transport/transport.ts'
import { freePort } from './ports.ts'
import { until } from './until.ts'

/** This machine's real sshd. */
export const SSHD = '/usr/sbin/sshd'

export const keygen = (...args: string[]): void => {
  const { status, stderr } = spawnSync('ssh-keygen', ['-q', ...args], { encoding: 'utf8' })
  assert.is(status, 0, stderr)
}

export interface Sshd {
  readonly port: number
  target(ssh?: SshSettings): Target
  hostKey(type: 'ed25519' | 'rsa'): string
}

/** The real OpenSSH programs, on loopback ports, as the user who runs the tests; `stop` ends all of them. */
export interface OpenSsh {
  readonly dir: string
  /** An sshd that accepts these keys. */
  sshd(keys: () => string, lines?: readonly string[]): Promise<Sshd>
  /** An ssh-agent; returns its socket's path. */
  agent(name: string): Promise<string>
  /** Adds a key to an agent; `passphrase` if it is encrypted. */
  add(socket: string, key: string, passphrase?: string): void
  stop(): void
}

export function openSsh(): OpenSsh {
  const dir = mkdtempSync(join(tmpdir(), 'provision-sshd-'))
  const children: ChildProcess[] = []
  // As root, sshd needs its privilege separation directory.
  if (process.getuid?.() === 0) spawnSync('mkdir', ['-p', '-m', '755', '/run/sshd'])
  return {
    dir,
    async sshd(keys, lines = []) {
      const port = await freePort()
      const file = (name: string): string => join(dir, `${port}.${name}`)
      for (const type of ['ed25519', 'rsa']) keygen('-t', type, '-N', '', '-f', file(type))
      writeFileSync(file('keys'), keys(), { mode: 0o600 })
      const own = [
        `Port ${port}`,
        'ListenAddress 127.0.0.1',
        ...['ed25519', 'rsa'].map((type) => `HostKey ${file(type)}`),
      ]
      const login = ['StrictModes no', 'UsePAM no', 'PasswordAuthentication no', 'PermitRootLogin yes']
      writeFileSync(
        file('config'),
        [...lines, ...own, `AuthorizedKeysFile ${file('keys')}`, 'PidFile none', ...login, ''].join('\n'),
      )
      const daemon = spawn(SSHD, ['-D', '-e', '-f', file('config')], { stdio: ['ignore', 'ignore', 'pipe'] })
      children.push(daemon)
      let log = ''
      daemon.stderr.on('data', (chunk) => (log += chunk))
      await until('sshd listens, or ends', () => log.includes('listening') || daemon.exitCode !== null, 20)
      assert.match(log, 'listening', `sshd on port ${port} ended with ${daemon.exitCode}: ${log}`)
      return {
        port,
        target: (ssh = {}) => ({
          name: 'h',
          address: '127.0.0.1',
          ssh: { port, user: userInfo().username, retries: 0, connectTimeout: 60, hostKeyCheck: 'accept-new', ...ssh },
        }),
        hostKey: (type) => readFileSync(`${file(type)}.pub`, 'utf8'),
      }
    },
    async agent(name) {
      const socket = join(dir, name)
      children.push(spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' }))
      await until('ssh-agent listens', () => existsSync(socket), 20)
      return socket
    },
    add(socket, key, passphrase = '') {
      const askpass = join(dir, 'askpass')
      writeFileSync(askpass, `#!/bin/sh\necho '${passphrase}'\n`, { mode: 0o700 })
      const env = { ...process.env, SSH_AUTH_SOCK: socket, SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: 'force' }
      const { status, stderr } = spawnSync('ssh-add', ['-q', key], { env, encoding: 'utf8' })
      assert.is(status, 0, stderr)
    },
    stop() {
      for (const child of children) child.kill()
      rmSync(dir, { recursive: true })
    },
  }
}
