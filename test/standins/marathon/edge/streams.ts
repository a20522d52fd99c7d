import type { ServerResponse } from 'node:http'
import type { Event } from '../core/effect.ts'
import { iso } from '../core/time.ts'
import { log } from './log.ts'

/** An empty line each ten seconds from the attach on; there is no other sign of life. */
const KEEP_ALIVE = 10_000

interface Stream {
  readonly client: string
  readonly types: ReadonlySet<string>
  readonly response: ServerResponse
  /** Events that the client has not yet taken. */
  outstanding: number
}

/** The event streams of a leader. */
export class Streams {
  readonly #streams = new Set<Stream>()
  readonly #most: number

  /** @param most events that wait for a slow client; more are dropped. */
  constructor(most: number) {
    this.#most = most
  }

  /** Attaches a client; everybody hears of it, itself first of all. */
  attach(response: ServerResponse, client: string, types: readonly string[]): void {
    response.removeHeader('Transfer-Encoding') // as HTTP/1.0 did it: the body ends with the connection, without chunks
    response.writeHead(200, { 'Content-Type': 'text/event-stream;charset=utf-8', Connection: 'close' })
    response.flushHeaders()
    const stream: Stream = { client, types: new Set(types), response, outstanding: 0 }
    const beat = setInterval(() => response.write('\r\n'), KEEP_ALIVE)
    this.#streams.add(stream)
    this.#tell('event_stream_attached', client)
    response.on('close', () => {
      clearInterval(beat)
      this.#streams.delete(stream)
      this.#tell('event_stream_detached', client)
    })
  }

  send(event: Event): void {
    for (const stream of this.#streams) this.#write(stream, event)
  }

  /** Ends all streams without a word. */
  end(): void {
    for (const { response } of this.#streams) response.end()
  }

  #tell(eventType: string, remoteAddress: string): void {
    this.send({ remoteAddress, eventType, timestamp: iso(Date.now()) })
  }

  #write(stream: Stream, event: Event): void {
    if (stream.types.size > 0 && !stream.types.has(event.eventType)) return
    if (stream.outstanding >= this.#most) {
      log(`WARN  Ignore event ${event.eventType} for stream ${stream.client}. Slow consumer?`)
      return
    }
    stream.outstanding++
    stream.response.write(
      `event: ${event.eventType}\r\ndata: ${JSON.stringify(event)}\r\n\r\n`,
      () => stream.outstanding--,
    )
  }
}
