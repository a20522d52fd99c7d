import { compact } from '../../lib/compact.ts'
import { isTarget, seenBy } from '../balancers/targets.ts'
import { forget } from '../ending/terminate.ts'
import type { CloudResult } from '../events.ts'
import { begin, entryOf, forEach, type Ground, live, type Said, warn } from '../ground.ts'
import { declared } from '../launch/launch.ts'
import { userOf } from '../launch/order.ts'
import { found, unhooked } from '../others/all.ts'
import type { Member } from '../others/members.ts'
import { takeIn } from '../others/take-in.ts'
import { type Instance, TAG } from '../provider.ts'

type Seen = ReadonlyMap<string, readonly Instance[]>
type Members = ReadonlyMap<string, Member>

/** Declared hosts and those that have an instance or an entry, with their instances. */
function everybody(ground: Ground, seen: Seen, members: Members): readonly string[] {
  const names = declared(ground.cluster.hosts).map(({ name }) => name)
  const others = [...seen.keys(), ...members.keys(), ...Object.keys(ground.ledger.hosts)].sort()
  return [...new Set([...names, ...others])]
}

/** A host's instance: the recorded one, or any. */
const ours = ({ ledger }: Ground, host: string, seen: Seen) =>
  seen.get(host)?.find(({ id }) => id === ledger.hosts[host]?.id) ?? seen.get(host)?.[0]

/** The balancers that have each host as a target. */
async function targetsNow(ground: Ground, seen: Seen, members: Members) {
  const { balancers } = ground.provider
  const wanted = [
    ...declared(ground.cluster.hosts).map(({ name, cloud }) => ({ name, cloud, instance: ours(ground, name, seen) })),
    ...[...members.values()].map(({ name, rule, instance }) => ({ name, cloud: rule.host.cloud, instance })),
  ]
  const behind = wanted.flatMap(({ name, cloud, instance }) =>
    instance && cloud.balancers.length > 0 ? [{ host: name, balancers: cloud.balancers, instance }] : [],
  )
  const found = balancers && behind.length > 0 ? (await seenBy(balancers, behind)).filter(isTarget) : []
  return (host: string) => found.flatMap((each) => (each.host === host ? [each.balancer] : [])).sort()
}

/** The instances that others launched and that are hosts, by name. */
async function others(ground: Ground, seen: Seen): Promise<Members> {
  const { members, wrong } = await found(ground, [...seen.keys()])
  for (const text of wrong) warn(ground, text)
  for (const { role, tags, group } of ground.cluster.cloud?.discover ?? []) {
    if (group !== undefined || members.some(({ rule }) => rule.role === role)) continue
    const wanted = Object.entries(tags).map(([name, value]) => `${name}=${value}`)
    warn(ground, `no instance that others launched has the tags of "discover" of ${role}: ${wanted.join(', ')}`)
  }
  return new Map(members.map((member) => [member.name, member]))
}

/** Describes an instance that others launched. */
function lookAt({ ledger }: Ground, { name, rule, instance }: Member): string {
  const note = ledger.hosts[name]?.hostKey === undefined ? ', not taken in yet' : ''
  return `${instance.id} ${instance.state}, ${rule.role}${note}`
}

/**
 * Rebuilds the ledger from the instances' tags, host keys included; adds instances that others launched, and removes
 * those that are gone. @throws CloudError
 */
export async function refresh(ground: Ground, dry: boolean): Promise<readonly CloudResult[]> {
  const { ledger, cluster, provider } = ground
  const seen = live(await provider.describe())
  const members = await others(ground, seen)
  const names = everybody(ground, seen, members)
  await begin(ground, 'refresh', names)
  const attachedTo = await targetsNow(ground, seen, members)
  const results = await forEach(ground, names, async (name): Promise<Said> => {
    const member = members.get(name)
    if (member && !dry) return takeIn(ground, member, attachedTo(name))
    if (member) return ['there', lookAt(ground, member)]
    const instances = seen.get(name) ?? []
    const host = cluster.hosts.find((each) => each.name === name)
    const before = ledger.hosts[name]
    const instance = ours(ground, name, seen)
    if (instances.length > 1)
      warn(
        ground,
        `${name} has ${instances.length} instances: ${instances.map(({ id }) => id).join(', ')}; terminate all but one by hand`,
      )
    if (!instance) {
      if (!before) return ['there', 'is not launched']
      if (!dry) forget(ground, name)
      const isWanted = before.role === undefined || cluster.cloud?.discover?.some(({ role }) => role === before.role)
      return ['gone', `${before.id} is ${isWanted ? 'gone' : 'no longer looked for'}`]
    }
    const image = host?.cloud?.image
    const entry = entryOf(instance, host?.ssh.user ?? (image === undefined ? before?.user : userOf(image)))
    const key = instance.tags[TAG.hostKey] ?? (before?.id === instance.id ? before.hostKey : undefined)
    const away = before?.id === instance.id ? before.away : undefined
    const now = attachedTo(name)
    // do not say that a host has left a balancer if it was apparently never a target
    const attached = now.length > 0 || (before?.id === instance.id && before.attached !== undefined) ? now : undefined
    if (!dry) ledger.put(name, { ...entry, ...compact({ hostKey: key, away, attached }) })
    const notes = [
      ...(key === undefined ? ['its first contact is not made'] : []),
      ...(host?.cloud ? [] : ['no longer declared']),
    ]
    return ['there', [`${instance.id} ${instance.state}`, ...notes].join(', ')]
  })
  const fresh = results.flatMap(({ host, outcome }) => (outcome === 'found' ? (members.get(host) ?? []) : []))
  for (const text of await unhooked(ground, fresh)) warn(ground, text)
  return results
}
