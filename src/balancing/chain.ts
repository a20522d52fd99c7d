import { setTimeout as sleep } from 'node:timers/promises'
import { timeLimit } from '../lib/wait/time-limit.ts'
import type { Clean } from '../model/clean.ts'
import type { Health, Net } from '../model/health.ts'
import type { InventoryHost } from '../model/host.ts'
import type { Cluster, Recipe } from '../model/recipe.ts'
import { recipesOf } from '../model/recipes-of.ts'

/** Waives the refusal that new tasks would get no requests. */
export const CHAIN = 'lb-chain'

/**
 * The recipes that carry a task from Marathon to HAProxy, and the recipe that makes a host need each. HAProxy itself is
 * not among them: an app may be the reason that it is unhealthy.
 */
const LINKS: Readonly<Record<string, string>> = { registrar: 'mesos-agent', 'consul-template': 'haproxy' }
/** How many milliseconds a host may take to report its health; a late host does not count as broken. */
const LATE = 10_000

/** Opens the network of a host's services. */
export type NetTo = (host: InventoryHost) => Net

async function healthOf(recipe: Recipe, host: InventoryHost, cluster: Cluster, net: Net): Promise<Health | undefined> {
  const late = new AbortController()
  try {
    return await Promise.race([recipe.health?.(host, cluster, net), sleep(LATE, undefined, { signal: late.signal })])
  } catch {
    return undefined
  } finally {
    late.abort()
  }
}

/** Is it unhealthy by itself, rather than because of what it serves or waits for? */
const isBroken = (health: Health | undefined): health is Health =>
  health !== undefined && !health.green && !health.outside && health.waitsFor === undefined

/**
 * What keeps new tasks from the HAProxies, one sentence per host. A host that does not answer, or waits only for
 * Marathon, does not count as broken. Neither does a service that its host does not need, because no agent or HAProxy
 * runs there.
 * @param except a host that is being taken out of service
 */
export async function brokenLinks(
  cluster: Cluster,
  netTo: NetTo,
  clean: Clean,
  except?: InventoryHost,
): Promise<readonly string[]> {
  const hosts = cluster.hosts.filter(({ name, retire }) => name !== except?.name && retire !== true)
  const one = async (host: InventoryHost, recipe: Recipe, all: readonly Recipe[]): Promise<readonly string[]> => {
    const net = netTo(host)
    const health = await healthOf(recipe, host, cluster, net)
    if (!isBroken(health)) return []
    const needs = all.find(({ name }) => name === LINKS[recipe.name])
    const needy = needs && (await healthOf(needs, host, cluster, net))
    if (needy?.down || needy?.away) return []
    const why = needs && isBroken(needy) ? ` (${needs.name}: ${needy.says})` : ''
    return [`${host.name}: ${recipe.name}: ${clean(`${health.says}${why}`)}`]
  }
  const says = hosts.flatMap((host) => {
    const all = recipesOf(host, cluster.roles)
    return all.filter(({ name }) => name in LINKS).map((recipe) => one(host, recipe, all))
  })
  return (await Promise.all(says)).flat()
}

class Proof {
  protected readonly carried = true
}

/**
 * Proof that new tasks will get requests, if their app is balanced. Every change that starts or ends tasks requires
 * one, and only {@link carried} creates it.
 */
export type Carried = Proof

/** For changes that end no task whose requests another task would have to take over. */
export const NONE_IS_MISSED: Carried = new Proof()

/** New tasks would get no requests. */
export class BrokenChainError extends Error {
  override readonly name = 'BrokenChainError'
}

/** How to ask, and for how long. */
export interface Asking {
  /** Names of the refusals to waive. */
  readonly allow: ReadonlySet<string>
  /** See {@link brokenLinks}; returns nothing if no balanced app is concerned. */
  broken(): Promise<readonly string[]>
  /** How many milliseconds a service that has just started may take to become healthy. */
  readonly patience: number
  /** Resolves when it is time to ask again. */
  pause(): Promise<void>
  now(): number
}

/**
 * Makes sure that new tasks will get requests. Marathon kills old tasks in favour of new ones without asking HAProxy.
 * @throws BrokenChainError that says where they would not
 */
export async function carried({ allow, broken, patience, pause, now }: Asking): Promise<Carried> {
  const isLast = timeLimit(patience, now)
  for (;;) {
    const last = isLast()
    const links = allow.has(CHAIN) ? [] : await broken()
    if (links.length === 0) return new Proof()
    if (last)
      throw new BrokenChainError(
        `new tasks would get no requests, and the old ones would end for them\n${links.join('\n')}\nMend that first (provision status), or accept it with --allow ${CHAIN}`,
      )
    await pause()
  }
}
