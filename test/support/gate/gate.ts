import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { makeHostKey } from '../../../src/cloud/launch/host-key.ts'

/** What goes wrong with a request, once. `lost`: it is done, and nobody hears of it. */
export type Trouble = 'throttled' | 'lost' | 'full'

/** A host behind an instance. */
interface Machine {
  readonly id: string
  /** The host key that it shows. */
  key: string
  /** The one that it has made and does not show yet. */
  next?: string
}

const CODES: Readonly<Record<Exclude<Trouble, 'lost'>, readonly [status: number, code: string]>> = {
  throttled: [503, 'RequestLimitExceeded'],
  full: [500, 'InsufficientInstanceCapacity'],
}

const refusal = (code: string): string =>
  `<Response><Errors><Error><Code>${code}</Code><Message>${code}</Message></Error></Errors></Response>`

/**
 * Stands in front of moto and does what EC2 does and moto does not: an order that is sent twice makes one instance, and
 * there are hosts behind instances. It can be told to kill whoever asks, and to let requests go wrong.
 */
export class Gate {
  readonly #moto: string
  readonly #server = createServer((request, response) => void this.#serve(request, response))
  /** By their private addresses. */
  readonly machines = new Map<string, Machine>()
  readonly #orders = new Map<string, { readonly order: string; readonly answer: string; readonly id: string }>()
  readonly #ended = new Set<string>()
  /** Requests and scripts on hosts so far. */
  calls = 0
  /** The call at which `kill` is called, and whether what it asks for is done. */
  killAt: { readonly call: number; readonly done: boolean } | undefined
  kill: () => void = () => {}
  /** What goes wrong with the next orders, in that order. */
  troubles: Trouble[] = []

  constructor(moto: string) {
    this.#moto = moto
  }

  async open(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks).toString()
    const dies = ++this.calls === this.killAt?.call
    if (dies && !this.killAt?.done) return this.#die(response)
    const [status, answer] = request.url === '/host' ? this.#onHost(JSON.parse(body)) : await this.#ask(request, body)
    if (dies || status === 0) return this.#die(response, dies)
    response.writeHead(status, { 'content-type': 'text/xml' }).end(answer)
  }

  #die(response: ServerResponse, kills = true): void {
    if (kills) this.kill()
    response.destroy()
  }

  /** What a host says to a login (no script), or to a script. */
  #onHost({ address, key, script }: Readonly<Record<string, string>>): readonly [number, string] {
    const machine = this.machines.get(address ?? '')
    if (!machine) return [404, 'no answer']
    if (script === undefined) return key === machine.key ? [200, ''] : [403, 'another key']
    if (/^booted \d+$/m.test(script)) return [200, 'booted\n']
    if (/\nnew_key$/.test(script)) {
      machine.next = makeHostKey().publicKey
      return [200, `${machine.next}\n`]
    }
    machine.key = machine.next ?? machine.key
    return [200, '']
  }

  async #ask(request: IncomingMessage, body: string): Promise<readonly [number, string]> {
    const words = new URLSearchParams(body)
    const action = words.get('Action')
    const token = words.get('ClientToken') ?? ''
    const orders = action === 'RunInstances' && words.get('DryRun') !== 'true'
    const trouble = orders ? this.troubles.shift() : undefined
    if (trouble === 'throttled' || trouble === 'full') return [CODES[trouble][0], refusal(CODES[trouble][1])]
    const known = orders ? this.#orders.get(token) : undefined
    if (known) return this.#again(known, body)
    const answer = await fetch(`${this.#moto}${request.url}`, {
      method: 'POST',
      headers: {
        'content-type': request.headers['content-type'] ?? '',
        authorization: request.headers.authorization ?? '',
      },
      body,
    })
    const text = await answer.text()
    if (answer.ok && orders) this.#made(token, body, text, words)
    if (answer.ok && action === 'TerminateInstances') this.#gone(words)
    return [trouble === 'lost' ? 0 : answer.status, text]
  }

  #again(
    { order, answer, id }: { order: string; answer: string; id: string },
    body: string,
  ): readonly [number, string] {
    if (this.#ended.has(id)) return [400, refusal('IdempotentInstanceTerminated')]
    return order === body ? [200, answer] : [400, refusal('IdempotentParameterMismatch')]
  }

  #made(token: string, order: string, answer: string, words: URLSearchParams): void {
    const id = /<instanceId>([^<]+)/.exec(answer)?.[1] ?? ''
    const address = /<privateIpAddress>([^<]+)/.exec(answer)?.[1] ?? ''
    const data = Buffer.from(words.get('UserData') ?? '', 'base64').toString()
    const key = /"ed25519_public":"(ssh-ed25519 [^"\\]+)/.exec(data)?.[1] ?? ''
    this.machines.set(address, { id, key })
    this.#orders.set(token, { order, answer, id })
  }

  #gone(words: URLSearchParams): void {
    const id = words.get('InstanceId.1') ?? ''
    this.#ended.add(id)
    for (const [address, machine] of this.machines) if (machine.id === id) this.machines.delete(address)
  }
}
