import type { Change, Cluster, Host, Net, Refusal, Step } from '../../src/index.ts'
import { members, runningSize, vars } from './ensemble.ts'

/** Where the configuration lies. */
export const CONFIG = '/etc/zookeeper/zoo.cfg'

/** Ids whose member is added, removed or moved by a diff of zoo.cfg. */
export function changedMembers(diff: string): readonly number[] {
  const lines = (sign: string): ReadonlyMap<number, string> =>
    new Map(
      [...diff.matchAll(/^([-+])server\.(\d+)=([^;\n]*)/gm)]
        .filter((m) => m[1] === sign)
        .map((m) => [Number(m[2]), (m[3] as string).trim()]),
    )
  const [before, after] = [lines('-'), lines('+')]
  return [...new Set([...before.keys(), ...after.keys()])].filter((id) => before.get(id) !== after.get(id)).sort((a, b) => a - b)
}

/** Settings that a diff of zoo.cfg changes from one value to another. */
const changedPaths = (diff: string): readonly string[] =>
  ['dataDir', 'dataLogDir'].filter((name) => new RegExp(`^-${name}=`, 'm').test(diff) && new RegExp(`^\\+${name}=`, 'm').test(diff))

/** A change of several members at once. It is only dangerous while the ensemble runs. */
async function membership(cluster: Cluster, changes: readonly Change[], diff: string, net: Net): Promise<Refusal | undefined> {
  const changed = changedMembers(diff)
  const joins = changes.some((c) => c.action === 'create')
  if (!joins && changed.length < 2) return undefined
  const size = await runningSize(cluster, net)
  const wanted = members(cluster).length
  if (size === 0 || (joins && Math.abs(wanted - size) < 2)) return undefined
  return {
    refusal: 'zookeeper-membership',
    reason: joins
      ? `The ensemble runs with ${size} members, and the inventory has ${wanted}: several that join at once could outvote it.`
      : `Members ${changed.join(' and ')} would change at once while the ensemble runs: old and new ones could form two majorities.`,
    remedy: 'Add, remove or move one member, apply, then the next; vars.zookeeper.allowEven accepts the even sizes between.',
    changes: [],
  }
}

/** What must not be applied: several members at once, data left behind, a heap that would swap. */
export async function refuse(host: Host, cluster: Cluster, steps: readonly Step[], net: Net): Promise<readonly Refusal[]> {
  const refusals: Refusal[] = []
  const changes = steps.filter((s) => s.name === CONFIG).flatMap((s) => s.changes)
  const diff = changes.map((c) => c.diff ?? '').join('\n')
  const refusal = await membership(cluster, changes, diff, net)
  if (refusal !== undefined) refusals.push(refusal)
  for (const name of changedPaths(diff)) {
    refusals.push({
      refusal: 'zookeeper-data',
      reason: `${name} would change, and the member would start without its data.`,
      remedy: 'Stop it, move the data (version-2, myid) to the new place, and allow this.',
      changes: [],
    })
  }
  const { heapMb = 0 } = vars(host)
  const most = Math.floor((host.facts.memory * 0.75) / 1024 / 1024)
  if (heapMb > most) {
    refusals.push({
      refusal: 'zookeeper-heap',
      reason: `A heap of ${heapMb} MiB is more than three quarters of the host's memory: it would swap, and sessions would be lost.`,
      remedy: `Set vars.zookeeper.heapMb to ${most} or less.`,
      changes: [],
    })
  }
  return refusals
}
