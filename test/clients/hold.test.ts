import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Held, hold } from '../../src/clients/hold.ts'

const test = suite('clients/hold')

/** Connects to a server on this machine that does this with a connection, and asks what became of it. */
async function heldBy(does: (socket: Socket) => void): Promise<Held> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    does(socket)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const dial = async (): Promise<Duplex> => {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
    await once(socket, 'connect')
    return socket
  }
  try {
    return await hold(dial)
  } finally {
    server.close()
  }
}

for (const [what, does, is] of [
  ['that waits for its client', () => undefined, 'held'],
  ['that speaks first', (socket) => socket.write('220 mail ESMTP\r\n'), 'held'],
  ['that says one thing and is done', (socket) => socket.end('12:00\n'), 'held'],
  ['with nobody behind it', (socket) => socket.end(), 'closed'],
  ['that resets', (socket) => setTimeout(() => socket.resetAndDestroy(), 50), 'closed'],
] as const satisfies readonly (readonly [string, (socket: Socket) => unknown, Held])[])
  test(`a server ${what}: ${is}`, async () => assert.is(await heldBy(does), is))

test('nobody listens, and a host that is not there', async () => {
  const fails = (failure: string) => () => Promise.reject(Object.assign(new Error('no'), { failure }))
  assert.is(await hold(fails('refused')), 'refused')
  let said = ''
  await hold(fails('lost')).catch((error: Error) => {
    said = error.message
  })
  assert.is(said, 'no')
})

test.run()
