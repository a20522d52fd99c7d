import { setMaxListeners } from 'node:events'
import { hostname, userInfo } from 'node:os'
import { checkArgument, checkHosts, checkOptions, type Kinds } from '../lib/check/options.ts'
import { queue } from '../lib/wait/queue.ts'
import type { InventoryHost } from '../model/host.ts'
import type { Cluster } from '../model/recipe.ts'
import type { Transport } from '../transport/transport.ts'
import type { About, Context, Front } from './context.ts'
import type { RunEvent, RunResult } from './events.ts'
import { RECONNECTS } from './link/lasting-link.ts'
import { SILENCE } from './link/session.ts'
import { type FactsCache, factsCache } from './observe/facts.ts'
import { type PlanFile, PlanFileError } from './plan/plan-file.ts'
import { runStages } from './stages.ts'

/** The options of a run. */
export interface RunOptions {
  readonly transport: Transport
  /** Which hosts; default: all of the cluster. */
  readonly hosts?: readonly InventoryHost[]
  /** How many hosts run in parallel; default 50. */
  readonly forks?: number
  /** Names of refusals to waive in this run. */
  readonly allow?: readonly string[]
  /** Wait for other runs' locks instead of giving up at once. */
  readonly wait?: boolean
  /** Where to keep facts between runs; default: files in the user's cache directory. */
  readonly facts?: FactsCache
  /** The user who runs this, for locks; default `user@host`. */
  readonly who?: string
  /** When aborted, no new step starts; running ones finish. */
  readonly signal?: AbortSignal
  /** When aborted, the controller leaves; hosts finish their scripts. */
  readonly leave?: AbortSignal
  /** Milliseconds to wait before each attempt to reconnect; default: seven attempts within a minute. */
  readonly reconnects?: readonly number[]
  /** Milliseconds of silence after which observing a host counts as hung; default 120 000. */
  readonly silence?: number
  /** For `plan`: also report the sh that observes the host and the sh that would run. */
  readonly script?: boolean
  /** What the run applies in place of what the recipes want. */
  readonly about?: About
  /** For `apply`: the reviewed plan that it must match. Only the plan's hosts are applied. */
  readonly planFile?: PlanFile
  /**
   * For `apply`: drains a host before a change interrupts what clients reach through it. Without it, such changes are
   * blocked on hosts that are targets of a cloud's balancers.
   */
  readonly front?: Front | undefined
}

const OPTIONS: Kinds<RunOptions> = {
  transport: 'transport!',
  hosts: 'list',
  forks: 'count',
  allow: 'texts',
  wait: 'boolean',
  facts: 'facts',
  who: 'text',
  signal: 'signal',
  leave: 'signal',
  reconnects: 'list',
  silence: 'milliseconds',
  script: 'boolean',
  about: 'function',
  planFile: 'object',
  front: 'front',
}

/** Checks the arguments of a run. @throws TypeError: one sentence */
export function checkRun(of: string, cluster: Cluster, options: RunOptions): void {
  checkArgument(of, 'its first argument', cluster, 'cluster!')
  checkOptions(of, options, OPTIONS)
  checkHosts(of, options.hosts, cluster)
}

/** The options of a run inside the program: callers must say explicitly which balancers are in front of the hosts. */
export interface FrontedOptions extends RunOptions {
  readonly front: Front | undefined
}

/** A run in progress: iterate over it for its events, await its `result`. */
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

/** A copy of a signal to which every host may listen: beyond ten listeners, Node warns of a leak. */
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
  const elsewhere = hosts.find(({ name, address }) => (file?.addresses?.[name] ?? address) !== address)
  if (elsewhere !== undefined) {
    const made = `${elsewhere.name} at ${file?.addresses?.[elsewhere.name]}`
    throw new PlanFileError(
      `the plan was made of ${made}, and the inventory has it at ${elsewhere.address}: take the inventory that it was made with, or make a new plan`,
    )
  }
  if (file !== undefined && hosts.length === 0)
    throw new PlanFileError(
      Object.keys(file.hosts).length === 0
        ? 'the plan has no host, as none could be reached: make a new plan'
        : `the plan has only hosts that are not selected, ${Object.keys(file.hosts).join(', ')}: select one of them, or make a new plan`,
    )
  const result = runStages(command, hosts, options.forks ?? 50, context).finally(() => events.end())
  result.catch(() => undefined) // a caller may read all events before it awaits the result
  return { result, [Symbol.asyncIterator]: () => events[Symbol.asyncIterator]() }
}

/**
 * Observes hosts and reports what `apply` would do. Changes nothing, anywhere.
 * @throws TypeError if an argument is wrong
 */
export function plan(cluster: Cluster, options: RunOptions): Run {
  checkRun('plan', cluster, options)
  return start('plan', cluster, { ...options, front: undefined })
}

/**
 * Makes hosts match their recipes: observes them, applies what differs, and verifies the result. @throws PlanFileError
 * if the plan names hosts that are not in the inventory
 */
export const applyBehind = (cluster: Cluster, options: FrontedOptions): Run => start('apply', cluster, options)
