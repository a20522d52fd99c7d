import { isQuorum } from '../../inventory/cloud/merge.ts'
import { compact, present } from '../../lib/compact.ts'
import type { CloudHost } from '../../model/cloud.ts'
import type { InventoryHost } from '../../model/host.ts'
import { recipesOf } from '../../model/recipes-of.ts'
import { unfit } from '../balancers/check.ts'
import type { CloudResult } from '../events.ts'
import { begin, entryOf, forEach, type Ground, generationOf, live, type Said, step, Watch, warn } from '../ground.ts'
import type { Launch } from '../ledger/files.ts'
import { CloudError, type Instance, isLive, type Place, TAG } from '../provider.ts'
import { type Deed, deed } from './deed.ts'
import { firstContact } from './first-contact.ts'
import { makeHostKey } from './host-key.ts'
import { loginKey, makeOrder, userOf } from './order.ts'
import { lopsided, spread } from './spread.ts'

/** How many milliseconds an instance may take to run. */
const BOOT = 600_000

/** A host in the cloud. */
export type Declared = InventoryHost & { readonly cloud: CloudHost }

/** The hosts in the cloud, whoever launched them. */
export const inCloud = (hosts: readonly InventoryHost[]): readonly Declared[] =>
  hosts.filter((host): host is Declared => host.cloud !== undefined)

/** The hosts that provision launches. */
export const declared = (hosts: readonly InventoryHost[]): readonly Declared[] =>
  inCloud(hosts).filter(({ discovered }) => discovered !== true)

/** What to do for a host, and where its instance may go. */
interface Task {
  readonly host: Declared
  readonly deed: Deed
  readonly places: readonly Place[]
}

/** The planned action for a host, as text. */
function planned({ host, deed: { do: what, ...more }, places }: Task): Said {
  if ('why' in more) return ['refused', more.why]
  if ('instance' in more && what === 'nothing') return ['there', there(more.instance)]
  const { type, image, rootGb, spot, provider } = host.cloud
  const where = places[0] ? ` in ${places[0].zone ?? places[0].subnet}` : ''
  const kind = provider === 'sandbox' ? image : `${spot ? 'spot ' : ''}${type}, ${image}, ${rootGb} GB`
  return ['planned', what === 'contact' ? 'its launch goes on' : `${kind}${where}`]
}

const there = ({ id, state }: Instance): string =>
  state === 'running' || state === 'pending' ? id : `${id} is ${state}: provision start`

/** A launch that may still succeed: its instance has not been terminated. */
function underWay(launch: Launch | undefined, seen: readonly Instance[]): Launch | undefined {
  const isOf = (each: Instance): boolean =>
    each.tags[TAG.host] === launch?.order.host && generationOf(each) === launch?.order.generation
  return seen.some((each) => isOf(each) && !isLive(each)) ? undefined : launch
}

/** Determines what to do for each host, without changing anything. @throws CloudError */
async function lookAt(ground: Ground, hosts: readonly Declared[], seen: readonly Instance[]): Promise<readonly Task[]> {
  const found = live(seen)
  const { ledger, journal, provider, cluster } = ground
  const deeds = hosts.map((host) => ({
    host,
    deed: deed({
      host: host.name,
      live: found.get(host.name) ?? [],
      launch: underWay(journal.read(host.name), seen),
      entry: ledger.hosts[host.name],
    }),
  }))
  const fresh = deeds.filter(({ deed: { do: what, ...more } }) => what === 'make' && !('again' in more))
  const subnets = [...new Set(fresh.flatMap(({ host }) => host.cloud.subnets))]
  const places = fresh.length > 0 ? await provider.places(subnets) : []
  const kind = (name: string): string => cluster.hosts.find((host) => host.name === name)?.roles.join(' ') ?? ''
  const taken = [...found].map(([name, [instance]]) => ({ kind: kind(name), zone: instance?.zone }))
  const where = spread(
    fresh.map(({ host }) => ({
      host: host.name,
      kind: host.roles.join(' '),
      subnets: host.cloud.subnets,
      ...compact({ privateAddress: host.cloud.privateAddress }),
    })),
    taken,
    places,
  )
  const tasks = deeds.map((each): Task => {
    const fit = where.get(each.host.name) ?? []
    return typeof fit === 'string'
      ? { ...each, deed: { do: 'refuse', why: fit }, places: [] }
      : { ...each, places: fit }
  })
  warnLopsided(ground, tasks, found)
  return tasks
}

function warnLopsided(ground: Ground, tasks: readonly Task[], found: ReadonlyMap<string, readonly Instance[]>): void {
  const { hosts, roles } = ground.cluster
  const zone = (name: string) =>
    found.get(name)?.[0]?.zone ?? tasks.find(({ host }) => host.name === name)?.places[0]?.zone
  const recipes = new Set(hosts.flatMap((host) => recipesOf(host, roles)).filter(isQuorum))
  const quorums = [...recipes].map(({ name }) => ({
    recipe: name,
    zones: ground.cluster.withRecipe(name).map((host) => zone(host.name)),
  }))
  for (const text of lopsided(quorums)) warn(ground, text)
}

/** Warns of instances that have our tags but were apparently launched from elsewhere. */
function warnForeign(ground: Ground, tasks: readonly Task[]): void {
  const { ledger, journal } = ground
  const foreign = tasks.flatMap(({ host: { name }, deed: what }) =>
    what.do === 'nothing' && !ledger.hosts[name] && !journal.read(name) ? [name] : [],
  )
  if (foreign.length > 0)
    warn(
      ground,
      `launched by somebody else who has this inventory, or by another inventory with the same "cluster": ${foreign.join(', ')}`,
    )
}

/** The order of a host's instance in one place. */
async function orderFor(ground: Ground, host: Declared, place: Place, seen: readonly Instance[]): Promise<Launch> {
  const hostKey = makeHostKey()
  const ended = seen.filter((each) => each.tags[TAG.host] === host.name && !isLive(each)).map(generationOf)
  const generation = Math.max(ground.ledger.generation(host.name), 0, ...ended) + 1
  const login =
    ground.provider.login && host.cloud.loginKey === undefined ? [] : [loginKey(host, host.cloud, ground.folder)]
  const order = makeOrder(
    host,
    host.cloud,
    { place, generation, image: await ground.provider.image(host.cloud) },
    { hostKey, login, roles: ground.cluster.roles },
  )
  return { order, firstKey: hostKey.publicKey }
}

/** Orders an instance, in the next place if the first has no room. Records the order before sending it. */
async function order(
  ground: Ground,
  { host, deed: { ...what }, places }: Task,
  seen: readonly Instance[],
): Promise<Instance> {
  const again = 'again' in what ? what.again : undefined
  const tries = again ? [again] : places
  for (const [at, each] of tries.entries()) {
    const launch = 'order' in each ? each : await orderFor(ground, host, each, seen)
    ground.journal.write(launch)
    step(ground, host.name, 'is ordered')
    try {
      const made = await ground.provider.create(launch.order)
      if (isLive(made)) return made
      ground.journal.remove(host.name)
      throw new CloudError(
        'refused',
        `${made.id} has ended already (${made.reason ?? 'no reason is given'}): launch it again`,
      )
    } catch (error) {
      const full = error instanceof CloudError && error.failure === 'capacity'
      if (error instanceof CloudError && isSure(error, again !== undefined)) ground.journal.remove(host.name)
      if (!full || at === tries.length - 1) throw error
      step(ground, host.name, `${error.message}; the next subnet is tried`)
    }
  }
  throw new CloudError('refused', 'there is no subnet to put it in')
}

/** Is it certain that the order made no instance? An earlier attempt may have made one that we may not see. */
const isSure = ({ failure }: CloudError, again: boolean): boolean =>
  ['capacity', 'quota', 'refused', 'token'].includes(failure) || (failure === 'permission' && !again)

/** Takes one host from its current state to a login with its own key. */
async function launchOne(ground: Ground, watch: Watch, task: Task, seen: readonly Instance[]): Promise<Said> {
  const { host, deed: what } = task
  const { ledger, journal, provider } = ground
  const { name } = host
  const user = host.ssh.user ?? userOf(host.cloud.image)
  if (what.do === 'refuse') return ['refused', what.why]
  if (what.do === 'nothing') {
    ledger.put(name, { ...ledger.hosts[name], ...entryOf(what.instance, user) })
    journal.remove(name)
    return ['there', there(what.instance)]
  }
  const first = what.do === 'contact' ? what.instance : await order(ground, task, seen)
  ledger.put(name, entryOf(first, user))
  const launch = present(journal.read(name))
  step(ground, name, `${first.id} boots`)
  const instance = await watch.until(first.id, runs, BOOT)
  ledger.put(name, entryOf(instance, user))
  const address = host.cloud.address === 'public' ? instance.publicAddress : instance.privateAddress
  if (address === undefined)
    return [
      'failed',
      `${first.id} has no ${host.cloud.address} address: its subnet gives none, so set "address": "private"`,
    ]
  const ssh = { ...provider.login, ...(user === undefined ? {} : { user }), ...host.ssh }
  const key = await firstContact(ground, { host: name, id: first.id, address, ssh }, launch, (ownKey) =>
    journal.write({ ...launch, ownKey }),
  )
  await provider.tag(first.id, { [TAG.hostKey]: key })
  ledger.put(name, { ...entryOf(instance, user), hostKey: key })
  journal.remove(name)
  return ['launched', `${first.id} at ${address}`]
}

/** Does it run? @throws CloudError if it never will */
function runs(instance: Instance | undefined): boolean {
  if (instance && !isLive(instance))
    throw new CloudError('refused', `${instance.id} ended while it booted: ${instance.reason ?? 'no reason is given'}`)
  return instance?.state === 'running'
}

/**
 * Launches the declared hosts that do not exist yet, and waits until each accepts logins with a host key of its own.
 * Continues where an earlier run was killed.
 * @param dry only report what would be done
 * @throws CloudError for a problem of all hosts, before anything is launched
 */
export async function launch(
  ground: Ground,
  hosts: readonly Declared[],
  dry: boolean,
): Promise<readonly CloudResult[]> {
  const names = hosts.map(({ name }) => name)
  await begin(ground, 'launch', names)
  const seen = await ground.provider.describe()
  const tasks = await lookAt(ground, hosts, seen)
  const wanted = tasks.flatMap(({ host, deed: what, places: [place] }) =>
    what.do === 'make' && !what.again && place ? [{ host, place }] : [],
  )
  const launches = await Promise.all(wanted.map(({ host, place }) => orderFor(ground, host, place, seen)))
  const orders = launches.map(({ order }) => order)
  const wrong = orders.length > 0 ? [...(await ground.provider.check(orders)), ...(await unfit(ground, wanted))] : []
  if (wrong.length > 0) throw new CloudError('refused', wrong.join('\n'))
  warnForeign(ground, tasks)
  const task = (name: string): Task => present(tasks.find(({ host }) => host.name === name))
  if (dry) return forEach(ground, names, async (name) => planned(task(name)))
  const watch = new Watch(ground)
  return forEach(ground, names, (name) => launchOne(ground, watch, task(name), seen))
}
