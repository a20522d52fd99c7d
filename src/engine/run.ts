import { setMaxListeners } from 'node:events'
import { hostname, userInfo } from 'node:os'
import { queue } from '../lib/queue.ts'
import type { InventoryHost } from '../model/host.ts'
import type { Cluster } from '../model/recipe.ts'
import type { Transport } from '../transport/transport.ts'
import type { About, Context, Front } from './context.ts'
import type { RunEvent, RunResult } from './events.ts'
import { RECONNECTS, SILENCE } from './link/session.ts'
import { type FactsCache, factsCache } from './observe/facts.ts'
import { type PlanFile, PlanFileError } from './plan/plan-file.ts'
import { runStages } from './stages.ts'

/** What a run may be told. */
export interface RunOptions {
  readonly transport: Transport
  /** Which hosts; default all of the cluster. */
  readonly hosts?: readonly InventoryHost[]
  /** How many hosts at once; default 50. */
  readonly forks?: number
  /** Names of refusals that are waived in this run. */
  readonly allow?: readonly string[]
  /** Wait for other runs' locks instead of giving up at once. */
  readonly wait?: boolean
  /** Where facts are kept between runs; default files in the user's cache directory. */
  readonly facts?: FactsCache
  /** Who runs this, for locks; default `user@host`. */
  readonly who?: string
  /** Aborted: no new step starts, what runs is finished. */
  readonly signal?: AbortSignal
  /** Aborted: the controller leaves; hosts finish their script. */
  readonly leave?: AbortSignal
  /** Milliseconds before each attempt to make a lost link anew; default seven attempts within a minute. */
  readonly reconnects?: readonly number[]
  /** Milliseconds without a byte after which looking at a host counts as hung; default 120 000. */
  readonly silence?: number
  /** `plan`: tell the sh that asks and the sh that would be run, too. */
  readonly script?: boolean
  /** What it is about, in place of what the recipes want. */
  readonly about?: About
  /** `apply`: the reviewed plan to be held to. Only its hosts are applied. */
  readonly planFile?: PlanFile
}

/** A run as it is begun here: nobody may forget what stands before the hosts. */
export interface FrontedOptions extends RunOptions {
  /** What sends clients to hosts: it lets go of one whose turn interrupts what they come through. */
  readonly front: Front | undefined
}

/** A run under way: iterate over it for its events, await its `result`. */
export interface Run extends AsyncIterable<RunEvent> {
  readonly result: Promise<RunResult>
}

const me = (): string => {
  try {
    return `${userInfo().username}@${hostname()}`
  } catch {
    return `uid ${process.getuid?.() ?? '?'}@${hostname()}`
  }
}

/** A signal that every host listens to: Node takes more than ten listeners for a leak. */
function forMany(signal: AbortSignal = new AbortController().signal): AbortSignal {
  setMaxListeners(0, signal)
  return signal
}

function start(command: 'plan' | 'apply', cluster: Cluster, options: FrontedOptions): Run {
  const events = queue<RunEvent>()
  const began = process.uptime() // monotonic, like performance.now(), whose module takes 2 ms to load
  const now = () => (process.uptime() - began) * 1000
  const file = options.planFile
  const hosts = (options.hosts ?? cluster.hosts).filter((h) => file === undefined || Object.hasOwn(file.hosts, h.name))
  const context: Context = {
    cluster,
    hosts: new Set(hosts.map(({ name }) => name)),
    transport: options.transport,
    facts: options.facts ?? factsCache(),
    who: options.who ?? me(),
    allow: new Set(options.allow),
    wait: options.wait ?? false,
    script: options.script ?? false,
    reconnects: options.reconnects ?? RECONNECTS,
    sums: new Map(),
    silence: options.silence ?? SILENCE,
    front: options.front,
    about: options.about,
    approved: options.planFile,
    inStage: false,
    signal: forMany(options.signal),
    leave: forMany(options.leave),
    now,
    room: events.room,
    emit: (event) => events.push({ at: Math.round(now()), ...event } as RunEvent),
  }
  const gone = Object.keys(file?.hosts ?? {}).filter((name) => !cluster.hosts.some((h) => h.name === name))
  if (gone.length > 0)
    throw new PlanFileError(
      `the plan has hosts that are not (or no longer) in the inventory, ${gone.join(', ')}: make a new plan`,
    )
  const result = runStages(command, hosts, options.forks ?? 50, context).finally(() => events.end())
  result.catch(() => undefined) // an iterator may be read to its end before anybody awaits the result
  return { result, [Symbol.asyncIterator]: () => events[Symbol.asyncIterator]() }
}

/** Looks at hosts and tells what `apply` would do. Changes nothing, anywhere. */
export const plan = (cluster: Cluster, options: RunOptions): Run =>
  start('plan', cluster, { ...options, front: undefined })

/**
 * Makes hosts what their recipes say: looks, applies what differs, looks again. @throws PlanFileError where the plan
 * names hosts that the inventory does not have
 */
export const applyBehind = (cluster: Cluster, options: FrontedOptions): Run => start('apply', cluster, options)
