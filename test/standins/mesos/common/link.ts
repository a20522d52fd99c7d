import { EventEmitter } from 'node:events'
import { request } from 'node:http'
import type { Duplex } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'

/**
 * A connection that carries messages both ways, one JSON a line: how stand-ins talk to one another, in place of
 * libprocess.
 */
export class Link<In, Out> extends EventEmitter<{ message: [In]; close: [] }> {
  readonly #socket: Duplex
  #rest = ''

  constructor(socket: Duplex) {
    super()
    this.#socket = socket
    const decoder = new StringDecoder('utf8') // a server's sockets take no setEncoding
    socket.on('data', (chunk: Buffer) => {
      const lines = (this.#rest + decoder.write(chunk)).split('\n')
      this.#rest = lines.pop() as string
      for (const line of lines) this.emit('message', JSON.parse(line) as In)
    })
    socket.on('error', () => undefined) // 'close' follows
    socket.on('end', () => socket.destroy())
    socket.on('close', () => this.emit('close'))
  }

  send(message: Out): void {
    if (!this.#socket.destroyed) this.#socket.write(`${JSON.stringify(message)}\n`)
  }

  /** Sends what is still to be sent, then ends. */
  end(): void {
    this.#socket.end()
  }

  destroy(): void {
    this.#socket.destroy()
  }
}

/** Takes over a connection that asked for it. */
export function accept<In, Out>(socket: Duplex): Link<In, Out> {
  socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: mesos-stand-in\r\n\r\n')
  return new Link(socket)
}

/** Opens a link. @throws Error where nobody takes it within three seconds */
export function dial<In, Out>(host: string, port: number, path: string): Promise<Link<In, Out>> {
  return new Promise((resolve, reject) => {
    const asked = request({
      host,
      port,
      path,
      headers: { Connection: 'Upgrade', Upgrade: 'mesos-stand-in' },
      timeout: 3000,
    })
    asked.on('timeout', () => asked.destroy(new Error('no answer')))
    asked.on('error', reject)
    asked.on('response', (response) => asked.destroy(new Error(`answered ${response.statusCode}`)))
    asked.on('upgrade', (_, socket) => {
      socket.setTimeout(0)
      resolve(new Link(socket))
    })
    asked.end()
  })
}
