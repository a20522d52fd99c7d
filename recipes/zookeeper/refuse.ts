import { isIP } from 'node:net'
import {
  type Cluster,
  type Host,
  type InventoryHost,
  type Listens,
  type Net,
  PORTS,
  type Refusal,
  reachFrom,
  retiring,
  type Step,
  sh,
  zookeeperMembers,
  zookeeperOf,
} from '../../src/index.ts'
import { changedValues, contentsOf, readLines } from '../common/contents.ts'
import { foreignAddress, heapTooLarge } from '../common/facts.ts'
import { membersNow, STAGES } from '../common/membership.ts'
import { portsTaken } from '../common/ports.ts'
import { packageVersions, RULES, refuseUpgrade } from '../common/upgrades.ts'
import { members, runningSize, vars } from './ensemble.ts'

/** Where a release is unpacked; the version is appended. */
export const RELEASE = '/opt/zookeeper'

/** The configuration file. */
export const CONFIG = '/etc/zookeeper/zoo.cfg'

/** The members in zoo.cfg, by id. */
const readMembers = (text: string): ReadonlyMap<string, string> =>
  new Map([...text.matchAll(/^server\.(\d+)=([^;\n]*)/gm)].map(([, id = '', member = '']) => [id, member.trim()]))

/** Ids of members that the steps add, remove or move. */
export const changedMembers = (steps: readonly Step[]): readonly number[] =>
  [...changedValues(steps, CONFIG, readMembers).keys()].map(Number).sort((a, b) => a - b)

/**
 * Refuses a host that is a member under another number than in the inventory, recognised by its address in the
 * configuration.
 */
function renumbered(
  cluster: Cluster,
  steps: readonly Step[],
): { readonly name: string; readonly is: string } | undefined {
  const numbers = new Map(
    [...readMembers(contentsOf(steps, CONFIG)?.before ?? '')].map(([id, member]) => [addressOf(member), id]),
  )
  for (const host of [...members(cluster), ...retiring(cluster, 'zookeeper')]) {
    const is = numbers.get(host.privateAddress)
    if (is !== undefined && is !== String(vars(host).id)) return { name: host.name, is }
  }
  return undefined
}

/** The address in a member's line: `10.0.0.11:2888:3888` or `[fd00::1]:2888:3888`. */
const addressOf = (member: string): string | undefined => /^\[?(.*?)\]?:\d+:\d+/.exec(member)?.[1]

/**
 * The present members, according to the configurations on the hosts. Unknown for a renumbered member: it would look
 * like one that is gone, and another that joins.
 */
export const now = (cluster: Cluster, steps: ReadonlyMap<string, readonly Step[]>): readonly string[] | undefined =>
  [...steps.values()].some((own) => renumbered(cluster, own) !== undefined)
    ? undefined
    : membersNow(cluster, steps, {
        recipe: 'zookeeper',
        file: CONFIG,
        key: (host) => String(vars(host).id),
        read: (text) => [...readMembers(text).keys()],
      })

/** Directories that the steps change. */
const changedPaths = (steps: readonly Step[]): readonly string[] => {
  const changed = changedValues(steps, CONFIG, readLines)
  return ['dataDir', 'dataLogDir'].filter(
    (name) => changed.get(name)?.from !== undefined && changed.get(name)?.to !== undefined,
  )
}

/** The members that are to leave, and that the running ensemble still has. */
async function leavingNow(cluster: Cluster, net: Net): Promise<readonly string[]> {
  const gone = retiring(cluster, 'zookeeper')
  if (gone.length === 0) return []
  const told = await Promise.allSettled(members(cluster).map((host) => zookeeperMembers(host, reachFrom(net))))
  const known = new Set(told.flatMap((each) => (each.status === 'fulfilled' ? each.value : [])))
  return gone.filter(({ privateAddress }) => known.has(privateAddress)).map(({ name }) => name)
}

/** Why a member must not join, or several must not change: what else would change at once. */
async function tooMany(
  cluster: Cluster,
  { joins, size, changed }: { joins: boolean; size: number; changed: readonly number[] },
  net: Net,
): Promise<string | undefined> {
  if (!joins)
    return changed.length < 2
      ? undefined
      : `Members ${changed.join(' and ')} would change at once while the ensemble runs: old and new ones could form two majorities.`
  const wanted = members(cluster).length
  if (Math.abs(wanted - size) > 1)
    return `The ensemble runs with ${size} members, and the inventory has ${wanted}: several that join at once could outvote it.`
  const leave = await leavingNow(cluster, net)
  return leave.length === 0
    ? undefined
    : `${leave.join(' and ')} would leave the running ensemble while another member joins: old and new ones could form two majorities.`
}

/** Refuses a change of several members at once, or of a member's number, if the ensemble runs: otherwise it is safe. */
async function membership(cluster: Cluster, steps: readonly Step[], net: Net): Promise<readonly Refusal[]> {
  const changed = changedMembers(steps)
  const other = renumbered(cluster, steps)
  const joins = steps.some(({ name, changes }) => name === CONFIG && changes.some(({ action }) => action === 'create'))
  if (!joins && other === undefined && changed.length < 2) return []
  const size = await runningSize(cluster, net)
  if (size === 0) return []
  const refusals: Refusal[] = []
  if (other !== undefined)
    refusals.push({
      refusal: 'zookeeper-id',
      reason: `${other.name} is number ${other.is} in the running ensemble, but the inventory says ${vars(cluster.host(other.name)).id}: renumbering a member breaks its ensemble.`,
      remedy: `Set hosts.${other.name}.vars.zookeeper.id to ${other.is}.`,
      changes: [],
      everywhere: true,
    })
  const reason = await tooMany(cluster, { joins, size, changed }, net)
  if (reason !== undefined)
    refusals.push({ refusal: 'zookeeper-membership', reason, remedy: STAGES, changes: [], everywhere: true })
  return refusals
}

/** A member's ports. Only the leader listens for followers, and any member may become the leader. */
export function listens(host: InventoryHost): readonly Listens[] {
  const { privateAddress: address } = host
  const { settings = {} } = vars(host)
  const own = Object.entries(settings).flatMap(([name, value]) =>
    /^(zookeeper\.)?(secureClientPort|metricsProvider\.httpPort)$/.test(name)
      ? [{ port: Number(value), variable: `settings.${name}` }]
      : [],
  )
  return [
    { port: PORTS.zookeeper },
    ...(isIP(address) === 0 ? [] : [2888, 3888].map((port) => ({ port, address }))),
    ...own,
  ]
}

/** The version of Debian's package, if the unit changes and will run it: it may be there from before a tarball. */
async function fromPackage(host: InventoryHost, steps: readonly Step[], net: Net): Promise<string | undefined> {
  const starts = steps.some(
    ({ name, changes }) => name === 'zookeeper.service' && changes.some(({ action }) => action !== 'create'),
  )
  if (!starts || typeof vars(host).source === 'object') return undefined
  const version = await net.read(sh`dpkg-query -W -f ${'${Version}'} libzookeeper-java 2>/dev/null || :`)
  return version.trim() === '' ? undefined : version.trim()
}

/**
 * Refuses an upgrade across too many versions, or a downgrade. Asks the running server, because the steps know only the
 * new version.
 */
async function tooFar(host: InventoryHost, steps: readonly Step[], net: Net): Promise<readonly Refusal[]> {
  const { source } = vars(host)
  const unpacked = steps.some(
    ({ type, name, changes }) => type === 'archive' && name.startsWith(RELEASE) && changes.length > 0,
  )
  const by = packageVersions(steps, (name) => name === 'libzookeeper-java')
  const to = unpacked && typeof source === 'object' ? source.version : (by?.to ?? (await fromPackage(host, steps, net)))
  if (to === undefined) return []
  const state = await zookeeperOf(host, reachFrom(net)).catch(() => undefined)
  const from = state?.server?.version ?? by?.from
  return refuseUpgrade(RULES.zookeeper, 'zookeeper-version', from === undefined ? undefined : { from, to })
}

/**
 * Refuses changes of several members at once, data left behind, another host's address, and a heap that would make the
 * host swap.
 */
export async function refuse(
  host: Host,
  cluster: Cluster,
  steps: readonly Step[],
  net: Net,
): Promise<readonly Refusal[]> {
  const { heapMb = 0 } = vars(host)
  return [
    ...foreignAddress(host),
    ...(await membership(cluster, steps, net)),
    ...changedPaths(steps).map((name) => ({
      refusal: 'zookeeper-data',
      reason: `${name} would change, and the member would start without its data.`,
      remedy: 'Stop it, move the data (version-2, myid) to the new place, and allow this.',
      changes: [],
    })),
    ...(await tooFar(host, steps, net)),
    ...heapTooLarge(host, 'zookeeper', heapMb),
    ...(await portsTaken(net, steps, 'zookeeper', listens(host))),
  ]
}
