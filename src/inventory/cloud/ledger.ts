import { isObject, type Json, object, text } from '../../lib/json.ts'
import { readJson } from '../../lib/read-json.ts'
import { InventoryFileError } from '../errors.ts'

/** What is known of a host's instance. */
export interface LedgerHost {
  readonly id: string
  /** The how manieth instance of the host it is, from 1. */
  readonly generation: number
  /** As it was when the cloud was last asked. */
  readonly state: 'pending' | 'running' | 'stopped'
  readonly privateAddress?: string
  readonly publicAddress?: string
  /** `ssh-ed25519 AAAA…`; absent before the first contact is done. */
  readonly hostKey?: string
  /** Who logs in, where the image says so. */
  readonly user?: string
  readonly zone?: string
  /** The ids of its further disks, in the order of `volumes` in the inventory; empty text for one that is not there. */
  readonly volumes?: readonly string[]
  /** It was taken out of service when it was stopped: it is brought back when it is started. */
  readonly away?: true
  /** The balancers that it is a target of; see `balancerKey`. */
  readonly attached?: readonly string[]
  /** Others launched it: it was found for this role. */
  readonly role?: string
  /** The auto-scaling group that it is a member of. */
  readonly group?: string
  /** Its group waits until it is ready, or has begun to end it; then it is no host any more. */
  readonly phase?: 'joins' | 'leaves'
}

/** What is known of a cluster's instances: `inventory.cloud.json`, beside the inventory. It holds no secret. */
export interface Ledger {
  readonly provider: string
  readonly cluster: string
  /** The account and the region that the instances are in, where the cloud has several. */
  readonly account?: string
  readonly region?: string
  readonly hosts: Readonly<Record<string, LedgerHost>>
  /** The last generation of hosts that have no instance. */
  readonly ended: Readonly<Record<string, number>>
}

/** Where the ledger of an inventory lies. */
export const ledgerPath = (inventory: string): string => `${inventory.replace(/\.[a-z]+$/, '')}.cloud.json`

const STATES: readonly unknown[] = ['pending', 'running', 'stopped'] satisfies LedgerHost['state'][]

const PHASES: readonly unknown[] = ['joins', 'leaves', undefined] satisfies LedgerHost['phase'][]

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

/** Reads a ledger. @throws InventoryFileError if it is none */
export function parseLedger(source: string, file: string): Ledger {
  const json = readJson(source)
  const remedy = 'provision refresh writes it again from the tags of the instances, once the file is out of the way'
  if ('wrong' in json)
    throw new InventoryFileError(`${file} is not JSON: line ${json.wrong.line}: ${json.wrong.message}; ${remedy}`)
  const value = object(json.value)
  if (!isLedger(value)) throw new InventoryFileError(`${file} is not what provision wrote there; ${remedy}`)
  return { provider: '', cluster: '', ...value, hosts: object(value.hosts), ended: object(value.ended) } as Ledger
}

const sorted = <T>(record: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)))

/** A ledger as it is written: sorted, one key a line, so that it can be committed and compared. */
export function renderLedger({ provider, cluster, account, region, hosts, ended }: Ledger): string {
  const order = ({ id, generation, state, ...rest }: LedgerHost) => ({ id, generation, state, ...sorted(rest) })
  const ordered = Object.fromEntries(Object.entries(sorted(hosts)).map(([name, host]) => [name, order(host)]))
  return `${JSON.stringify({ provider, cluster, account, region, hosts: ordered, ended: sorted(ended) }, null, 2)}\n`
}
