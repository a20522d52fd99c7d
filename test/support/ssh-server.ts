import { createServer, connect as dial, type Socket } from 'node:net'
import ssh2, { type AuthContext, type Connection as ClientConnection } from 'ssh2'
import type { SshSettings, Target } from '../../src/transport/transport.ts'
import { type Run, realShell, type Stats } from './ssh-run.ts'
import { generateKey } from './test-home.ts'

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
