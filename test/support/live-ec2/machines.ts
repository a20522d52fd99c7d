import type { Sandbox } from '../../../src/sandbox/index.ts'

/** What goes wrong with the hosts of instances to come, one each. */
export type Fault = 'never boots' | 'another host answers' | 'cloud-init fails'

/** An instance that was ordered. */
export interface Ordered {
  readonly id: string
  readonly address: string
  /** The host of its tags. */
  readonly host: string
  readonly userData: string
}

/** What a sandbox host is made with, beside its name, address and seed. */
export interface Kind {
  readonly layer: string
  readonly unified?: boolean
}

/** Whoever took the address has nothing of what was sent: cloud-init makes it host keys of its own. */
const FOREIGN = '#cloud-config\n{"ssh_deletekeys": true}\n'

/** User data with a script at its end that fails. */
const failing = (userData: string): string => {
  const [head = '', ...body] = userData.split('\n')
  return `${head}\n${JSON.stringify({ ...JSON.parse(body.join('\n')), runcmd: ['echo no such disk >&2; exit 3'] })}\n`
}

/** What cloud-init finds on the disk of an instance. */
function seed({ id, host, userData }: Ordered, fault: Fault | undefined): Readonly<Record<string, string>> {
  const data = { 'another host answers': FOREIGN, 'cloud-init fails': failing(userData), 'never boots': userData }
  return {
    'var/lib/cloud/seed/nocloud/meta-data': `instance-id: ${id}\nlocal-hostname: ${host}\n`,
    'var/lib/cloud/seed/nocloud/user-data': fault === undefined ? userData : data[fault],
  }
}

/**
 * Sandbox hosts behind instances: each boots at the private address that its instance was given, and finds the user
 * data there that was sent, for a real cloud-init. What is asked for while others boot is done together afterwards.
 */
export class Machines {
  readonly #box: Sandbox
  readonly #kind: (ordered: Ordered) => Kind
  readonly #known = new Map<string, Ordered>()
  /** What each instance is on its way to, as EC2 calls it. */
  readonly #busy = new Map<string, string>()
  #work: Promise<unknown> = Promise.resolve()
  #orders: { readonly ordered: Ordered; readonly fault: Fault | undefined }[] = []
  /** What goes wrong with the next ones, by their hosts. */
  readonly faults = new Map<string, Fault>()
  /** What failed in here: a fault of the stand-in. */
  readonly wrong: unknown[] = []

  constructor(box: Sandbox, kind: (ordered: Ordered) => Kind) {
    this.#box = box
    this.#kind = kind
  }

  /** The address of an instance; undefined where there is none. */
  addressOf(id: string): string | undefined {
    return this.#known.get(id)?.address
  }

  /** What EC2 would say that an instance is on its way to. */
  stateOf(id: string): string | undefined {
    return this.#busy.get(id)
  }

  /** Resolves when nothing is on its way any more. */
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

  /** Does something to the hosts of instances, as far as there are any. */
  async #each(ids: readonly string[], work: (id: string) => Promise<void>): Promise<void> {
    const there = this.#box.hosts().map(({ name }) => name)
    for (const id of ids) if (there.includes(id)) await work(id)
  }

  /** Boots all that were ordered by now. One that never boots takes its address, and that is all. */
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
