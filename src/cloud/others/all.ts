import { type Ground, live, warn } from '../ground.ts'
import { type Declared, declared } from '../launch/launch.ts'
import { CloudError, type Instance } from '../provider.ts'
import { type Found, type Members, membersOf } from './members.ts'

/** Asks for the instances of others that are hosts, one question a rule. @throws CloudError */
async function discover({ cluster, provider }: Ground): Promise<readonly Found[]> {
  const rules = cluster.cloud?.discover ?? []
  return Promise.all(
    rules.map(async (rule) => {
      if (!provider.discover)
        throw new CloudError('refused', `${provider.name} has no instances of others: take "discover" out`)
      return { rule, instances: await provider.discover(rule) }
    }),
  )
}

/**
 * The instances of others that are hosts, with the names that they have or get.
 * @param names those of hosts that are launched here
 * @throws CloudError
 */
export async function found(ground: Ground, names: readonly string[]): Promise<Members> {
  const { cluster, ledger } = ground
  const inFile = cluster.hosts.filter(({ discovered }) => discovered !== true).map(({ name }) => name)
  const taken = new Set([...inFile, ...names])
  return membersOf(await discover(ground), ledger.hosts, (name) => taken.has(name))
}

/** All instances that are there, by host: those of others as the file of instances names them. @throws CloudError */
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

/** The hosts among them that provision launches itself; of the others it says that it leaves them alone. */
export function launchedHere(ground: Ground, hosts: readonly Declared[]): readonly Declared[] {
  const own = declared(hosts)
  const others = hosts.filter((host) => !own.includes(host)).map(({ name }) => name)
  if (others.length > 0) warn(ground, `left alone, since others launched them: ${others.join(', ')}`)
  return own
}
