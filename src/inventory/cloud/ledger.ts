import { isObject, type Json, object, text } from '../../lib/json.ts'
import { readJson } from '../../lib/read-json.ts'
import { InventoryFileError } from '../errors.ts'

/** A ledger entry: a host's instance. */
export interface LedgerHost {
  readonly id: string
  /** The number of the host's instance, from 1. */
  readonly generation: number
  /** Its state at the last query of the cloud. */
  readonly state: 'pending' | 'running' | 'stopped'
  readonly privateAddress?: string
  readonly publicAddress?: string
  /** `ssh-ed25519 AAAA…`; absent until the first contact has succeeded. */
  readonly hostKey?: string
  /** The login user, if the image determines it. */
  readonly user?: string
  readonly zone?: string
  /**
   * The ids of its additional disks, in the order of `volumes` in the inventory; an empty string for a missing disk.
   */
  readonly volumes?: readonly string[]
  /** It was taken out of service when it was stopped, so starting it brings it back. */
  readonly away?: true
  /** The balancers that have it as a target; see `balancerKey`. */
  readonly attached?: readonly string[]
  /** The role whose rule discovered it; others launched it. */
  readonly role?: string
  /** Its auto-scaling group. */
  readonly group?: string
  /** Its group waits for it, or is terminating it; then it is no host any more. */
  readonly phase?: 'joins' | 'leaves'
}

/** A cluster's known instances: `inventory.cloud.json`, beside the inventory. It contains no secrets. */
export interface Ledger {
  readonly provider: string
  readonly cluster: string
  /** The account and the region of the instances, if the cloud has several. */
  readonly account?: string
  readonly region?: string
  readonly hosts: Readonly<Record<string, LedgerHost>>
  /** The last generation of hosts without an instance. */
  readonly ended: Readonly<Record<string, number>>
}

/** The path of an inventory's ledger. */
export const ledgerPath = (inventory: string): string => `${inventory.replace(/\.[a-z]+$/, '')}.cloud.json`

const STATES: readonly unknown[] = ['pending', 'running', 'stopped'] satisfies LedgerHost['state'][]

const PHASES: readonly unknown[] = ['joins', 'leaves', undefined] satisfies LedgerHost['phase'][]

/** The members of a ledger and of its entries. */
const KNOWN: Readonly<Record<keyof Ledger, true>> = {
  provider: true,
  cluster: true,
  account: true,
  region: true,
  hosts: true,
  ended: true,
}
const KNOWN_OF_HOST: Readonly<Record<keyof LedgerHost, true>> = {
  id: true,
  generation: true,
  state: true,
  privateAddress: true,
  publicAddress: true,
  hostKey: true,
  user: true,
  zone: true,
  volumes: true,
  away: true,
  attached: true,
  role: true,
  group: true,
  phase: true,
}

/** A member that this version does not know, and would drop when it writes the file. */
function unknownIn(value: Json): string | undefined {
  const strange = (of: unknown, known: object): readonly string[] =>
    Object.keys(object(of)).filter((key) => !Object.hasOwn(known, key))
  const ofHosts = Object.values(object(value.hosts)).flatMap((host) => strange(host, KNOWN_OF_HOST))
  return [...strange(value, KNOWN), ...ofHosts][0]
}

const areTexts = (value: unknown): boolean => Array.isArray(value) && value.every((each) => typeof each === 'string')

const isHost = (value: unknown): boolean =>
  isObject(value) &&
  text(value.id) !== '' &&
  Number.isSafeInteger(value.generation) &&
  STATES.includes(value.state) &&
  ['privateAddress', 'publicAddress', 'hostKey', 'user', 'zone', 'role', 'group'].every(
    (key) => value[key] === undefined || typeof value[key] === 'string',
  ) &&
  ['volumes', 'attached'].every((key) => value[key] === undefined || areTexts(value[key])) &&
  (value.away === undefined || value.away === true) &&
  PHASES.includes(value.phase)

const isLedger = ({ provider, cluster, account, region, hosts, ended }: Json): boolean =>
  typeof provider === 'string' &&
  typeof cluster === 'string' &&
  [account, region].every((each) => each === undefined || typeof each === 'string') &&
  Object.values(object(hosts)).every(isHost) &&
  Object.values(object(ended)).every(Number.isSafeInteger)

/** Parses a ledger. @throws InventoryFileError if it is not one */
export function parseLedger(source: string, file: string): Ledger {
  const json = readJson(source)
  const remedy = 'provision refresh writes it again from the tags of the instances, once the file is out of the way'
  if ('wrong' in json)
    throw new InventoryFileError(`${file} is not JSON: line ${json.wrong.line}: ${json.wrong.message}; ${remedy}`)
  const value = object(json.value)
  const unknown = unknownIn(value)
  if (unknown !== undefined)
    throw new InventoryFileError(
      `${file} has "${unknown}", which this version of provision does not know: a newer one has written it, so update this one`,
    )
  if (!isLedger(value)) throw new InventoryFileError(`${file} is not what provision wrote there; ${remedy}`)
  return { provider: '', cluster: '', ...value, hosts: object(value.hosts), ended: object(value.ended) } as Ledger
}

const sorted = <T>(record: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)))

/** Renders a ledger: sorted, one key per line, so that it can be committed and compared. */
export function renderLedger({ provider, cluster, account, region, hosts, ended }: Ledger): string {
  const order = ({ id, generation, state, ...rest }: LedgerHost) => ({ id, generation, state, ...sorted(rest) })
  const ordered = Object.fromEntries(Object.entries(sorted(hosts)).map(([name, host]) => [name, order(host)]))
  return `${JSON.stringify({ provider, cluster, account, region, hosts: ordered, ended: sorted(ended) }, null, 2)}\n`
}
