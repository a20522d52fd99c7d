import { type Ground, live } from './ground.ts'
import { declared } from './launch/launch.ts'
import type { Instance } from './provider.ts'

/** A host as it is declared, and as it is. */
export interface Compared {
  readonly host: string
  readonly declared: boolean
  readonly id?: string
  readonly state?: string
  readonly zone?: string
  readonly address?: string
  /** What does not fit; empty if all does. */
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

/** Declared hosts and those that are there, side by side. Asks once, and changes nothing. @throws CloudError */
export async function compare(ground: Ground): Promise<readonly Compared[]> {
  const { cluster, ledger, provider } = ground
  const seen = live(await provider.describe())
  const names = declared(cluster.hosts).map(({ name }) => name)
  const others = [...seen.keys(), ...Object.keys(ledger.hosts)].filter((name) => !names.includes(name)).sort()
  return [...new Set([...names, ...others])].map((host) => {
    const instances = seen.get(host) ?? []
    const isDeclared = names.includes(host)
    const note = noteOn(ground, host, isDeclared, instances)
    const [instance] = instances
    if (!instance) return { host, declared: isDeclared, note }
    const { id, state, zone, privateAddress, publicAddress } = instance
    const address = [privateAddress, publicAddress].filter((each) => each !== undefined).join(', ')
    return { host, declared: isDeclared, id, state, ...(zone === undefined ? {} : { zone }), address, note }
  })
}
