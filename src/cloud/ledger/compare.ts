import { type Ground, live } from '../ground.ts'
import { declared } from '../launch/launch.ts'
import { found } from '../others/all.ts'
import type { Instance } from '../provider.ts'

/** A host's declaration and its actual instance. */
export interface Compared {
  readonly host: string
  readonly declared: boolean
  readonly id?: string
  readonly state?: string
  readonly zone?: string
  readonly address?: string
  /** The differences; empty if there are none. */
  readonly note: string
}

function noteOn(ground: Ground, host: string, isDeclared: boolean, instances: readonly Instance[]): string {
  const entry = ground.ledger.hosts[host]
  const [instance] = instances
  if (!instance) return isDeclared ? 'not launched: provision launch' : 'gone: provision refresh'
  if (instances.length > 1) return `${instances.length} instances: ${instances.map(({ id }) => id).join(', ')}`
  if (!isDeclared) return 'no longer declared: provision terminate'
  if (entry?.id !== instance.id || entry.state !== instance.state) return 'not as written down: provision refresh'
  return entry.hostKey === undefined ? 'first contact not made: provision launch' : ''
}

/** The differences of an instance that others launched. */
function noteOnOther({ ledger }: Ground, host: string, instance: Instance | undefined): string {
  const entry = ledger.hosts[host]
  if (!instance) return 'gone: provision refresh'
  if (!entry) return 'new: provision refresh'
  if (entry.state !== instance.state) return 'not as written down: provision refresh'
  return entry.hostKey === undefined ? 'host key not known yet: provision refresh' : ''
}

/** Compares declared hosts with existing ones. Asks once, and changes nothing. @throws CloudError */
export async function compare(ground: Ground): Promise<readonly Compared[]> {
  const { cluster, ledger, provider } = ground
  const ours = live(await provider.describe())
  const { members } = await found(ground, [...ours.keys()])
  const seen = new Map([...ours, ...members.map(({ name, instance }) => [name, [instance]] as const)])
  const isOther = (host: string): boolean =>
    members.some(({ name }) => name === host) || ledger.hosts[host]?.role !== undefined
  const names = declared(cluster.hosts).map(({ name }) => name)
  const others = [...seen.keys(), ...Object.keys(ledger.hosts)].filter((name) => !names.includes(name)).sort()
  return [...new Set([...names, ...others])].map((host) => {
    const instances = seen.get(host) ?? []
    const [instance] = instances
    const isDeclared = names.includes(host) || isOther(host)
    const note = isOther(host) ? noteOnOther(ground, host, instance) : noteOn(ground, host, isDeclared, instances)
    if (!instance) return { host, declared: isDeclared, note }
    const { id, state, zone, privateAddress, publicAddress } = instance
    const address = [privateAddress, publicAddress].filter((each) => each !== undefined).join(', ')
    return { host, declared: isDeclared, id, state, ...(zone === undefined ? {} : { zone }), address, note }
  })
}
