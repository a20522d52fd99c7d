import { EventEmitter } from 'node:events'
import type { ServerResponse } from 'node:http'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Streams } from './streams.ts'

const test = suite('marathon stand-in: event stream of a slow client')

/** A client that takes what is written when it is told to. */
class Client extends EventEmitter {
  readonly got: string[] = []
  readonly #waiting: (() => void)[] = []

  write(text: string, taken: () => void): void {
    this.got.push(/^event: (.*)\r/.exec(text)?.[1] ?? text)
    this.#waiting.push(taken)
  }

  take(): void {
    for (const taken of this.#waiting.splice(0)) taken()
  }

  removeHeader(): void {}
  writeHead(): void {}
  flushHeaders(): void {}
}

const event = (eventType: string) => ({ eventType, timestamp: '2026-01-01T00:00:00.000Z' })

test('events beyond what may wait are dropped, and come again once it has caught up', () => {
  const streams = new Streams(3)
  const [slow, fast] = [new Client(), new Client()]
  streams.attach(slow as unknown as ServerResponse, 'slow', [])
  streams.attach(fast as unknown as ServerResponse, 'fast', ['a', 'b', 'c', 'd'])
  for (const name of ['a', 'b', 'c']) {
    streams.send(event(name))
    fast.take()
  }
  assert.equal(slow.got, ['event_stream_attached', 'event_stream_attached', 'a'])
  slow.take()
  streams.send(event('d'))
  assert.equal(slow.got.slice(3), ['d'])
  assert.equal(fast.got, ['a', 'b', 'c', 'd'])
  fast.emit('close')
  assert.equal(slow.got.slice(4), ['event_stream_detached'])
  slow.emit('close')
})

test.run()
