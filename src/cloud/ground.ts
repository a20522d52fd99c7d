import { setTimeout as sleep } from 'node:timers/promises'
import pLimit from 'p-limit'
import type { LedgerHost } from '../inventory/cloud/ledger.ts'
import { compact } from '../lib/compact.ts'
import { message } from '../lib/message.ts'
import { UserError } from '../lib/user-error.ts'
import type { Cluster } from '../model/recipe.ts'
import type { Transport } from '../transport/transport.ts'
import type { CloudEvent, CloudOutcome, CloudResult } from './events.ts'
import type { Journal, LedgerFile } from './ledger/files.ts'
import { CloudError, type Instance, isLive, type Provider, TAG } from './provider.ts'

/** How hosts are taken out of service, or brought back. */
export interface Way {
  readonly allow: readonly string[]
  readonly signal: AbortSignal
  say(host: string, text: string): void
  /** Told before anything is done to a host that serves. */
  leaves(host: string): void
}

/** Takes hosts out of service before they end, and brings them back. The engine does that, in its turns. */
export interface Service {
  /** @returns why not, by host, for those that are not out of service */
  out(cluster: Cluster, hosts: readonly string[], way: Way): Promise<ReadonlyMap<string, string>>
  /** @returns why not, by host, for those that are not back */
  back(cluster: Cluster, hosts: readonly string[], way: Way): Promise<ReadonlyMap<string, string>>
}

/** A host that is to end, or to be stopped, and its instance. */
export interface Leaver {
  readonly host: string
  readonly instance: Instance
}

/** What all commands on instances work with. */
export interface Ground {
  readonly cluster: Cluster
  /** The folder of the inventory. */
  readonly folder: string
  readonly provider: Provider
  readonly ledger: LedgerFile
  readonly journal: Journal
  readonly transport: Transport
  /** Takes hosts out of service before they end; absent: nothing does. */
  readonly service?: Service
  /** Aborted: nothing new begins, and nothing is waited for. */
  readonly signal: AbortSignal
  /** Milliseconds between two questions, at first; default a second. */
  readonly pace?: number
  /** Milliseconds that a target may take to be healthy; default five minutes. */
  readonly patience?: number
  /** Milliseconds for which a wrong host key may be that of a system that only sets itself up; default a minute. */
  readonly settling?: number
  tell(event: CloudEvent): void
}

/** Hosts that are worked on at once: clouds throttle who asks more. */
const AT_ONCE = 10

/** How it went with a host: an outcome and what there is to say. */
export type Said = readonly [outcome: CloudOutcome, text: string]

const now = (): number => Math.round(performance.now())

/** Tells what is done to a host just now. */
export const step = (ground: Ground, host: string, text: string): void =>
  ground.tell({ event: 'step', at: now(), host, text })

/** Says what is not wrong, and may be not what was meant. */
export const warn = (ground: Ground, text: string): void => ground.tell({ event: 'warning', at: now(), text })

/**
 * Begins: tells whose instances these are, and which hosts it is about. @throws CloudError where the ledger is about
 * instances of somebody else
 */
export async function begin(ground: Ground, command: string, hosts: readonly string[]): Promise<void> {
  const owner = await ground.provider.owner?.()
  if (owner) ground.ledger.claim(owner)
  const whose = await ground.provider.whose()
  ground.tell({ event: 'begin', at: now(), command, whose, hosts })
}

/** Works on each host by itself. What goes wrong with one is its result, and the others go on. */
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
      if (ground.signal.aborted) return ['left', 'was left on its way: run the same command again to continue with it']
      if (error instanceof UserError) return ['failed', error.message]
      throw error
    }
  }
  return Promise.all(hosts.map((host) => limit(() => one(host))))
}

/** The instances that are there, by host. */
export function live(instances: readonly Instance[]): ReadonlyMap<string, readonly Instance[]> {
  const found = new Map<string, readonly Instance[]>()
  for (const each of instances.filter(isLive)) {
    const host = each.tags[TAG.host] ?? ''
    if (host !== '') found.set(host, [...(found.get(host) ?? []), each])
  }
  return found
}

/** The generation of an instance, as its tag says. */
export const generationOf = ({ tags }: Instance): number => Number(tags[TAG.generation]) || 1

/** What the ledger keeps of an instance. */
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
 * Asks how all instances are, for everybody who waits: one question at a time, first each second, later each fifth.
 * Gives up with a {@link CloudError} when the cloud has not been reached for a while.
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

  /** The next answer. @throws where the signal is aborted */
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

  /** Waits until an instance has ended, or is not shown any more. @throws CloudError after `patience` milliseconds */
  async gone(id: string, patience: number): Promise<void> {
    const end = performance.now() + patience
    for (;;) {
      const found = (await this.next()).find((each) => each.id === id)
      if (found?.state === 'ended' || found === undefined) return
      if (performance.now() > end)
        throw new CloudError('refused', `${id} is still ${found.state}: run the same command again to continue`)
    }
  }

  /**
   * Waits until an instance is as wanted. One that the cloud does not show (yet) is waited for like one that is not
   * ready.
   * @param wanted gives true when it is; throws where it never will be
   * @throws CloudError after `patience` milliseconds
   */
  async until(id: string, wanted: (instance: Instance | undefined) => boolean, patience: number): Promise<Instance> {
    const end = performance.now() + patience
    for (let last = 'not shown by the cloud'; ; ) {
      const found = (await this.next()).find((each) => each.id === id)
      if (wanted(found) && found) return found
      if (found) last = found.state
      if (performance.now() > end)
        throw new CloudError(
          'refused',
          `${id} is still ${last} after ${Math.round(patience / 60_000)} minutes${await lastWords(this.#provider, id)}`,
        )
    }
  }
}

/** The last lines of an instance's console, for the end of a sentence. */
export async function lastWords(provider: Provider, id: string): Promise<string> {
  const lines = await provider.console(id).catch((error: unknown) => [message(error)])
  return lines.length === 0 ? '' : `; its console: ${lines.slice(-3).join(' | ')}`
}
