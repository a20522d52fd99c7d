import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Events } from '../../contract/marathon/events.ts'
import { send } from '../../contract/send.ts'
import { withPlace } from '../../standins/marathon/sim/place.ts'
import { until } from '../../support/until.ts'

const test = suite('marathon stand-in: event stream')

/** The bytes of a stream as they come. */
const raw = (address: string, query: string) => {
  const [host, port] = address.split(':') as [string, string]
  const stream = { socket: connect(Number(port), host), bytes: '', closed: false }
  stream.socket.setEncoding('utf8').on('data', (chunk: string) => {
    stream.bytes += chunk
  })
  stream.socket.on('close', () => {
    stream.closed = true
  })
  stream.socket.write(`GET /v2/events${query} HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\n\r\n`)
  return stream
}

test('its bytes, and its end without a word', () =>
  withPlace(async ({ start }) => {
    const leader = await start()
    const stream = raw(leader.address, '?plan-format=light')
    await until('an event has come', () => /\r\n\r\nevent: .*\r\n\r\n$/s.test(stream.bytes))
    const [head, event] = stream.bytes.split('\r\n\r\n') as [string, string]
    assert.equal(
      head.split('\r\n').map((line) => line.replace(/^(Date|X-Marathon-Leader): .*/, '$1')),
      [
        'HTTP/1.1 200 OK',
        'X-Marathon-Leader',
        'X-Frame-Options: DENY',
        'X-XSS-Protection: 1; mode=block',
        'Cache-Control: no-cache, no-store, must-revalidate',
        'Pragma: no-cache',
        'Expires: 0',
        'Content-Type: text/event-stream;charset=utf-8',
        'Connection: close',
        'Date',
      ],
    )
    const data = /^event: event_stream_attached\r\ndata: (.*)$/.exec(event)?.[1] ?? ''
    assert.equal(
      data.replace(/[-\d]+T[\d:.]+Z/, 'NOW'),
      '{"remoteAddress":"127.0.0.1","eventType":"event_stream_attached","timestamp":"NOW"}',
    )
    const before = stream.bytes
    await send(leader.address, { method: 'DELETE', path: '/v2/leader' })
    await until('it has ended', () => stream.closed)
    assert.is(stream.bytes, before)
  }))

test('an empty line every ten seconds, and nothing else for who wants no event', () =>
  withPlace(async ({ start }) => {
    const began = performance.now()
    const stream = raw((await start()).address, '?event_type=none')
    const body = () => stream.bytes.split('\r\n\r\n').slice(1).join('\r\n\r\n')
    await until('something has come', () => body() !== '')
    assert.is(body(), '\r\n')
    assert.ok(performance.now() - began >= 10_000)
    assert.not.ok(stream.closed)
    stream.socket.destroy()
  }))

test('only for this very Accept', () =>
  withPlace(async ({ start }) => {
    const { address } = await start()
    const recorded = readFileSync(
      new URL('../../standins/recordings/marathon/05_event_stream_accept.tsv', import.meta.url),
      'utf8',
    )
    const others = recorded.trim().split('\n').slice(1)
    for (const line of others) {
      const [, accept, status] = /^Accept: (.*)\tHTTP\/1\.1 (\d+)/.exec(line) as unknown as [string, string, string]
      const got = await send(address, {
        method: 'GET',
        path: '/v2/events',
        ...(accept !== 'None' && { headers: { accept } }),
      })
      assert.is(got.status, Number(status), line)
    }
    assert.is(others.length, 6)
  }))

test('only the types that are asked for', () =>
  withPlace(async ({ start }) => {
    const { address } = await start()
    const all = new Events(address)
    const some = new Events(address, '?event_type=deployment_success&event_type=app_terminated_event')
    await until('both are attached', () => all.seen.length === 2)
    const body = JSON.stringify({ id: '/one', cmd: 'sleep 1000', cpus: 0.1, mem: 32 })
    await send(address, { method: 'POST', path: '/v2/apps', headers: { 'content-type': 'application/json' }, body })
    await until('it is deployed', () => some.seen.length > 0)
    await send(address, { method: 'DELETE', path: '/v2/apps/one' })
    await until('it has gone', () => some.seen.length > 2)
    assert.equal(
      some.seen.map(({ eventType }) => eventType),
      ['deployment_success', 'app_terminated_event', 'deployment_success'],
    )
    assert.ok(new Set(all.seen.map(({ eventType }) => eventType)).size > 6)
    all.close()
    some.close()
  }))

test.run()
