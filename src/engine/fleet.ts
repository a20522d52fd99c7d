import pLimit from 'p-limit'
import { there } from '../lib/user-error.ts'
import type { InventoryHost } from '../model/host.ts'
import { recipesOf } from '../model/recipes-of.ts'
import { type Context, isStopped } from './context.ts'
import { converge, endPlan, look, mayApply, refuseAhead } from './converge.ts'
import type { HostResult, Outcome, RunResult } from './events.ts'
import { HostRun } from './host-run.ts'
import { stepsWithContents, takesTurn } from './plan/decide.ts'
import { type PlanFile, planFile } from './plan/plan-file.ts'
import { isMember } from './roll/away-mark.ts'
import { forgetGone, lookOrGone, mayBeGone, planGone, refuseAlone, refusesSilent } from './roll/gone.ts'
import { type Roll, roll } from './roll/one-by-one.ts'
import { neverWell, passGate } from './roll/wave-gate.ts'
import { waves } from './roll/waves.ts'
import { quorumsOf, type Way, wayOf } from './roll/way.ts'
import type { Neighbours } from './roll/well-again.ts'

/** Exit codes: the worst outcome decides. */
export function exitCode(outcomes: readonly Outcome[]): RunResult['exitCode'] {
  if (outcomes.some((o) => o === 'failed' || o === 'blocked' || o === 'refused')) return 1
  if (outcomes.includes('unreachable')) return 4
  return outcomes.includes('planned') ? 2 : 0
}

type Limit = ReturnType<typeof pLimit>

/** All hosts of a run. */
interface Fleet {
  readonly runs: readonly HostRun[]
  /** Members of quorums outside the run: the run asks for their health but never changes them. */
  readonly extra: Map<string, HostRun>
  readonly limit: Limit
  readonly context: Context
}

/** The result of one pass over hosts. */
interface Pass {
  readonly hosts: readonly HostResult[]
  /** Members are about to join a quorum: `apply` has changed nothing yet, and hosts without a result are still open. */
  readonly way?: Way
  readonly planFile?: PlanFile
}

/** Observes hosts and applies what differs, in one pass. A host's errors become its result; they are not thrown. */
export async function runFleet(
  command: 'plan' | 'apply',
  hosts: readonly InventoryHost[],
  forks: number,
  context: Context,
): Promise<Pass> {
  const fleet = {
    runs: hosts.map((host) => new HostRun(host, context)),
    extra: new Map(),
    limit: pLimit(forks),
    context,
  }
  let way: Way | undefined
  await interruptible(fleet, async () => {
    const order = inOrder(hosts, context)
    way = await lookAtAll(command, fleet)
    if (command === 'plan' || way !== undefined) return
    if (context.inStage) allOrNone(fleet)
    await spread(fleet.runs)
    await applyInWaves(order, fleet)
    await forgetGone(fleet.runs)
  })
  const found = way === undefined ? {} : { way }
  return command === 'apply' && way !== undefined ? { hosts: [], ...found } : { ...resultOf(command, fleet), ...found }
}

/** The waves of a run. Hosts that leave come last, when no other host's configuration names them any more. */
function inOrder(hosts: readonly InventoryHost[], { cluster }: Context): readonly (readonly InventoryHost[])[] {
  const go = hosts.filter(({ retire }) => retire === true)
  const stay = waves(
    hosts.filter(({ retire }) => retire !== true),
    cluster.roles,
  )
  return go.length === 0 ? stay : [...stay, go]
}

/** Does the work. A signal ends it at the next safe point, or at once. Closes all connections at the end. */
async function interruptible({ runs, extra, context }: Fleet, work: () => Promise<void>): Promise<void> {
  const { signal, leave, emit } = context
  const all = () => [...runs, ...extra.values()]
  const onStop = () => {
    emit({ event: 'stopping', reason: 'no new step starts; running steps finish' })
    for (const run of runs) void run.stop()
  }
  const onLeave = () => {
    for (const run of all()) void run.close()
  }
  signal.addEventListener('abort', onStop, { once: true })
  leave.addEventListener('abort', onLeave, { once: true })
  try {
    await work()
  } finally {
    signal.removeEventListener('abort', onStop)
    leave.removeEventListener('abort', onLeave)
    await Promise.all(all().map((run) => run.close()))
  }
}

/**
 * Observes all hosts in parallel. Then `plan` is done, and `apply` has checked whether its steps may be applied, unless
 * it must go in stages. Refusals that depend on other members are checked after all hosts have been observed.
 */
async function lookAtAll(command: 'plan' | 'apply', { runs, limit, context }: Fleet): Promise<Way | undefined> {
  const quorums = context.inStage || context.approved !== undefined ? [] : quorumsOf(context.cluster)
  const end = async (run: HostRun, waived: readonly string[] = []): Promise<void> => {
    await (command === 'plan' ? endPlan(run, waived) : mayApply(run))
    if (run.result !== undefined) await run.close()
  }
  const first = async (run: HostRun): Promise<void> => {
    if (isStopped(context)) return run.finish('blocked', 'stopped as asked, before it was looked at')
    await (mayBeGone(run) ? lookOrGone(run) : look(run))
    if (run.gone !== undefined) return
    const waits = run.decision !== undefined && !run.plan.inSync && quorums.some(({ name }) => run.has(name))
    if (run.result !== undefined || !waits) await end(run)
  }
  await Promise.all(runs.map((run) => limit(() => first(run))))
  const open = runs.filter((run) => run.result === undefined)
  const steps = new Map(runs.flatMap((run) => (run.decision ? [[run.name, stepsWithContents(run.decision)]] : [])))
  const hosts = runs.map(({ host }) => host)
  const way = quorums.length === 0 || open.length === 0 ? undefined : wayOf(context.cluster, hosts, steps)
  const refused = refusesSilent(way, open, context)
  if (command === 'apply' && way !== undefined) return refused || (await refuseWay(way, open, limit)) ? undefined : way
  if (way === undefined && !context.inStage && context.about === undefined) refuseAlone(runs, steps, context)
  if (command === 'plan') for (const run of runs) planGone(run)
  const members = open.filter((run) => quorums.some(({ name }) => run.has(name)))
  await Promise.all(members.map((run) => limit(() => end(run, way?.waived))))
  return way
}

/** Checks before the first stage what the last one would refuse. @returns whether anything is refused, for all hosts */
async function refuseWay({ waived }: Way, open: readonly HostRun[], limit: Limit): Promise<boolean> {
  await Promise.all(open.map((run) => limit(() => refuseAhead(run, waived))))
  await spread(open)
  if (open.every(({ result }) => result === undefined)) return false
  for (const run of open) run.finish('blocked', 'another host refuses. Nothing was changed on this host.')
  return true
}

async function applyInWaves(order: readonly (readonly InventoryHost[])[], fleet: Fleet): Promise<void> {
  const { runs, context } = fleet
  const earlier: HostRun[] = []
  for (const hosts of order) {
    const wave = runs.filter((run) => hosts.includes(run.host) && run.gone === undefined)
    const later = runs.filter((run) => !wave.includes(run) && !earlier.includes(run))
    tellLater(wave, later, context)
    await applyWave(wave, earlier, fleet)
    earlier.push(...wave)
  }
}

function resultOf(command: 'plan' | 'apply', { runs, context }: Fleet): Pass {
  const hosts = runs.map((run) => there(run.result, 'a result'))
  if (command === 'apply') return { hosts }
  const decisions = runs.flatMap((run) => (run.decision === undefined ? [] : [run.decision]))
  return { hosts, planFile: planFile(decisions, context.who, (name) => context.cluster.host(name).address) }
}

/** In a stage, no member is changed if another could not be observed. */
function allOrNone({ runs, context }: Fleet): void {
  const quorums = quorumsOf(context.cluster)
  const lost = runs.find(
    (run) => run.result !== undefined && run.decision === undefined && quorums.some(({ name }) => run.has(name)),
  )
  if (lost === undefined) return
  for (const run of runs)
    run.finish('blocked', `${lost.name}, a member, could not be looked at. Nothing was changed on this host.`)
}

/** If one host refuses for a whole recipe, none of its hosts is changed: half of it would still be what was refused. */
async function spread(runs: readonly HostRun[]): Promise<void> {
  for (const { name, plan } of runs.filter((run) => run.plan.refusal?.everywhere)) {
    const { refusal } = plan
    for (const run of runs) {
      if (run.result !== undefined || !run.has(refusal?.recipe ?? '')) continue
      run.finish('refused', `${name} refuses it for all: ${refusal?.says}`)
      await run.close()
    }
  }
}

/** Tells the hosts of later waves which hosts they wait for. */
function tellLater(wave: readonly HostRun[], later: readonly HostRun[], context: Context): void {
  const [first, ...more] = wave.filter((run) => run.result === undefined)
  if (first === undefined) return
  const who =
    more.length > 0 ? `${first.name} and ${more.length} more, which come first` : `${first.name}, which comes first`
  for (const run of later) if (run.result === undefined) context.emit({ event: 'waiting', host: run.name, for: who })
}

async function applyWave(wave: readonly HostRun[], earlier: readonly HostRun[], fleet: Fleet): Promise<void> {
  const { runs, limit, context } = fleet
  const open = wave.filter((run) => run.result === undefined)
  const broken = earlier.find((run) => run.result?.outcome === 'failed' || run.result?.outcome === 'blocked')
  if (broken !== undefined) {
    const how = broken.result?.outcome === 'failed' ? 'failed' : 'was blocked'
    for (const run of open)
      run.finish('blocked', `comes after ${broken.name}, which ${how}. Nothing was changed on this host.`)
    return
  }
  const why = open.length === 0 ? undefined : await neverWell(earlier, runs, context)
  if (why !== undefined) {
    for (const run of open) run.finish('blocked', `comes after ${why}. Nothing was changed on this host.`)
    return
  }
  const rolls = (run: HostRun): boolean => run.decision !== undefined && takesTurn(run.decision)
  const now = open.filter((run) => !rolls(run))
  for (const run of open.filter(rolls))
    if (now.length > 0) context.emit({ event: 'waiting', host: run.name, for: 'the hosts that interrupt nobody' })
  const apply = async (run: HostRun): Promise<void> =>
    isStopped(context) ? run.finish('blocked', 'stopped as asked, before its turn') : converge(run)
  await Promise.all(now.map((run) => limit(() => apply(run))))
  // Observed again under its lock, a host can turn out to need a turn.
  await Promise.all(now.filter((run) => !rolls(run)).map((run) => passGate(run, runs, context)))
  const todo = open.filter((run) => rolls(run) && run.result === undefined)
  if (todo.length > 0) await roll(rollOf(todo, fleet), context)
}

function rollOf(todo: readonly HostRun[], { runs, extra, context }: Fleet): Roll {
  const names = new Set(todo.flatMap((run) => run.decision?.plan.rolls ?? []))
  const recipes = todo
    .flatMap((run) => recipesOf(run.host, context.cluster.roles))
    .filter((r, i, list) => names.has(r.name) && list.findIndex((o) => o.name === r.name) === i)
  // a host that only goes out of service or comes back needs no neighbours' health: its recipe knows whether the others
  // can do without it
  const moves = todo.every((run) => run.plan.decided.resources.every(isMember))
  const hosts = context.cluster.hosts.filter(
    (host) =>
      todo.some(({ name }) => name === host.name) ||
      (!moves && host.retire !== true && recipesOf(host, context.cluster.roles).some((r) => names.has(r.name))),
  )
  const runOf = (host: InventoryHost): HostRun => {
    const member = runs.find((run) => run.name === host.name) ?? extra.get(host.name) ?? new HostRun(host, context)
    if (!runs.includes(member)) extra.set(host.name, member)
    return member
  }
  const neighbours: Neighbours = (run) =>
    run.watched.flatMap((recipe) => {
      const all = context.cluster.withRecipe(recipe.name)
      const oneByOne = recipe.rolling !== undefined && (recipe.rolling.unavailable?.(all.length) ?? 1) <= 1
      return oneByOne ? all.map((host) => ({ run: runOf(host), recipe })) : []
    })
  return { recipes, todo, members: hosts.map(runOf), neighbours }
}
