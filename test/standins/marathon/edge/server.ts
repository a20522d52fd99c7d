import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Options } from '../flags/options.ts'
import { send, sendEmpty } from './answers.ts'
import { allowed } from './auth.ts'
import type { Election } from './election.ts'
import { Forwarder } from './forwarder.ts'
import { sendPage, setHeaders } from './headers.ts'
import { type Office, serve } from './serve.ts'

/** How long a request waits for somebody to lead, and how often it looks. */
const WAIT = { times: 11, milliseconds: 250 }

/** The web server of a process: the leader answers, a standby hands on. */
export class Web {
  readonly #options: Options
  readonly #election: Election
  readonly #office: () => Office | undefined
  readonly #forwarder: Forwarder
  readonly #server: Server

  /** @param office what this process leads with, once it leads and is ready. */
  constructor(options: Options, me: string, election: Election, office: () => Office | undefined) {
    this.#options = options
    this.#election = election
    this.#office = office
    this.#forwarder = new Forwarder(me, options.proxyTimeouts)
    this.#server = createServer(
      (request, response) => void this.#take(request, response).catch(() => response.destroy()),
    )
    this.#server.keepAliveTimeout = 30_000
  }

  /** @throws Error where the port is taken */
  listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.on('error', reject)
      this.#server.listen(this.#options.httpPort, this.#options.httpAddress, resolve)
    })
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!allowed(request, this.#options.credentials)) {
      response.setHeader('WWW-Authenticate', 'basic realm="null"')
      sendPage(response, 401, 'Unauthorized', (request.url ?? '/').split('?')[0] as string, request.headers.accept)
      return
    }
    const office = this.#office()
    if (office && (this.#election.leads || office.resigning)) await serve(office, request, response)
    else if (this.#election.leads) sendEmpty(response, 500)
    else await this.#handOn(request, response)
  }

  async #handOn(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (let i = 0; i < WAIT.times && this.#election.leader === undefined; i++)
      await new Promise((r) => setTimeout(r, WAIT.milliseconds))
    const { leader } = this.#election
    if (leader === undefined) send(response, { status: 502, text: 'Could not determine the current leader' })
    else if (/^\/v2\/events(\?|$)/.test(request.url ?? '')) {
      setHeaders(response, leader)
      send(response, { status: 302, headers: { Location: `http://${leader}${request.url}` } })
    } else this.#forwarder.forward(request, response, leader)
  }
}
