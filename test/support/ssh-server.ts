import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, connect as dial, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Transform } from 'node:stream'
import ssh2, { type AuthContext, type Connection as ClientConnection, type ServerChannel } from 'ssh2'
import type { SshSettings, Target } from '../../src/transport/transport.ts'

/** A home directory with a key, for tests that log in. */
export interface TestHome {
  readonly path: string
  /** The public key line of `.ssh/id_ed25519`. */
  readonly publicKey: string
  readonly knownHosts: string
  file(name: string, text: string): string
  remove(): void
}

/** An Ed25519 key pair. About once in 256 times, ssh2 makes one that it cannot read itself; then this tries again. */
export function generateKey(options: { passphrase?: string; comment?: string } = {}): {
  private: string
  public: string
} {
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync('ed25519', {
      comment: options.comment ?? 'test',
      ...(options.passphrase === undefined ? {} : { passphrase: options.passphrase, cipher: 'aes256-ctr', rounds: 4 }),
    })
    if (!(ssh2.utils.parseKey(pair.private, options.passphrase) instanceof Error)) return pair
  }
}

export function testHome(): TestHome {
  const path = mkdtempSync(join(tmpdir(), 'provision-home-'))
  mkdirSync(join(path, '.ssh'), { mode: 0o700 })
  const file = (name: string, text: string): string => {
    writeFileSync(join(path, '.ssh', name), text, { mode: 0o600 })
    return join(path, '.ssh', name)
  }
  const key = generateKey()
  file('id_ed25519', key.private)
  return {
    path,
    publicKey: key.public,
    knownHosts: join(path, '.ssh', 'known_hosts'),
    file,
    remove: () => rmSync(path, { recursive: true, force: true }),
  }
}

/** Runs one command of a session. */
export type Run = (command: string, channel: ServerChannel, stats: Stats) => void

export interface Stats {
  /** TCP connections accepted. */
  connections: number
  /** Session channels opened. */
  sessions: number
  /** Commands run, in the form that was sent. */
  commands: string[]
  /**
   * Methods tried, in order: `none`, `publickey?` (a query whether a key would do), `publickey`, `password`,
   * `keyboard-interactive`.
   */
  auth: string[]
  /** `address:port` of forwarded connections. */
  forwards: string[]
  /** How often a client sent something after an answer, before its first script: one round trip each. */
  turns: number
}

export interface ServerOptions {
  /** Public key lines that may log in. */
  readonly keys?: readonly string[]
  /** An accepted password, and the method for it. */
  readonly password?: { readonly text: string; readonly by?: 'password' | 'keyboard-interactive' }
  readonly hostKey?: { private: string; public: string }
  /** Runs the commands; default: {@link realShell}. */
  readonly run?: Run
  /** `prohibited`: as with AllowTcpForwarding no. */
  readonly forwarding?: 'allowed' | 'prohibited'
  /** The maximum number of sessions per connection, as with MaxSessions. */
  readonly maxSessions?: number
  /** How many of the first connections are closed before they send anything. */
  readonly turnAway?: number
  /** The message for those. */
  readonly turnAwaySaying?: string
  /**
   * How many of the first logins are closed after a key was offered: with a banner, or with the reason of a disconnect.
   */
  readonly closeLogins?: { readonly times: number; readonly banner?: string; readonly disconnect?: string }
}

export interface TestServer {
  readonly port: number
  readonly stats: Stats
  readonly hostKey: string
  /** Its line for known_hosts. */
  readonly known: string
  target(ssh?: SshSettings, name?: string): Target
  /** Destroys all links. */
  drop(): void
  /** Stops sending and reading, without closing: a silent network. */
  freeze(): void
  stop(): Promise<void>
}

/**
 * A real login shell: `sh -c COMMAND` on this machine, as the user who runs the tests. The begin mark always says root:
 * the transport requires root, and these tests must run unprivileged.
 */
export const realShell =
  (shell: readonly string[] = ['sh', '-c'], path = '/usr/bin:/bin'): Run =>
  (command, channel) => {
    const [file = 'sh', ...args] = shell
    const child = spawn(file, [...args, command], { env: { PATH: path, HOME: '/' }, cwd: '/' })
    const asRoot = new Transform({
      transform(chunk: Buffer, _encoding, next) {
        const text = chunk.toString('latin1')
        next(
          null,
          /^[0-9a-f]{16} begin [1-9]/.test(text)
            ? Buffer.from(text.replace(/ begin \d+\n/, ' begin 0\n'), 'latin1')
            : chunk,
        )
      },
    })
    channel.pipe(child.stdin)
    child.stdin.on('error', () => {})
    ;(process.getuid?.() === 0 ? child.stdout : child.stdout.pipe(asRoot)).pipe(channel, { end: false })
    child.stderr.pipe(channel.stderr, { end: false })
    channel.on('close', () => {
      for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy()
    })
    child.on('close', (code, signal) => {
      if (signal) channel.exit(signal.slice(3))
      else channel.exit(code ?? 255)
      channel.end()
    })
  }

/** A host whose answers a function gives; it gets the script and its nonce. The function ends the channel itself. */
export const scripted =
  (answer: (script: { text: string; nonce: string }, channel: ServerChannel) => void): Run =>
  (command, channel) => {
    const bytes = Number(/head -c (\d+)/.exec(command)?.[1])
    let got = Buffer.alloc(0)
    const take = (chunk: Buffer): void => {
      got = Buffer.concat([got, chunk])
      if (got.length < bytes) return
      channel.off('data', take)
      const text = got.toString('utf8', 0, bytes)
      answer({ text, nonce: /sh ([0-9a-f]{16})$/.exec(command)?.[1] ?? '' }, channel)
    }
    channel.on('data', take)
  }

/** Ends a channel with an exit status. */
export const exit = (channel: ServerChannel, code: number): void => {
  channel.exit(code)
  channel.end()
}

/** ssh2's own `reject` always sends reason 2 without a text; OpenSSH says why. */
function refuseAs(client: ClientConnection, reason: number, words: string, reject: () => void): void {
  const { _protocol: protocol } = client as unknown as {
    _protocol: { channelOpenFail(channel: number, reason: number, words: string): void }
  }
  const plain = protocol.channelOpenFail
  protocol.channelOpenFail = (channel) => plain.call(protocol, channel, reason, words)
  reject()
  protocol.channelOpenFail = plain
}

const text = (value: string): Buffer => {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(Buffer.byteLength(value))
  return Buffer.concat([length, Buffer.from(value)])
}

/** Sends a message that ssh2's server does not send at that moment, as sshd does. */
function sendMessage(client: ClientConnection, type: number, ...parts: Buffer[]): void {
  const { _protocol: protocol } = client as unknown as {
    _protocol: {
      _packetRW: { write: { allocStart: number; alloc(size: number): Buffer; finalize(packet: Buffer): Buffer } }
      _cipher: { encrypt(packet: Buffer): void }
    }
  }
  const message = Buffer.concat([Buffer.from([type]), ...parts])
  const packet = protocol._packetRW.write.alloc(message.length)
  packet.set(message, protocol._packetRW.write.allocStart)
  protocol._cipher.encrypt(protocol._packetRW.write.finalize(packet))
}

/** Counts, in ssh2's debug output, how often a client waited for an answer before it sent its first script. */
function turnsOf(stats: Stats): (line: string) => void {
  let answered = false
  let scripted = false
  return (line) => {
    if (/Outbound: (?!.*EXT_INFO)/.test(line)) answered = true // that message is not an answer
    if (!/Inbound: |Received DH Init/.test(line) || scripted) return
    if (answered) stats.turns += 1
    answered = false
    scripted = /CHANNEL_DATA/.test(line)
  }
}

/** Decides about logins. */
function authenticator(options: ServerOptions, stats: Stats): (client: ClientConnection, ctx: AuthContext) => void {
  let toClose = options.closeLogins?.times ?? 0
  const methods: ('publickey' | 'password' | 'keyboard-interactive')[] = options.keys ? ['publickey'] : []
  if (options.password) methods.push(options.password.by ?? 'password')

  const allowed = (ctx: AuthContext): boolean => {
    if (ctx.method === 'publickey') {
      const known = options.keys?.some((line) => line.split(' ')[1] === ctx.key.data.toString('base64')) ?? false
      if (!known || !ctx.signature || !ctx.blob) return known
      const key = ssh2.utils.parseKey(`${ctx.key.algo} ${ctx.key.data.toString('base64')}`)
      return !(key instanceof Error) && key.verify(ctx.blob, ctx.signature, ctx.hashAlgo)
    }
    return ctx.method === 'password' && methods.includes('password') && ctx.password === options.password?.text
  }
  return (client, ctx) => {
    stats.auth.push(ctx.method === 'publickey' && !ctx.signature ? 'publickey?' : ctx.method)
    if (toClose > 0 && ctx.method !== 'none') {
      toClose -= 1
      const { banner, disconnect } = options.closeLogins ?? {}
      if (banner !== undefined) sendMessage(client, 53, text(banner), text(''))
      if (disconnect !== undefined) sendMessage(client, 1, Buffer.from([0, 0, 0, 2]), text(disconnect), text(''))
      client.end()
      return
    }
    const verdict = (accepted: boolean): void => (accepted ? ctx.accept() : ctx.reject(methods))
    if (ctx.method === 'keyboard-interactive' && methods.includes('keyboard-interactive')) {
      ctx.prompt([{ prompt: 'Password: ', echo: false }], (answers) => verdict(answers[0] === options.password?.text))
    } else verdict(allowed(ctx))
  }
}

/** Runs commands for a client. */
function serveSessions(
  client: ClientConnection,
  { maxSessions, run = realShell() }: ServerOptions,
  stats: Stats,
): void {
  let open = 0
  client.on('session', (accept, reject) => {
    if (maxSessions !== undefined && open >= maxSessions) return void reject()
    open += 1
    stats.sessions += 1
    const session = accept()
    session.on('close', () => {
      open -= 1
    })
    session.on('exec', (acceptExec, _reject, info) => {
      stats.commands.push(info.command)
      const channel = acceptExec()
      channel.on('error', () => {})
      run(info.command, channel, stats)
    })
  })
}

/** Forwards a client's connections. */
function serveForwards(client: ClientConnection, { forwarding }: ServerOptions, stats: Stats): void {
  client.on('tcpip', (accept, reject, info) => {
    stats.forwards.push(`${info.destIP}:${info.destPort}`)
    const refuse = (reason: number, words: string): void => refuseAs(client, reason, words, reject)
    if (forwarding === 'prohibited') return refuse(1, 'open failed')
    const to = dial({ host: info.destIP, port: info.destPort, noDelay: true })
    let accepted = false
    to.once('connect', () => {
      accepted = true
      const channel = accept()
      channel.on('error', () => {})
      channel.pipe(to).pipe(channel)
    })
    to.on('error', () => {
      if (!accepted) refuse(2, 'Connection refused')
    })
  })
}

/** Listens for clients, and closes the first connections if the options say so. */
async function listening(options: ServerOptions, stats: Stats, taken: (socket: Socket) => void) {
  const sockets = new Set<Socket>()
  let toTurnAway = options.turnAway ?? 0
  const listener = createServer({ noDelay: true }, (socket) => {
    stats.connections += 1
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => {})
    if (toTurnAway > 0) {
      toTurnAway -= 1
      if (options.turnAwaySaying === undefined) socket.destroy()
      else socket.end(options.turnAwaySaying)
      return
    }
    taken(socket)
  })
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  return { listener, sockets, port: (listener.address() as { port: number }).port }
}

export async function sshServer(options: ServerOptions = {}): Promise<TestServer> {
  const hostKey = options.hostKey ?? generateKey()
  const stats: Stats = { connections: 0, sessions: 0, commands: [], auth: [], forwards: [], turns: 0 }
  const authenticate = authenticator(options, stats)
  const server = new ssh2.Server({ hostKeys: [hostKey.private], debug: turnsOf(stats) }, (client) => {
    client.on('error', () => {})
    client.on('authentication', (ctx) => authenticate(client, ctx))
    serveSessions(client, options, stats)
    serveForwards(client, options, stats)
  })
  const { listener, sockets, port } = await listening(options, stats, (socket) => server.injectSocket(socket))
  const drop = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    port,
    stats,
    hostKey: hostKey.public,
    known: `[127.0.0.1]:${port} ${hostKey.public}\n`,
    target: (ssh = {}, name = 'host') => ({
      name,
      address: '127.0.0.1',
      ssh: { port, user: 'root', retries: 0, connectTimeout: 60, ...ssh },
    }),
    drop,
    freeze() {
      for (const socket of sockets) {
        socket.pause()
        socket.cork()
      }
    },
    async stop() {
      drop()
      await new Promise((resolve) => listener.close(resolve))
    },
  }
}
