import { compact } from '../lib/compact.ts'
import type { CloudResult } from './events.ts'
import { begin, entryOf, forEach, type Ground, live, type Said, warn } from './ground.ts'
import { declared } from './launch/launch.ts'
import { userOf } from './launch/order.ts'
import { type Instance, TAG } from './provider.ts'
import { isTarget, seenBy } from './targets.ts'

/** Declared hosts, and those that have an instance or an entry, with their instances. */
function everybody(ground: Ground, seen: ReadonlyMap<string, readonly Instance[]>): readonly string[] {
  const names = declared(ground.cluster.hosts).map(({ name }) => name)
  const others = [...seen.keys(), ...Object.keys(ground.ledger.hosts)].sort()
  return [...new Set([...names, ...others])]
}

/** The instance of a host: the one that is written down, or any. */
const ours = ({ ledger }: Ground, host: string, seen: ReadonlyMap<string, readonly Instance[]>) =>
  seen.get(host)?.find(({ id }) => id === ledger.hosts[host]?.id) ?? seen.get(host)?.[0]

/** The balancers that each host is a target of. */
async function targetsNow(ground: Ground, seen: ReadonlyMap<string, readonly Instance[]>) {
  const { balancers } = ground.provider
  const behind = declared(ground.cluster.hosts).flatMap(({ name, cloud }) => {
    const instance = ours(ground, name, seen)
    return instance && cloud.balancers.length > 0 ? [{ host: name, balancers: cloud.balancers, instance }] : []
  })
  const found = balancers && behind.length > 0 ? (await seenBy(balancers, behind)).filter(isTarget) : []
  return (host: string) => found.flatMap((each) => (each.host === host ? [each.balancer] : [])).sort()
}

/** Writes the ledger anew from the tags of the instances, host keys included. @throws CloudError */
export async function refresh(ground: Ground, dry: boolean): Promise<readonly CloudResult[]> {
  const { ledger, cluster, provider } = ground
  const seen = live(await provider.describe())
  const names = everybody(ground, seen)
  await begin(ground, 'refresh', names)
  const attachedTo = await targetsNow(ground, seen)
  return forEach(ground, names, async (name): Promise<Said> => {
    const instances = seen.get(name) ?? []
    const host = cluster.hosts.find((each) => each.name === name)
    const before = ledger.hosts[name]
    const instance = ours(ground, name, seen)
    if (instances.length > 1)
      warn(
        ground,
        `${name} has ${instances.length} instances: ${instances.map(({ id }) => id).join(', ')}; end all but one by hand`,
      )
    if (!instance) {
      if (!dry && before) ledger.remove(name)
      return ['there', before ? `${before.id} is gone` : 'is not launched']
    }
    const image = host?.cloud?.image
    const entry = entryOf(instance, host?.ssh.user ?? (image === undefined ? before?.user : userOf(image)))
    const key = instance.tags[TAG.hostKey] ?? (before?.id === instance.id ? before.hostKey : undefined)
    const away = before?.id === instance.id ? before.away : undefined
    const now = attachedTo(name)
    // one that never was a target, as far as anybody knows, is not said to have left
    const attached = now.length > 0 || (before?.id === instance.id && before.attached !== undefined) ? now : undefined
    if (!dry) ledger.put(name, { ...entry, ...compact({ hostKey: key, away, attached }) })
    const notes = [
      ...(key === undefined ? ['its first contact is not made'] : []),
      ...(host?.cloud ? [] : ['no longer declared']),
    ]
    return ['there', [`${instance.id} ${instance.state}`, ...notes].join(', ')]
  })
}
