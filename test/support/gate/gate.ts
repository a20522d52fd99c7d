import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { makeHostKey } from '../../../src/cloud/launch/host-key.ts'

/** What goes wrong with a request, once. `lost`: the request is carried out, but its answer is lost. */
export type Trouble = 'throttled' | 'lost' | 'full'

/** The host of an instance. */
interface Machine {
  readonly id: string
  /** Its current host key. */
  key: string
  /** The key that it has created but does not use yet. */
  next?: string
}

const CODES: Readonly<Record<Exclude<Trouble, 'lost'>, readonly [status: number, code: string]>> = {
  throttled: [503, 'RequestLimitExceeded'],
  full: [500, 'InsufficientInstanceCapacity'],
}

const refusal = (code: string): string =>
  `<Response><Errors><Error><Code>${code}</Code><Message>${code}</Message></Error></Errors></Response>`

/**
 * A proxy in front of moto that does what EC2 does and moto does not: an order that is sent twice makes one instance,
 * and instances have hosts. It can kill its caller, and make requests fail.
 */
export class Gate {
  readonly #moto: string
  readonly #server = createServer((request, response) => void this.#serve(request, response))
  /** By private address. */
  readonly machines = new Map<string, Machine>()
  readonly #orders = new Map<string, { readonly order: string; readonly answer: string; readonly id: string }>()
  readonly #ended = new Set<string>()
  /** Requests and scripts on hosts so far. */
  calls = 0
  /** The call at which to call `kill`, and whether the request is carried out before. */
  killAt: { readonly call: number; readonly done: boolean } | undefined
  kill: () => void = () => {}
  /** What goes wrong with the next orders, one after the other. */
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

  /** A host's answer to a login (no script), or to a script. */
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
