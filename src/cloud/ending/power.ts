import { isQuorum } from '../../inventory/cloud/merge.ts'
import { there } from '../../lib/user-error.ts'
import { recipesOf } from '../../model/recipes-of.ts'
import { attach } from '../balancers/attach.ts'
import type { CloudResult } from '../events.ts'
import { begin, entryOf, forEach, type Ground, type Leaver, live, type Said, step, Watch } from '../ground.ts'
import { reachAgain } from '../launch/first-contact.ts'
import type { Declared } from '../launch/launch.ts'
import { CloudError, type Instance, isLive } from '../provider.ts'
import { bringBack, takeOut } from './service.ts'
import { inOrder } from './waves.ts'

const PATIENCE = 600_000

/** Which hosts to start or stop, and how. */
export interface Power {
  readonly hosts: readonly Declared[]
  readonly allow: readonly string[]
  readonly dry: boolean
}

function onlyOne(ground: Ground, host: string, instances: readonly Instance[]): Instance | Said {
  const [instance, ...others] = instances
  if (!instance) return ['refused', 'is not launched: provision launch']
  if (others.length > 0)
    return [
      'refused',
      `has several instances, ${instances.map(({ id }) => id).join(', ')}: terminate all but one by hand`,
    ]
  if (ground.ledger.hosts[host]?.hostKey === undefined)
    return ['refused', `the launch of ${instance.id} is not finished: provision launch continues it`]
  return instance
}

/** Is it in this state? @throws CloudError if it has been terminated */
const is =
  (state: Instance['state']) =>
  (instance: Instance | undefined): boolean => {
    if (instance && !isLive(instance))
      throw new CloudError('refused', `${instance.id} has ended: ${instance.reason ?? 'no reason is given'}`)
    return instance?.state === state
  }

async function startOne(ground: Ground, watch: Watch, host: Declared, instance: Instance): Promise<Said> {
  const { provider, ledger } = ground
  const before = ledger.hosts[host.name]
  if (instance.state === 'stopping') await watch.until(instance.id, is('stopped'), PATIENCE)
  if (instance.state === 'stopping' || instance.state === 'stopped') {
    step(ground, host.name, `${instance.id} is started`)
    await provider.start(instance.id)
  }
  const up = await watch.until(instance.id, is('running'), PATIENCE)
  const entry = { ...before, ...entryOf(up, before?.user) }
  const address = host.cloud.address === 'public' ? up.publicAddress : up.privateAddress
  if (address === undefined || entry.hostKey === undefined)
    return ['failed', `${up.id} has no ${host.cloud.address} address`]
  const ssh = { ...provider.login, ...(entry.user === undefined ? {} : { user: entry.user }), ...host.ssh }
  await reachAgain(ground, { host: host.name, id: up.id, address, ssh }, entry.hostKey)
  ledger.put(host.name, entry)
  const { absent: _, ...rest } = host
  const { privateAddress = address, hostKey } = entry
  const back = { ...rest, address, privateAddress, ssh: { ...ssh, hostKey } }
  if (entry.away) {
    const why = await bringBack(ground, back)
    if (why !== undefined) return ['failed', `${up.id} runs, but is not back in service: ${why}`]
    const { away: __, ...well } = entry
    ledger.put(host.name, well)
  }
  // a host that never was a target has not been configured yet
  if (entry.attached !== undefined) await attach(ground, back, up)
  return [instance.state === 'running' ? 'there' : 'started', `${up.id} at ${address}`]
}

async function stopOne(ground: Ground, watch: Watch, host: Declared, instance: Instance): Promise<Said> {
  const before = ground.ledger.hosts[host.name]
  if (instance.state !== 'stopped') {
    step(ground, host.name, `${instance.id} is stopped`)
    if (instance.state !== 'stopping') await ground.provider.stop(instance.id)
  }
  const down = await watch.until(instance.id, is('stopped'), PATIENCE)
  const { publicAddress: _, ...entry } = { ...before, ...entryOf(down, before?.user) }
  ground.ledger.put(host.name, entry)
  return [instance.state === 'stopped' ? 'there' : 'stopped', down.id]
}

/** Refuses to stop hosts if that would leave a quorum with only some of its members. */
function members({ cluster }: Ground, hosts: readonly Declared[]): ReadonlyMap<string, string> {
  const chosen = new Set(hosts.map(({ name }) => name))
  return new Map(
    hosts.flatMap((host) => {
      const part = recipesOf(host, cluster.roles).find(
        (recipe) => isQuorum(recipe) && !cluster.withRecipe(recipe.name).every(({ name }) => chosen.has(name)),
      )
      return part ? [[host.name, part.name] as const] : []
    }),
  )
}

/** Handles each host's instance, wave by wave; stops after a wave in which a host failed. */
async function inWaves(
  ground: Ground,
  command: 'start' | 'stop',
  hosts: readonly Declared[],
  work: (host: Declared, instance: Instance, watch: Watch) => Promise<Said> | Said,
  before: (wave: readonly Leaver[]) => Promise<ReadonlyMap<string, string>> = async () => new Map(),
): Promise<readonly CloudResult[]> {
  const by = new Map(hosts.map((host) => [host.name, host]))
  await begin(ground, command, [...by.keys()])
  const seen = live(await ground.provider.describe())
  const watch = new Watch(ground)
  const found = (name: string) => onlyOne(ground, name, seen.get(name) ?? [])
  const leavers = (wave: readonly string[]): readonly Leaver[] =>
    wave.flatMap((host) => {
      const instance = found(host)
      return 'id' in instance ? [{ host, instance }] : []
    })
  const one = async (name: string): Promise<Said> => {
    const instance = found(name)
    return 'id' in instance ? work(there(by.get(name), name), instance, watch) : instance
  }
  const left: Said = ['left', 'was not begun, since a host before it failed']
  const waves = inOrder(hosts, ground.cluster.roles)
  const results: CloudResult[] = []
  for (const wave of command === 'start' ? waves : waves.toReversed()) {
    const failed = results.some(({ outcome }) => outcome === 'failed' || outcome === 'refused')
    const stay = failed ? new Map<string, string>() : await before(leavers(wave))
    const each = async (name: string): Promise<Said> => {
      const why = stay.get(name)
      return why === undefined ? one(name) : ['refused', why]
    }
    results.push(...(await forEach(ground, wave, failed ? async () => left : each)))
  }
  return results
}

/** Starts stopped instances, in the order of their roles, and waits until they accept logins. @throws CloudError */
export const start = (ground: Ground, { hosts, dry }: Power): Promise<readonly CloudResult[]> =>
  inWaves(ground, 'start', hosts, (host, found, watch) => {
    if (!dry) return startOne(ground, watch, host, found)
    return found.state === 'running' ? ['there', found.id] : ['planned', `${found.id} is started`]
  })

/** Stops instances, in reverse order of their roles. @throws CloudError */
export async function stop(ground: Ground, { hosts, allow, dry }: Power): Promise<readonly CloudResult[]> {
  const { ledger } = ground
  const parts = allow.includes('quorum') ? new Map<string, string>() : members(ground, hosts)
  const one = (host: Declared, found: Instance, watch: Watch): Promise<Said> | Said => {
    const part = parts.get(host.name)
    if (part !== undefined)
      return [
        'refused',
        `is a member of the quorum of ${part}, and other members would stay up: stop all of them, or --allow quorum`,
      ]
    if (!dry) return stopOne(ground, watch, host, found)
    return found.state === 'stopped' ? ['there', found.id] : ['planned', `${found.id} is stopped`]
  }
  const leaves = (host: string): void => ledger.put(host, { ...there(ledger.hosts[host], host), away: true })
  const all = new Set(hosts.map(({ name }) => name))
  return inWaves(ground, 'stop', hosts, one, async (wave) =>
    dry
      ? new Map()
      : takeOut(
          ground,
          wave.filter(({ host }) => !parts.has(host)),
          { allow, going: all, leaves },
        ),
  )
}
