import type { CloudResult } from '../events.ts'
import { begin, forEach, type Ground, generationOf, live, type Said, step, Watch } from '../ground.ts'
import { declared } from '../launch/launch.ts'
import { instances as allInstances } from '../others/all.ts'
import { endMember, tooSmall } from '../others/lifecycle.ts'
import { type Instance, isLive, TAG } from '../provider.ts'
import { moving, takeOut } from './service.ts'

/** How many milliseconds an instance may take to terminate. */
const PATIENCE = 600_000

/** What to terminate. */
export interface Ending {
  /** Hosts by name, declared or not; absent: all existing ones that are no longer declared. */
  readonly hosts?: readonly string[]
  readonly allow: readonly string[]
  /** Only report what would be done. */
  readonly dry: boolean
  /** Groups do not replace members that are terminated. */
  readonly shrink?: boolean
}

/** What the tags and the ledger say about a host's instance: what to terminate, or why not to. */
type Found = { readonly instance: Instance } | { readonly said: Said }

function find(ground: Ground, host: string, instances: readonly Instance[]): Found {
  const entry = ground.ledger.hosts[host]
  const [instance, ...others] = instances
  if (entry?.role !== undefined && entry.group === undefined)
    return {
      said: ['refused', `others launched ${entry.id}: terminate it where it was launched, then run provision refresh`],
    }
  if (!instance) return { said: entry ? ['ended', `${entry.id} is gone`] : ['there', 'has no instance'] }
  if (others.length > 0 && !entry)
    return { said: ['refused', 'has several instances, and none of them is known here: provision refresh'] }
  const ours = instances.find(({ id }) => id === entry?.id)
  if (ours) return { instance: ours }
  return {
    said: [
      'refused',
      `${instance.id} has its tags and is not in the file of instances: provision refresh, and look at it, first`,
    ],
  }
}

/** Why members of quorums are not terminated without a waiver. */
function refusal(found: ReadonlyMap<string, Found>, allow: readonly string[]): ReadonlyMap<string, string> {
  const members = [...found].flatMap(([host, each]) => {
    const quorum = 'instance' in each ? each.instance.tags[TAG.quorum] : undefined
    return quorum === undefined ? [] : [{ host, quorum }]
  })
  if (!allow.includes('quorum'))
    return new Map(
      members.map(({ host, quorum }) => [
        host,
        `is a member of the quorum of ${quorum}: --allow quorum, once the others are well (provision status)`,
      ]),
    )
  return new Map(
    members
      .slice(1)
      .map(({ host, quorum }) => [
        host,
        `is a member of the quorum of ${quorum}, of which one is ended in a run, and the next when it is well again without`,
      ]),
  )
}

/** Hosts that have an instance or an entry, and are no longer declared. */
function undeclared({ cluster, ledger }: Ground, seen: ReadonlyMap<string, readonly Instance[]>): readonly string[] {
  const known = new Set(declared(cluster.hosts).map(({ name }) => name))
  const launched = Object.keys(ledger.hosts).filter((name) => ledger.hosts[name]?.role === undefined)
  return [...new Set([...seen.keys(), ...launched])].filter((name) => !known.has(name)).sort()
}

/** Removes the host's entry: the next instance of a host that is launched here gets a new generation. */
export function forget({ ledger }: Ground, host: string): void {
  if (ledger.hosts[host]?.role === undefined) ledger.remove(host)
  else ledger.drop(host)
}

const byGroup = (shrink: boolean): string => ` by its group, which launches ${shrink ? 'no' : 'an'}other one`

async function endOne(ground: Ground, watch: Watch, host: string, instance: Instance): Promise<Said> {
  const { provider, ledger, journal } = ground
  step(ground, host, `${instance.id} is ended`)
  await provider.end(instance.id)
  // an instance that the cloud no longer shows has been terminated, too
  await watch.gone(instance.id, PATIENCE)
  ledger.remove(host, generationOf(instance))
  journal.remove(host)
  return ['ended', instance.id]
}

/** The hosts to terminate that are members of groups, and those whose group would become too small. */
async function inGroups(ground: Ground, names: readonly string[], shrink: boolean) {
  const { ledger, provider } = ground
  const group = (name: string): string | undefined => ledger.hosts[name]?.group
  const others = names.filter((name) => group(name) !== undefined)
  const groups =
    others.length > 0 ? await provider.groups?.look([...new Set(others.flatMap((n) => group(n) ?? []))]) : []
  const small = (groups ?? []).flatMap((each) => {
    const own = others.filter((name) => group(name) === each.name)
    const why = shrink ? tooSmall(each, own.length) : undefined
    return why === undefined ? [] : own.map((name) => [name, why] as const)
  })
  return { seen: others.length > 0 ? await allInstances(ground) : new Map<string, readonly Instance[]>(), small }
}

/**
 * Terminates instances that both our tags and our ledger name, and members of groups through their groups. @throws
 * CloudError
 */
export async function terminate(
  ground: Ground,
  { hosts, allow, dry, shrink = false }: Ending,
): Promise<readonly CloudResult[]> {
  const all = await ground.provider.describe()
  const ours = live(all)
  const names = hosts ?? undeclared(ground, ours)
  const isMember = (name: string): boolean => ground.ledger.hosts[name]?.group !== undefined
  const members = await inGroups(ground, names, shrink)
  const seen = new Map([...ours, ...members.seen])
  await begin(ground, 'terminate', names)
  const found = new Map(names.map((name) => [name, find(ground, name, seen.get(name) ?? [])]))
  const refused = new Map([...refusal(found, allow), ...members.small])
  const leavers = [...found].flatMap(([host, each]) =>
    'instance' in each && !refused.has(host) ? [{ host, instance: each.instance }] : [],
  )
  const stay = dry ? new Map<string, string>() : await takeOut(ground, leavers, { allow })
  const move = dry ? moving(ground, leavers, { allow }) : []
  const watch = new Watch(ground)
  const ending = (name: string): number => all.filter((each) => each.tags[TAG.host] === name && !isLive(each)).length
  return forEach(ground, names, async (name) => {
    const each = found.get(name)
    const no = refused.get(name) ?? stay.get(name)
    if (no !== undefined) return ['refused', no]
    if (!each || 'said' in each) {
      if (!dry && each?.said[0] === 'ended') forget(ground, name)
      if (!dry && each?.said[0] !== 'refused') ground.journal.remove(name)
      return each?.said ?? ['there', ending(name) > 0 ? 'has ended' : 'has no instance']
    }
    const first = move.includes(name) ? ' when its tasks have moved to others' : ''
    if (dry) return ['planned', `${each.instance.id} is ended${isMember(name) ? byGroup(shrink) : ''}${first}`]
    return isMember(name) ? endMember(ground, name, each.instance, shrink) : endOne(ground, watch, name, each.instance)
  })
}
