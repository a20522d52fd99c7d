import { type IncomingMessage, request } from 'node:http'
import type { Call, Offer, TaskStatus } from '../core/mesos.ts'
import type { Options } from '../flags/options.ts'
import { log } from './log.ts'
import { RecordIo } from './recordio.ts'

/** What a master says that matters here. */
export interface Heard {
  subscribed(frameworkId: string): void
  offers(offers: readonly Offer[]): void
  status(status: TaskStatus): void
  /** The stream has ended; it is tried again. */
  lost(): void
  /** The master refuses the framework for good. */
  error(message: string): void
}

interface SchedulerEvent {
  readonly type: string
  readonly subscribed?: {
    readonly framework_id: { readonly value: string }
    readonly heartbeat_interval_seconds?: number
  }
  readonly offers?: { readonly offers: readonly Offer[] }
  readonly update?: { readonly status: TaskStatus }
  readonly error?: { readonly message: string }
}

const RETRY = 1000

/** A scheduler at one master's v1 API: one stream of events, and calls beside it. */
export class Driver {
  readonly #framework: Options['framework']
  readonly #hostname: string
  readonly #heard: Heard
  #url: string
  #frameworkId: string | undefined
  #stream: { readonly id: string; readonly response: IncomingMessage } | undefined
  #closed = false

  constructor(url: string, frameworkId: string | undefined, { framework, hostname }: Options, heard: Heard) {
    this.#url = url
    this.#frameworkId = frameworkId
    this.#framework = framework
    this.#hostname = hostname
    this.#heard = heard
    this.#subscribe()
  }

  close(): void {
    this.#closed = true
    this.#stream?.response.destroy()
  }

  /** Sends a call, if there is a stream; without one it is lost, as with the real driver. */
  send(call: Call): void {
    if (!this.#stream) return
    const headers = { 'Mesos-Stream-Id': this.#stream.id }
    const body = { framework_id: { value: this.#frameworkId }, ...call }
    this.#post(body, headers, (response) => {
      response.resume()
      if (response.statusCode !== 202) log(`WARN  Mesos answered ${call.type} with ${response.statusCode}`)
    }).on('error', (error) => log(`WARN  Mesos did not take ${call.type}: ${error.message}`))
  }

  #post(body: object, headers: Record<string, string>, answered: (response: IncomingMessage) => void) {
    const { principal, secret } = this.#framework
    const basic =
      principal === undefined
        ? {}
        : { Authorization: `Basic ${Buffer.from(`${principal}:${secret ?? ''}`).toString('base64')}` }
    const all = { ...headers, ...basic, 'Content-Type': 'application/json', Accept: 'application/json' }
    const sent = request(`${this.#url}/api/v1/scheduler`, { method: 'POST', headers: all }, answered)
    sent.end(JSON.stringify(body))
    return sent
  }

  #info() {
    const { name, user, role, failoverTimeout, checkpoint, webuiUrl, taskKilling, principal } = this.#framework
    const capabilities = [
      'PARTITION_AWARE',
      'REGION_AWARE',
      'MULTI_ROLE',
      ...(taskKilling ? ['TASK_KILLING_STATE'] : []),
    ]
    return {
      ...(this.#frameworkId !== undefined && { id: { value: this.#frameworkId } }),
      name,
      user,
      roles: [role],
      failover_timeout: failoverTimeout,
      checkpoint,
      hostname: this.#hostname,
      webui_url: webuiUrl,
      capabilities: capabilities.map((type) => ({ type })),
      ...(principal !== undefined && { principal }),
    }
  }

  #subscribe(): void {
    if (this.#closed) return
    const id = this.#frameworkId === undefined ? {} : { framework_id: { value: this.#frameworkId } }
    const again = (): void => void setTimeout(() => this.#subscribe(), RETRY)
    this.#post({ type: 'SUBSCRIBE', ...id, subscribe: { framework_info: this.#info() } }, {}, (response) => {
      const { location } = response.headers
      if (response.statusCode === 307 && location) {
        this.#url = new URL(location, this.#url).origin
        response.resume()
        again()
      } else if (response.statusCode === 200) this.#read(response, again)
      else {
        response.resume()
        log(`WARN  Mesos refused the subscription with ${response.statusCode}`)
        again()
      }
    }).on('error', again)
  }

  #read(response: IncomingMessage, again: () => void): void {
    const records = new RecordIo()
    this.#stream = { id: String(response.headers['mesos-stream-id'] ?? ''), response }
    response.on('data', (chunk: Buffer) => {
      for (const record of records.push(chunk)) this.#event(JSON.parse(record) as SchedulerEvent)
    })
    response.on('error', () => undefined) // 'close' follows
    response.on('close', () => {
      this.#stream = undefined
      if (this.#closed) return
      this.#heard.lost()
      again()
    })
  }

  #event(event: SchedulerEvent): void {
    if (event.subscribed) {
      this.#frameworkId = event.subscribed.framework_id.value
      this.#heard.subscribed(this.#frameworkId)
    } else if (event.offers) this.#heard.offers(event.offers.offers)
    else if (event.update) this.#heard.status(event.update.status)
    else if (event.error) this.#heard.error(event.error.message)
  }
}
