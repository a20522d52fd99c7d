import { setTimeout as sleep } from 'node:timers/promises'
import pLimit from 'p-limit'
import type { LedgerHost } from '../inventory/cloud/ledger.ts'
import { compact } from '../lib/compact.ts'
import { message } from '../lib/message.ts'
import { UserError } from '../lib/user-error.ts'
import { timeLimit } from '../lib/wait/time-limit.ts'
import type { InventoryHost } from '../model/host.ts'
import type { Cluster } from '../model/recipe.ts'
import type { Transport } from '../transport/transport.ts'
import type { CloudEvent, CloudOutcome, CloudResult } from './events.ts'
import type { Journal, LedgerFile } from './ledger/files.ts'
import { type Balancers, CloudError, type Instance, isLive, type Provider, TAG } from './provider.ts'

/** How to take hosts out of service, or bring them back. */
export interface Way {
  readonly allow: readonly string[]
  readonly signal: AbortSignal
  /** Reports what a host waits for, as a phrase: "2 tasks to end". */
  say(host: string, what: string): void
  /** Called before a serving host is changed. */
  leaves(host: string): void
}

/** Takes hosts out of service before they end, brings them back, and sees what they serve. The engine implements it. */
export interface Service {
  /** @returns for each host that is still in service, why */
  out(cluster: Cluster, hosts: readonly string[], way: Way): Promise<ReadonlyMap<string, string>>
  /** @returns for each host that is still out of service, why */
  back(cluster: Cluster, hosts: readonly string[], way: Way): Promise<ReadonlyMap<string, string>>
  /** @returns which components of a host are healthy but have nothing to serve yet: "haproxy: no app" */
  idle(cluster: Cluster, host: InventoryHost): Promise<readonly string[]>
}

/** A host that will be terminated or stopped, and its instance. */
export interface Leaver {
  readonly host: string
  readonly instance: Instance
}

/** The context of all commands on instances. */
export interface Ground {
  readonly cluster: Cluster
  /** The inventory's folder. */
  readonly folder: string
  readonly provider: Provider
  readonly ledger: LedgerFile
  readonly journal: Journal
  readonly transport: Transport
  /** Takes hosts out of service before they end; absent: they end as they are. */
  readonly service?: Service
  /** When aborted, nothing new begins, and all waits end. */
  readonly signal: AbortSignal
  /** Initial milliseconds between two polls; default: one second. */
  readonly pace?: number
  /** How many milliseconds a target may take to become healthy; default: five minutes. */
  readonly patience?: number
  /**
   * For how many milliseconds a wrong host key may be that of a system still setting itself up; default: one minute.
   */
  readonly settling?: number
  tell(event: CloudEvent): void
}

/** The cloud's balancers. @throws CloudError if it has none */
export function balancersOf({ provider }: Ground): Balancers {
  if (provider.balancers) return provider.balancers
  throw new CloudError('refused', `${provider.name} has no load balancers: take "balancers" out of the inventory`)
}

/** How many hosts are handled at once, because clouds throttle requests. */
const AT_ONCE = 10

/** The result for a host: an outcome and a text. */
export type Said = readonly [outcome: CloudOutcome, text: string]

const now = (): number => Math.round(performance.now())

/** Reports the current action on a host. */
export const step = (ground: Ground, host: string, text: string): void =>
  ground.tell({ event: 'step', at: now(), host, text })

/** Reports what a host waits for, as a phrase: "2 tasks to end". */
export const waits = (ground: Ground, host: string, what: string): void =>
  ground.tell({ event: 'step', at: now(), host, text: `waits for ${what}`, for: what })

/** Reports something that is not wrong, but may be unintended. */
export const warn = (ground: Ground, text: string): void => ground.tell({ event: 'warning', at: now(), text })

/**
 * Begins: reports whose instances these are, and the hosts concerned. @throws CloudError if the ledger is about
 * somebody else's instances
 */
export async function begin(ground: Ground, command: string, hosts: readonly string[]): Promise<void> {
  const owner = await ground.provider.owner?.()
  if (owner) ground.ledger.claim(owner)
  const whose = await ground.provider.whose()
  ground.tell({ event: 'begin', at: now(), command, whose, hosts })
}

/** Handles each host independently. A failure becomes that host's result, and the others continue. */
export async function forEach(
  ground: Ground,
  hosts: readonly string[],
  work: (host: string) => Promise<Said>,
  { atOnce = AT_ONCE, stopAtFailure = false } = {},
): Promise<CloudResult[]> {
  const limit = pLimit(atOnce)
  let failed = false
  const one = async (host: string): Promise<CloudResult> => {
    const [outcome, text] = await result(host)
    failed ||= outcome === 'failed' || outcome === 'refused'
    ground.tell({ event: 'end', at: now(), host, outcome, text })
    return { host, outcome, text }
  }
  const result = async (host: string): Promise<Said> => {
    if (ground.signal.aborted) return ['left', 'was not begun']
    if (failed && stopAtFailure) return ['left', 'was not begun, since one before it failed']
    try {
      return await work(host)
    } catch (error) {
      if (ground.signal.aborted) return ['left', 'is unfinished: run the same command again to continue']
      if (error instanceof UserError) return ['failed', error.message]
      throw error
    }
  }
  return Promise.all(hosts.map((host) => limit(() => one(host))))
}

/** The live instances, by host. */
export function live(instances: readonly Instance[]): ReadonlyMap<string, readonly Instance[]> {
  const found = new Map<string, readonly Instance[]>()
  for (const each of instances.filter(isLive)) {
    const host = each.tags[TAG.host] ?? ''
    if (host !== '') found.set(host, [...(found.get(host) ?? []), each])
  }
  return found
}

/** An instance's generation, from its tag. */
export const generationOf = ({ tags }: Instance): number => Number(tags[TAG.generation]) || 1

/** An instance's ledger entry. */
export function entryOf(instance: Instance, user: string | undefined): LedgerHost {
  const { id, state, privateAddress, publicAddress, zone, volumes, tags } = instance
  const kept = { running: 'running', pending: 'pending', stopping: 'stopped', stopped: 'stopped' } as const
  return {
    id,
    generation: generationOf(instance),
    state: state === 'ending' || state === 'ended' ? 'stopped' : kept[state],
    ...compact({ privateAddress, publicAddress, hostKey: tags[TAG.hostKey], user, zone, volumes }),
  }
}

/**
 * Polls the state of all instances for all waiters: one request at a time, at first every second, later every five.
 * Gives up with a {@link CloudError} if the cloud is unreachable for a while.
 */
export class Watch {
  readonly #provider: Provider
  readonly #signal: AbortSignal
  #asking: Promise<readonly Instance[]> | undefined
  #pause: number

  constructor({ provider, signal, pace = 1000 }: Ground) {
    this.#pause = pace
    this.#provider = provider
    this.#signal = signal
  }

  /** The next answer. @throws if the signal is aborted */
  next(): Promise<readonly Instance[]> {
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined
    })
    return this.#asking
  }

  async #ask(): Promise<readonly Instance[]> {
    await sleep(this.#pause * (0.8 + Math.random() * 0.4), undefined, { signal: this.#signal })
    this.#pause = Math.min(5000, this.#pause * 1.2)
    return this.#provider.describe()
  }

  /** Waits until an instance has terminated, or is no longer shown. @throws CloudError after `patience` milliseconds */
  async gone(id: string, patience: number): Promise<void> {
    const isLast = timeLimit(patience)
    for (;;) {
      const last = isLast()
      const found = (await this.next()).find((each) => each.id === id)
      if (found?.state === 'ended' || found === undefined) return
      if (last) throw new CloudError('refused', `${id} is still ${found.state}: run the same command again to continue`)
    }
  }

  /**
   * Waits until an instance is as wanted. An instance that the cloud does not show (yet) counts as not ready.
   * @param wanted returns true when it is; throws if it never will be
   * @throws CloudError after `patience` milliseconds
   */
  async until(id: string, wanted: (instance: Instance | undefined) => boolean, patience: number): Promise<Instance> {
    const isLast = timeLimit(patience)
    for (let state = 'not shown by the cloud'; ; ) {
      const last = isLast()
      const found = (await this.next()).find((each) => each.id === id)
      if (wanted(found) && found) return found
      if (found) state = found.state
      if (last)
        throw new CloudError(
          'refused',
          `${id} is still ${state} after ${Math.round(patience / 60_000)} minutes${await lastWords(this.#provider, id)}`,
        )
    }
  }
}

/** The last lines of an instance's console, as the end of a sentence. */
export async function lastWords(provider: Provider, id: string): Promise<string> {
  const lines = await provider.console(id).catch((error: unknown) => [message(error)])
  return lines.length === 0 ? '' : `; its console: ${lines.slice(-3).join(' | ')}`
}
