import type { Sandbox } from '../../../src/sandbox/index.ts'

/** What goes wrong with the hosts of future instances, one each. */
export type Fault = 'never boots' | 'another host answers' | 'cloud-init fails'

/** An ordered instance. */
export interface Ordered {
  readonly id: string
  readonly address: string
  /** The host in its tags. */
  readonly host: string
  readonly userData: string
}

/** The settings of a sandbox host, besides its name, address and seed. */
export interface Kind {
  readonly layer: string
  readonly unified?: boolean
}

/** Another host at the address lacks the user data that was sent: cloud-init creates its own host keys. */
const FOREIGN = '#cloud-config\n{"ssh_deletekeys": true}\n'

/** User data with a failing script at the end. */
const failing = (userData: string): string => {
  const [head = '', ...body] = userData.split('\n')
  return `${head}\n${JSON.stringify({ ...JSON.parse(body.join('\n')), runcmd: ['echo no such disk >&2; exit 3'] })}\n`
}

/** What cloud-init finds on an instance's disk. */
function seed({ id, host, userData }: Ordered, fault: Fault | undefined): Readonly<Record<string, string>> {
  const data = { 'another host answers': FOREIGN, 'cloud-init fails': failing(userData), 'never boots': userData }
  return {
    'var/lib/cloud/seed/nocloud/meta-data': `instance-id: ${id}\nlocal-hostname: ${host}\n`,
    'var/lib/cloud/seed/nocloud/user-data': fault === undefined ? userData : data[fault],
  }
}

/**
 * Sandbox hosts behind instances: each boots at its instance's private address, with the user data that was sent, for a
 * real cloud-init. Orders that arrive while others boot are handled together afterwards.
 */
export class Machines {
  readonly #box: Sandbox
  readonly #kind: (ordered: Ordered) => Kind
  readonly #known = new Map<string, Ordered>()
  /** Each instance's transitional state, in EC2's terms. */
  readonly #busy = new Map<string, string>()
  #work: Promise<unknown> = Promise.resolve()
  #orders: { readonly ordered: Ordered; readonly fault: Fault | undefined }[] = []
  /** What goes wrong with the next instances, by host. */
  readonly faults = new Map<string, Fault>()
  /** Errors of the stand-in itself. */
  readonly wrong: unknown[] = []

  constructor(box: Sandbox, kind: (ordered: Ordered) => Kind) {
    this.#box = box
    this.#kind = kind
  }

  /** The address of an instance; undefined if it does not exist. */
  addressOf(id: string): string | undefined {
    return this.#known.get(id)?.address
  }

  /** EC2's transitional state for an instance. */
  stateOf(id: string): string | undefined {
    return this.#busy.get(id)
  }

  /** Resolves when no instance is in transition. */
  async idle(): Promise<void> {
    for (let work: unknown; work !== this.#work; ) {
      work = this.#work
      await work
    }
  }

  launch(ordered: Ordered): void {
    this.#known.set(ordered.id, ordered)
    this.#orders.push({ ordered, fault: this.faults.get(ordered.host) })
    this.faults.delete(ordered.host)
    this.#then([ordered.id], 'pending', () => this.#boot())
  }

  stop(ids: readonly string[]): void {
    this.#then(ids, 'stopping', () => this.#each(ids, (id) => this.#box.stop(id)))
  }

  start(ids: readonly string[]): void {
    this.#then(ids, 'pending', () => this.#each(ids, (id) => this.#box.boot(id)))
  }

  end(ids: readonly string[]): void {
    this.#then(ids, 'shutting-down', async () => {
      await this.#each(ids, (id) => this.#box.remove(id))
      for (const id of ids) this.#known.delete(id)
    })
  }

  /** Applies an action to the instances' hosts, if they exist. */
  async #each(ids: readonly string[], work: (id: string) => Promise<void>): Promise<void> {
    const there = this.#box.hosts().map(({ name }) => name)
    for (const id of ids) if (there.includes(id)) await work(id)
  }

  /** Boots all instances ordered so far. One that never boots only takes its address. */
  async #boot(): Promise<void> {
    const orders = this.#orders.filter(({ fault }) => fault !== 'never boots')
    this.#orders = []
    if (orders.length === 0) return
    await this.#box.up(
      orders.map(({ ordered, fault }) => ({
        ...this.#kind(ordered),
        name: ordered.id,
        address: ordered.address,
        files: seed(ordered, fault),
      })),
    )
  }

  #then(ids: readonly string[], state: string, work: () => Promise<unknown>): void {
    for (const id of ids) this.#busy.set(id, state)
    this.#work = this.#work
      .then(work)
      .catch((error: unknown) => this.wrong.push(error))
      .finally(() => {
        for (const id of ids) if (this.#busy.get(id) === state) this.#busy.delete(id)
      })
  }
}
