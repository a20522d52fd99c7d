import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { TAG } from '../../../src/cloud/provider.ts'
import type { Machines } from './machines.ts'
import { type Settings, Targets } from './targets.ts'

/** What goes wrong with an order, once. `lost`: the order is carried out, but its answer is lost. */
export type Trouble = 'throttled' | 'lost' | 'full'

const CODES: Readonly<Record<Exclude<Trouble, 'lost'>, readonly [status: number, code: string]>> = {
  throttled: [503, 'RequestLimitExceeded'],
  full: [500, 'InsufficientInstanceCapacity'],
}

type Answer = readonly [status: number, body: string]

const refusal = (code: string): string =>
  `<Response><Errors><Error><Code>${code}</Code><Message>${code}</Message></Error></Errors></Response>`

/** The values of a list in a request: `InstanceId.1`, `InstanceId.2`. */
const listed = (words: URLSearchParams, name: string): readonly string[] =>
  [...words].flatMap(([key, value]) => (key.startsWith(`${name}.`) ? [value] : []))

/** The value of a tag in an order. */
function tagOf(words: URLSearchParams, tag: string): string {
  const [key = ''] =
    [...words].find(([name, value]) => /^TagSpecification\.1\.Tag\.\d+\.Key$/.test(name) && value === tag) ?? []
  return words.get(key.replace(/Key$/, 'Value')) ?? ''
}

/** Replaces moto's instance states, which change at once, by the hosts' real ones. */
const restated = (xml: string, { stateOf }: Pick<Machines, 'stateOf'>): string =>
  xml.replace(
    /<instanceId>(i-[0-9a-f]+)<\/instanceId>((?:(?!<instanceId>).)*?<name>)(?:running|stopped|terminated)(<\/name>)/gs,
    (whole, id: string, before: string, after: string) => {
      const state = stateOf(id)
      return state === undefined ? whole : `<instanceId>${id}</instanceId>${before}${state}${after}`
    },
  )

/**
 * EC2 and its target groups with real hosts: moto, with a proxy in front that does what moto does not. An order that is
 * sent twice makes one instance; an instance has a host and its state; targets are checked and drained.
 */
export class LiveEc2 {
  readonly #moto: string
  readonly #machines: Machines
  readonly #server = createServer((request, response) => void this.#serve(request, response))
  readonly #orders = new Map<string, { readonly order: string; readonly answer: string }>()
  readonly #groups = new Map<string, Targets>()
  /** What goes wrong with the next orders, one after the other. */
  troubles: Trouble[] = []
  /** Hosts for which no zone has room. */
  readonly crowded = new Set<string>()
  /** The number of requests by action. */
  readonly asked = new Map<string, number>()

  constructor(moto: string, machines: Machines) {
    this.#moto = moto
    this.#machines = machines
  }

  async open(): Promise<string> {
    await new Promise<void>((resolve) => void this.#server.listen(0, '127.0.0.1', resolve))
    this.#server.unref()
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
    for (const targets of this.#groups.values()) targets.close()
  }

  /** The targets of a group, whose health is from now on that of the hosts. */
  group(arn: string, settings: Settings): Targets {
    const targets = new Targets(settings, (id) => this.#machines.addressOf(id))
    this.#groups.set(arn, targets)
    return targets
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const [status, body] = await this.#answer(request, await text(request))
      if (status === 0) response.destroy()
      else response.writeHead(status, { 'content-type': 'text/xml' }).end(body)
    } catch (error) {
      response.writeHead(500).end(String(error))
    }
  }

  async #answer(request: IncomingMessage, body: string): Promise<Answer> {
    const words = new URLSearchParams(body)
    const action = words.get('Action') ?? ''
    this.asked.set(action, (this.asked.get(action) ?? 0) + 1)
    if (action === 'RunInstances' && words.get('DryRun') !== 'true') return this.#run(request, body, words)
    const targets = this.#groups.get(words.get('TargetGroupArn') ?? '')
    if (action === 'DescribeTargetHealth' && targets) return [200, targets.describe()]
    const [status, answer] = await this.#forward(request, body)
    if (status !== 200 || words.get('DryRun') === 'true') return [status, answer]
    this.#follow(action, words, targets)
    return [status, restated(answer, { stateOf: (id) => this.#machines.stateOf(id) })]
  }

  /** Applies moto's changes to hosts and targets, too. */
  #follow(action: string, words: URLSearchParams, targets: Targets | undefined): void {
    const ids = listed(words, 'InstanceId')
    if (action === 'StopInstances') this.#machines.stop(ids)
    if (action === 'StartInstances') this.#machines.start(ids)
    if (action === 'TerminateInstances') this.#machines.end(ids)
    const members = [...words].flatMap(([key, value]) => (/^Targets\.member\.\d+\.Id$/.test(key) ? [value] : []))
    for (const id of members) {
      if (action === 'RegisterTargets') targets?.register(id)
      if (action === 'DeregisterTargets') targets?.deregister(id)
    }
  }

  /** An order: makes one instance per token, and a host for it. */
  async #run(request: IncomingMessage, body: string, words: URLSearchParams): Promise<Answer> {
    const host = tagOf(words, TAG.host)
    const trouble = this.crowded.has(host) ? 'full' : this.troubles.shift()
    if (trouble === 'throttled' || trouble === 'full') return [CODES[trouble][0], refusal(CODES[trouble][1])]
    const token = words.get('ClientToken') ?? ''
    const known = this.#orders.get(token)
    if (known) return known.order === body ? [200, known.answer] : [400, refusal('IdempotentParameterMismatch')]
    const [status, answer] = await this.#forward(request, body)
    if (status !== 200) return [status, answer]
    this.#orders.set(token, { order: body, answer })
    this.#machines.launch({
      id: /<instanceId>([^<]+)/.exec(answer)?.[1] ?? '',
      address: /<privateIpAddress>([^<]+)/.exec(answer)?.[1] ?? '',
      host,
      userData: Buffer.from(words.get('UserData') ?? '', 'base64').toString(),
    })
    return [trouble === 'lost' ? 0 : 200, restated(answer, { stateOf: (id) => this.#machines.stateOf(id) })]
  }

  async #forward({ url, headers }: IncomingMessage, body: string): Promise<Answer> {
    const { authorization = '', 'content-type': type = '' } = headers
    const answer = await fetch(`${this.#moto}${url}`, {
      method: 'POST',
      headers: { authorization, 'content-type': type },
      body,
    })
    return [answer.status, await answer.text()]
  }
}
