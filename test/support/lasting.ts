/** Clients with requests that last for minutes: an ActionCable channel, a streamed response, an upload. */
import { once } from 'node:events'
import { request } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import { type TLSSocket, connect as tlsConnect } from 'node:tls'
import { PATIENCE, until } from './until.ts'

/** The address to request, and the trusted CA. */
export interface Site {
  readonly address: string
  readonly name: string
  readonly ca: string
}

/** The result of a client: how long it lasted, and what was wrong, if anything. */
export interface Lasted {
  readonly seconds: number
  readonly pieces: number
  readonly wrong?: string
}

const secondsSince = (began: number): number => Math.round((performance.now() - began) / 100) / 10

/** A text frame as clients send it: masked, with zeros. */
function frame(text: string): Buffer {
  const data = Buffer.from(text)
  const size = data.length < 126 ? [0x80 | data.length] : [0x80 | 126, data.length >> 8, data.length & 0xff]
  return Buffer.concat([Buffer.from([0x81, ...size, 0, 0, 0, 0]), data])
}

/** The texts in a server's bytes, and the remaining bytes. Texts longer than 64 KiB do not occur. */
function texts(bytes: Buffer): { readonly all: readonly string[]; readonly rest: Buffer } {
  const all: string[] = []
  let rest = bytes
  for (;;) {
    const long = ((rest[1] ?? 0) & 0x7f) === 126
    const head = long ? 4 : 2
    if (rest.length < head) return { all, rest }
    const size = long ? rest.readUInt16BE(2) : (rest[1] ?? 0) & 0x7f
    if (rest.length < head + size) return { all, rest }
    if (((rest[0] ?? 0) & 0x0f) === 1) all.push(rest.toString('utf8', head, head + size))
    rest = rest.subarray(head + size)
  }
}

async function upgraded({ address, name, ca }: Site): Promise<TLSSocket> {
  const socket = tlsConnect({ port: 443, host: address, servername: name, ca })
  socket.write(
    [
      'GET /cable HTTP/1.1',
      `Host: ${name}`,
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Protocol: actioncable-v1-json',
      '\r\n',
    ].join('\r\n'),
  )
  const [head] = (await once(socket, 'data')) as [Buffer]
  const end = head.indexOf('\r\n\r\n')
  if (!head.toString('latin1').startsWith('HTTP/1.1 101')) throw new Error(head.toString('latin1', 0, end))
  socket.unshift(head.subarray(end + 4))
  return socket
}

/** A request continues while this returns true. */
export type GoesOn = () => boolean

/** Sends a message in a room of its own every half second, and receives all of them. */
export async function cable(site: Site, room: string, goesOn: GoesOn): Promise<Lasted> {
  const socket = await upgraded(site)
  const identifier = JSON.stringify({ channel: 'RoomChannel', room })
  const heard: number[] = []
  let rest: Buffer = Buffer.alloc(0)
  let confirmed = false
  let wrong: string | undefined
  socket.on('error', (error) => (wrong ??= error.message)).on('close', () => (wrong ??= 'closed'))
  socket.on('data', (bytes: Buffer) => {
    const got = texts(Buffer.concat([rest, bytes]))
    rest = got.rest
    for (const { type, message } of got.all.map((text) => JSON.parse(text))) {
      if (type === 'confirm_subscription') confirmed = true
      if (typeof message?.n === 'number') heard.push(message.n)
    }
  })
  const say = (command: string, data = {}): boolean =>
    socket.write(frame(JSON.stringify({ command, identifier, ...data })))
  say('subscribe')
  const began = performance.now()
  while (!confirmed && wrong === undefined && secondsSince(began) < PATIENCE) await sleep(50)
  if (!confirmed) wrong ??= 'the subscription was not confirmed'
  let said = 0
  for (; wrong === undefined && goesOn(); await sleep(500))
    say('message', { data: JSON.stringify({ action: 'say', n: said++ }) })
  const lasted = secondsSince(began)
  await until('all is heard', () => wrong !== undefined || heard.length >= said, 50).catch(() => undefined)
  // messages sent at once may arrive in another order: several Rails threads forward them
  if (new Set(heard).size !== said || heard.length !== said) wrong ??= `heard ${heard.length} of ${said}`
  const ended = wrong
  socket.destroy()
  return { seconds: lasted, pieces: heard.length, ...(ended === undefined ? {} : { wrong: ended }) }
}

function asked({ address, name, ca }: Site, method: string, path: string) {
  const sent = request({ host: address, port: 443, method, path, servername: name, ca, agent: false })
  sent.setHeader('Host', name)
  const got = { status: 0, body: '' }
  const ended = new Promise<string | undefined>((resolve) => {
    sent
      .on('error', (error) => resolve(error.message))
      .on('response', (response) => {
        got.status = response.statusCode ?? 0
        response.setEncoding('utf8').on('data', (text: string) => {
          got.body += text
        })
        response.on('error', (error) => resolve(error.message)).on('end', () => resolve(undefined))
      })
  })
  return { sent, got, ended }
}

/** Reads a stream of two numbered lines per second, until it has enough. */
export async function stream(site: Site, goesOn: GoesOn): Promise<Lasted> {
  const began = performance.now()
  const { sent, got, ended } = asked(site, 'GET', '/stream?s=3600')
  sent.end()
  let wrong: string | undefined
  void ended.then((why) => {
    wrong ??= why ?? 'it ended'
  })
  while (wrong === undefined && goesOn()) await sleep(500)
  const seconds = secondsSince(began)
  const lines = got.body.split('\n').slice(0, -1)
  const gaps = got.status !== 200 || lines.some((line, n) => Number(line) !== n) || lines.length < seconds
  const why = wrong ?? (gaps ? `${got.status}, ${lines.length} lines` : undefined)
  sent.destroy()
  return { seconds, pieces: lines.length, ...(why === undefined ? {} : { wrong: why }) }
}

const PIECE = Buffer.alloc(50_000, 'x')

/** Sends 100 kB per second, and checks how much has arrived. */
export async function upload(site: Site, goesOn: GoesOn): Promise<Lasted> {
  const began = performance.now()
  const { sent, got, ended } = asked(site, 'POST', '/upload')
  sent.setHeader('Content-Type', 'application/octet-stream')
  let pieces = 0
  let over = false
  void ended.then(() => {
    over = true
  })
  for (; !over && goesOn(); await sleep(500)) {
    sent.write(PIECE)
    pieces++
  }
  sent.end()
  const why = await ended
  const whole = got.status === 200 && Number(got.body) === pieces * PIECE.length
  return {
    seconds: secondsSince(began),
    pieces,
    ...(whole ? {} : { wrong: why ?? `${got.status}: ${got.body.trim()}` }),
  }
}
