import { TransportError } from '../../src/index.ts'
import type { Net } from '../../src/model/health.ts'
import { type Asked, httpPeer, type Said } from './http-peer.ts'

/** Who listens where: `10.0.0.11:5050` and what it answers to each question (nothing: 404). */
export type Peers = Readonly<Record<string, (asked: Asked) => Said>>

/** A network where some listen and all others refuse; what a host is asked to read it answers with `read`. */
export const fakeNet = (peers: Peers, read: (script: string) => string = () => ''): Net => ({
  read: async (script) => read(script.text),
  async dial(address, port) {
    const peer = peers[`${address}:${port}`]
    if (peer === undefined) throw new TransportError('refused', `${address}:${port} refused the connection`)
    return httpPeer(peer)()
  },
})

/** A peer that answers paths: a body (JSON or text), or a status with it. */
export const paths =
  (answers: Readonly<Record<string, Said | string | ((asked: Asked) => Said)>>): ((asked: Asked) => Said) =>
  (asked) => {
    const found = answers[asked.path] ?? answers[`${asked.method} ${asked.path}`]
    if (typeof found === 'string') return { body: found }
    return typeof found === 'function' ? found(asked) : (found ?? { status: 404, body: 'not found' })
  }
