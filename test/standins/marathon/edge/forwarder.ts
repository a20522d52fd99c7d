import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'

const NOT_FORWARDED = ['connection', 'keep-alive', 'transfer-encoding', 'expires', 'date']

/** Hands requests on to the leader, and its answers back, as a standby does. */
export class Forwarder {
  readonly #me: string
  readonly #timeouts: { readonly connect: number; readonly read: number }
  /** The leader has answered since it last did not. */
  #reached = true

  constructor(me: string, timeouts: { readonly connect: number; readonly read: number }) {
    this.#me = me
    this.#timeouts = timeouts
  }

  forward(request: IncomingMessage, response: ServerResponse, leader: string): void {
    const via = `1.1 ${this.#me}`
    if (String(request.headers['x-marathon-via'] ?? '').includes(via)) {
      this.#fail(response, 502)
      return
    }
    const headers = { ...request.headers, host: leader, 'x-marathon-via': via, connection: 'close' }
    const [host, port] = leader.split(':') as [string, string]
    const sent = httpRequest(
      { host, port, method: request.method, path: request.url, headers, agent: false },
      (answer) => {
        this.#reached = true
        for (const [name, value] of Object.entries(answer.headers))
          if (!NOT_FORWARDED.includes(name) && value !== undefined) response.setHeader(name, value)
        response.setHeader('Expires', 'Wed, 01 Jan 1800 00:00:00 GMT')
        response.setHeader('X-Marathon-Via', via)
        response.writeHead(answer.statusCode as number, answer.statusMessage)
        answer.pipe(response)
        answer.on('error', () => response.destroy())
      },
    )
    sent.setTimeout(this.#timeouts.connect + this.#timeouts.read, () => sent.destroy(new Error('time-out')))
    // The first request that the leader does not answer is 502, those after it 500, all without a body.
    sent.on('error', () => {
      const status = this.#reached ? 502 : 500
      this.#reached = false
      if (response.headersSent) response.destroy()
      else this.#fail(response, status)
    })
    request.pipe(sent)
  }

  #fail(response: ServerResponse, status: number): void {
    response.writeHead(status, { 'Content-Length': 0 })
    response.end()
  }
}
