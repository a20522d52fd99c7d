import { type Ground, live, warn } from '../ground.ts'
import { type Declared, declared } from '../launch/launch.ts'
import { CloudError, type Instance } from '../provider.ts'
import { type GroupSeen, ownHooks } from './groups.ts'
import { type Found, inGroups, type Member, type Members, membersOf } from './members.ts'

/** Finds the instances of others that are hosts, with one request per rule. @throws CloudError */
async function discover({ cluster, provider }: Ground): Promise<readonly Found[]> {
  const rules = cluster.cloud?.discover ?? []
  return Promise.all(
    rules.map(async (rule) => {
      if (!provider.discover)
        throw new CloudError(
          'refused',
          `${provider.name} cannot find instances that others launched: take "discover" out of the inventory`,
        )
      return { rule, instances: await provider.discover(rule) }
    }),
  )
}

/**
 * The instances of others that are hosts, with their existing or new names.
 * @param names those of hosts that are launched here
 * @throws CloudError
 */
export async function found(ground: Ground, names: readonly string[]): Promise<Members> {
  const { cluster, ledger } = ground
  const inFile = cluster.hosts.filter(({ discovered }) => discovered !== true).map(({ name }) => name)
  const taken = new Set([...inFile, ...names])
  const [all, groups] = await Promise.all([discover(ground), lookAtGroups(ground)])
  const { members, wrong } = membersOf(all, ledger.hosts, (name) => taken.has(name))
  const missing = named(ground).filter((group) => !groups.some(({ name }) => name === group))
  const waiting = groups.filter(({ members: of }) => [...of.values()].some(({ waits }) => waits))
  const hooks = await Promise.all(
    waiting.map(async ({ name }) => [name, (await ground.provider.groups?.hooks(name)) ?? []] as const),
  )
  return inGroups({ members, wrong: [...wrong, ...missing.map(noGroup)] }, groups, new Map(hooks))
}

const noGroup = (group: string): string => `there is no auto-scaling group ${group}, which the inventory names`

/** The groups that the inventory names. */
const named = ({ cluster }: Ground): readonly string[] => [
  ...new Set((cluster.cloud?.discover ?? []).flatMap(({ group }) => group ?? [])),
]

/** The state of the groups in the inventory, without those that do not exist. */
async function lookAtGroups(ground: Ground): Promise<readonly GroupSeen[]> {
  const names = named(ground)
  return names.length === 0 ? [] : ((await ground.provider.groups?.look(names)) ?? [])
}

/** Warnings about groups of new members that terminate theirs without waiting. @throws CloudError */
export async function unhooked({ provider }: Ground, fresh: readonly Member[]): Promise<readonly string[]> {
  const groups = [...new Set(fresh.flatMap(({ rule: { group } }) => group ?? []))]
  const said = await Promise.all(
    groups.map(async (group) => {
      const hooks = (await provider.groups?.hooks(group)) ?? []
      return ownHooks(hooks, 'end').length > 0
        ? []
        : [
            `${group} ends its members at once, undrained: it has no lifecycle hook for that whose name begins with "provision"`,
          ]
    }),
  )
  return said.flat()
}

/** All existing instances, by host; those of others under their names in the ledger. @throws CloudError */
export async function instances(ground: Ground): Promise<ReadonlyMap<string, readonly Instance[]>> {
  const [ours, others] = await Promise.all([ground.provider.describe(), discover(ground)])
  const all = new Map(live(ours))
  const byId = new Map(others.flatMap((found) => found.instances.map((each) => [each.id, each])))
  for (const [name, { id, role }] of Object.entries(ground.ledger.hosts)) {
    const instance = role === undefined ? undefined : byId.get(id)
    if (instance) all.set(name, [instance])
  }
  return all
}

/** The hosts that provision launches itself; reports that it leaves the others alone. */
export function launchedHere(ground: Ground, hosts: readonly Declared[]): readonly Declared[] {
  const own = declared(hosts)
  const others = hosts.filter((host) => !own.includes(host)).map(({ name }) => name)
  if (others.length > 0) warn(ground, `left alone, because others launched them: ${others.join(', ')}`)
  return own
}
