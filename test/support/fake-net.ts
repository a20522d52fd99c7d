import { TransportError } from '../../src/index.ts'
import type { Net } from '../../src/model/health.ts'
import { type Asked, httpPeer, type Said } from './http-peer.ts'

/** What listens where: `10.0.0.11:5050` and its answer to each request (no answer: 404). */
export type Peers = Readonly<Record<string, (asked: Asked) => Said>>

/** A network where some peers listen and all others refuse; `read` answers the scripts that a host is asked to run. */
export const fakeNet = (peers: Peers, read: (script: string) => string = () => ''): Net => ({
  read: async (script) => read(script.text),
  async dial(address, port) {
    const peer = peers[`${address}:${port}`]
    if (peer === undefined) throw new TransportError('refused', `${address}:${port} refused the connection`)
    return httpPeer(peer)()
  },
})

/** A peer that answers paths: with a body (JSON or text), or a status and a body. */
export const paths =
  (answers: Readonly<Record<string, Said | string | ((asked: Asked) => Said)>>): ((asked: Asked) => Said) =>
  (asked) => {
    const found = answers[asked.path] ?? answers[`${asked.method} ${asked.path}`]
    if (typeof found === 'string') return { body: found }
    return typeof found === 'function' ? found(asked) : (found ?? { status: 404, body: 'not found' })
  }
