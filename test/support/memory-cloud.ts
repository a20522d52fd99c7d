import type { Duplex } from 'node:stream'
import { makeHostKey } from '../../src/cloud/launch/host-key.ts'
import { GROUP_TAG } from '../../src/cloud/others/members.ts'
import {
  type BalancerSeen,
  type Balancers,
  CloudError,
  type Instance,
  type Order,
  type Place,
  type Provider,
  TAG,
  type TargetState,
} from '../../src/cloud/provider.ts'
import { type Balancer, balancerKey } from '../../src/model/cloud.ts'
import type { Target, Transport } from '../../src/transport/transport.ts'
import { MemoryGroups } from './memory-groups.ts'
import { connection, Killed, type Machine, mistakesIn, printed } from './memory-machines.ts'

/** A cloud in memory, with its hosts. It can kill the controller at any of its calls. */
export class MemoryCloud {
  readonly machines: Machine[] = []
  /** Calls so far. */
  calls = 0
  /** The call at which the controller is killed, and whether the request is carried out before. */
  killAt: { readonly call: number; readonly done: boolean } | undefined
  dead = false
  /** Opens connections from its hosts. */
  dial: (host: string, port: number) => Promise<Duplex> = async () => {
    throw new Error('not dialled')
  }
  /** Each balancer's targets by id, and how often they were described in their current state. */
  readonly targets = new Map<string, Map<string, { state: TargetState['state']; looks: number }>>()
  /** Instances that ended while a balancer still sent to them. */
  readonly lost: string[] = []
  /** The balancers' settings. */
  balancer: BalancerSeen = {
    name: 'slaves',
    check: { protocol: 'HTTP', path: '/haproxy-health', port: 80 },
    drainSeconds: 1,
  }
  /** Instances that never become healthy targets. */
  readonly sick = new Set<string>()
  /** The hosts' cloud-init result. */
  cloudInit = 'booted'
  /** Zones without room. */
  readonly full = new Set<string>()
  readonly groups = new MemoryGroups({
    call: (effect) => this.#call(effect),
    ended: (id) => {
      this.#goes(id)
      this.#set(id, { state: 'ended' })
    },
  })
  #numbers = 0

  live(): readonly Instance[] {
    return this.machines.map(({ instance }) => instance).filter(({ state }) => state !== 'ended')
  }

  /** Starts a new controller. */
  revive(): void {
    this.dead = false
    this.killAt = undefined
    this.calls = 0
  }

  async #call<T>(effect: () => T): Promise<T> {
    await Promise.resolve()
    if (this.dead) throw new Killed()
    this.calls++
    if (this.calls !== this.killAt?.call) return effect()
    if (this.killAt.done) effect()
    this.dead = true
    throw new Killed()
  }

  #find(id: string): Machine {
    const found = this.machines.find(({ instance }) => instance.id === id)
    if (!found) throw new CloudError('gone', `there is no ${id}`)
    return found
  }

  #set(id: string, more: Partial<Instance>): void {
    const machine = this.#find(id)
    machine.instance = { ...machine.instance, ...more }
  }

  #create(order: Order): Instance {
    const zone = order.subnet.replace('subnet-', '')
    if (this.full.has(zone)) throw new CloudError('capacity', `${zone} is full`)
    const known = this.machines.find(({ token }) => token === order.token)
    if (known) return known.instance
    const n = ++this.#numbers
    const key = /"ed25519_public":"(ssh-ed25519 [^"\\]+)/.exec(order.userData)?.[1] ?? ''
    const instance: Instance = {
      id: `i-${n}`,
      state: 'pending',
      tags: order.tags,
      zone,
      privateAddress: order.privateAddress ?? `10.0.0.${n}`,
    }
    this.machines.push({ instance, token: order.token, key, looks: 0 })
    return instance
  }

  /** Launches an instance for others, which runs at once; returns it. */
  others(id: string, tags: Readonly<Record<string, string>>, more: Partial<Instance> = {}): Machine {
    const key = makeHostKey().publicKey
    const n = ++this.#numbers
    const instance: Instance = { id, state: 'running', tags, launched: 0, privateAddress: `10.0.9.${n}`, ...more }
    const machine: Machine = { instance, token: id, key, looks: 1, console: printed(key) }
    this.machines.push(machine)
    return machine
  }

  /** A new machine is not shown at first, and then is not running at first. */
  #look(): Instance[] {
    return this.machines.flatMap((machine) => {
      const { instance, looks } = machine
      machine.looks++
      if (looks === 0) return []
      if (instance.state === 'pending' && looks > 1) machine.instance = { ...instance, state: 'running' }
      return [machine.instance]
    })
  }

  readonly places: readonly Place[] = ['a', 'b'].map((zone, i) => ({
    subnet: `subnet-${zone}`,
    zone,
    cidr: `10.0.${i}.0/24`,
  }))

  provider(): Provider {
    return {
      name: 'aws',
      whose: async () => 'memory',
      login: { user: 'admin' },
      image: async ({ image }) => image,
      places: () => this.#call(() => this.places),
      check: async () => [],
      describe: () => this.#call(() => this.#look().filter(({ tags }) => tags[TAG.cluster] !== undefined)),
      discover: ({ group, tags }) =>
        this.#call(() => {
          const wanted = Object.entries({ ...tags, ...(group ? { [GROUP_TAG]: group } : {}) })
          return this.#look().filter((each) => wanted.every(([key, value]) => each.tags[key] === value))
        }),
      create: (order) => this.#call(() => this.#create(order)),
      tag: (id, tags) => this.#call(() => this.#set(id, { tags: { ...this.#find(id).instance.tags, ...tags } })),
      start: (id) => this.#call(() => this.#set(id, { state: 'running' })),
      stop: (id) =>
        this.#call(() => {
          this.#goes(id)
          this.#set(id, { state: 'stopped' })
        }),
      end: (id) =>
        this.#call(() => {
          this.#goes(id)
          this.#set(id, { state: 'ended' })
        }),
      console: async (id) => this.#find(id).console ?? ['login:'],
      balancers: this.#balancers,
      groups: this.groups.provider,
    }
  }

  #goes(id: string): void {
    for (const targets of this.targets.values()) if (targets.has(id)) this.lost.push(`${id} went while it was a target`)
  }

  #targetsOf(balancer: Balancer) {
    const key = balancerKey(balancer)
    const known = this.targets.get(key) ?? new Map<string, { state: TargetState['state']; looks: number }>()
    this.targets.set(key, known)
    return known
  }

  /** A new target is not healthy at once, and a removed one does not disappear at once. */
  #lookAtTargets(balancer: Balancer): ReadonlyMap<string, TargetState> {
    const targets = this.#targetsOf(balancer)
    for (const [id, target] of targets) {
      target.looks++
      if (target.looks < 3) continue
      if (target.state === 'draining') targets.delete(id)
      else target.state = this.sick.has(id) ? 'unhealthy' : 'healthy'
    }
    return new Map([...targets].map(([id, { state }]) => [id, { state }]))
  }

  readonly #balancers: Balancers = {
    look: () => this.#call(() => this.balancer),
    targets: (balancer) => this.#call(() => this.#lookAtTargets(balancer)),
    attach: (balancer, { id }) =>
      this.#call(() => {
        // as with AWS: a draining target does not come back
        if (!this.#targetsOf(balancer).has(id)) this.#targetsOf(balancer).set(id, { state: 'initial', looks: 0 })
      }),
    detach: (balancer, { id }) =>
      this.#call(() => {
        if (this.#targetsOf(balancer).has(id)) this.#targetsOf(balancer).set(id, { state: 'draining', looks: 0 })
      }),
  }

  readonly transport: Transport = {
    connect: async (target: Target) =>
      connection(this.machines, target, {
        cloudInit: this.cloudInit,
        call: (effect) => this.#call(effect),
        dial: (_, port) => this.dial(target.name, port),
      }),
  }

  /** Adds hosts for another cloud's instances: one answers at every address, with the key in the host's order. */
  shadow(orderOf: (host: string) => Order | undefined): Transport {
    return {
      connect: (target) => {
        const there = this.machines.findIndex(({ instance }) => instance.privateAddress === target.address)
        const order = orderOf(target.name)
        if (order && order.token !== this.machines[there]?.token) {
          if (there >= 0) this.machines.splice(there, 1) // the host that had this address before
          const made = this.#create({ ...order, privateAddress: target.address })
          this.#set(made.id, { state: 'running' })
        }
        return this.transport.connect(target)
      },
    }
  }

  /** The inconsistencies between the cloud and a ledger, for hosts that should each have one instance. */
  mistakes(hosts: readonly string[], ledger: Readonly<Record<string, { id: string; hostKey?: string }>>): string[] {
    return mistakesIn(this.machines, hosts, ledger)
  }
}
