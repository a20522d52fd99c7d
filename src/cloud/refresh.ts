import type { LedgerHost } from '../inventory/cloud/ledger.ts'
import { compact } from '../lib/compact.ts'
import { balancerKey } from '../model/cloud.ts'
import type { InventoryHost } from '../model/host.ts'
import type { CloudResult } from './events.ts'
import { begin, entryOf, forEach, type Ground, live, type Said, warn } from './ground.ts'
import { declared } from './launch/launch.ts'
import { userOf } from './launch/order.ts'
import { type Instance, TAG } from './provider.ts'

/** Declared hosts, and those that have an instance or an entry, with their instances. */
function everybody(ground: Ground, seen: ReadonlyMap<string, readonly Instance[]>): readonly string[] {
  const names = declared(ground.cluster.hosts).map(({ name }) => name)
  const others = [...seen.keys(), ...Object.keys(ground.ledger.hosts)].sort()
  return [...new Set([...names, ...others])]
}

/** The balancers that a host is a target of; undefined for one that never was, as far as anybody knows. */
async function attachedTo(
  { provider: { balancers } }: Ground,
  host: InventoryHost | undefined,
  instance: Instance,
  before: LedgerHost | undefined,
): Promise<readonly string[] | undefined> {
  const wanted = balancers ? (host?.cloud?.balancers ?? []) : []
  const targets = await Promise.all(
    wanted.map(async (balancer) => {
      const state = (await balancers?.targets(balancer, [instance]))?.get(instance.id)?.state
      return state === undefined || state === 'draining' || state === 'unused' ? [] : [balancerKey(balancer)]
    }),
  )
  const found = targets.flat().sort()
  return found.length > 0 || (before?.id === instance.id && before.attached !== undefined) ? found : undefined
}

/** Writes the ledger anew from the tags of the instances, host keys included. @throws CloudError */
export async function refresh(ground: Ground, dry: boolean): Promise<readonly CloudResult[]> {
  const { ledger, cluster, provider } = ground
  const seen = live(await provider.describe())
  const names = everybody(ground, seen)
  await begin(ground, 'refresh', names)
  return forEach(ground, names, async (name): Promise<Said> => {
    const instances = seen.get(name) ?? []
    const host = cluster.hosts.find((each) => each.name === name)
    const before = ledger.hosts[name]
    const instance = instances.find(({ id }) => id === before?.id) ?? instances[0]
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
    const attached = await attachedTo(ground, host, instance, before)
    if (!dry) ledger.put(name, { ...entry, ...compact({ hostKey: key, away, attached }) })
    const notes = [
      ...(key === undefined ? ['its first contact is not made'] : []),
      ...(host?.cloud ? [] : ['no longer declared']),
    ]
    return ['there', [`${instance.id} ${instance.state}`, ...notes].join(', ')]
  })
}
