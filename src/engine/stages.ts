import type { InventoryHost } from '../model/host.ts'
import type { Context } from './context.ts'
import type { HostResult, RunResult } from './events.ts'
import { exitCode, runFleet } from './fleet.ts'
import { HostRun } from './host-run.ts'
import type { Way } from './roll/way.ts'
import { yieldFirst } from './roll/yield-first.ts'

/**
 * Runs a command over hosts. If members join a running quorum, `apply` proceeds in stages, each a complete run over its
 * hosts, gates included. All knowledge of the membership comes from the hosts. A host's errors become its result; they
 * are not thrown.
 */
export async function runStages(
  command: 'plan' | 'apply',
  all: readonly InventoryHost[],
  forks: number,
  context: Context,
): Promise<RunResult> {
  context.emit({ event: 'run', command, hosts: all.map((h) => h.name) })
  const { hosts: looked, way, planFile } = await runFleet(command, all, forks, context)
  const hosts = command === 'apply' && way !== undefined ? await go(way, all, forks, context) : looked
  const stages = command === 'plan' && way !== undefined ? { stages: way.stages.map(({ says }) => says) } : {}
  const end = { ms: Math.round(context.now()), exitCode: exitCode(hosts.map(({ outcome }) => outcome)), ...stages }
  context.emit({ event: 'done', ...end })
  return { hosts, ...end, ...(planFile === undefined ? {} : { planFile }) }
}

/** Runs the stages up to the last, or to the first that fails. */
async function go(
  { stages }: Way,
  all: readonly InventoryHost[],
  forks: number,
  context: Context,
): Promise<readonly HostResult[]> {
  const results = new Map<string, HostResult>()
  let reached = ''
  for (const [index, stage] of stages.entries()) {
    const { says, cluster, hosts } = stage
    const names = hosts.map(({ name }) => name)
    context.emit({ event: 'stage', index, of: stages.length, says, hosts: names })
    reached = `stage ${index + 1} of ${stages.length}`
    const inStage = { ...context, cluster, hosts: new Set(names), inStage: true }
    const { leaves } = stage
    const its = leaves === undefined ? inStage : { ...inStage, handOver: () => yieldFirst({ leaves }, inStage) }
    const held = await yieldFirst(stage, its)
    const ended = held === undefined ? (await runFleet('apply', hosts, forks, its)).hosts : block(hosts, held, its)
    for (const result of ended) results.set(result.host, together(results.get(result.host), result))
    if (exitCode(ended.map(({ outcome }) => outcome)) !== 0) break
  }
  return all.map((host) => results.get(host.name) ?? notReached(host, reached, context))
}

function notReached(host: InventoryHost, reached: string, context: Context): HostResult {
  const run = new HostRun(host, context)
  run.finish('blocked', `comes after ${reached}, which did not end well. Nothing was changed on this host.`)
  return run.result as HostResult
}

/** Blocks these hosts, so that none of them is changed. */
const block = (hosts: readonly InventoryHost[], why: string, context: Context): readonly HostResult[] =>
  hosts.map((host) => {
    const run = new HostRun(host, context)
    run.finish('blocked', `${why}. Nothing was changed on this host.`)
    return run.result as HostResult
  })

/** Combines what two stages did with a host. */
function together(before: HostResult | undefined, now: HostResult): HostResult {
  if (before === undefined) return now
  return {
    ...now,
    outcome: now.outcome === 'in-sync' ? before.outcome : now.outcome,
    steps: before.steps + now.steps,
    ms: before.ms + now.ms,
    cost: {
      connections: before.cost.connections + now.cost.connections,
      execs: before.cost.execs + now.cost.execs,
      bytesUp: before.cost.bytesUp + now.cost.bytesUp,
      bytesDown: before.cost.bytesDown + now.cost.bytesDown,
    },
  }
}
