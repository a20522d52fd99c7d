import { randomUUID } from 'node:crypto'
import { type Address, ipNumber } from '../common/address.ts'
import { VERSION } from '../common/build.ts'

/** What a master says of itself, in ZooKeeper and to frameworks. */
export interface MasterInfo {
  readonly id: string
  readonly ip: number
  readonly port: number
  readonly pid: string
  readonly hostname: string
  readonly version: string
  readonly address: { readonly hostname: string; readonly ip: string; readonly port: number }
  readonly capabilities: readonly { readonly type: string }[]
}

/** The info of a master that starts now: each start has an id of its own. */
export const masterInfo = ({ ip, port, hostname }: Address): MasterInfo => ({
  id: randomUUID(),
  ip: ipNumber(ip),
  port,
  pid: `master@${ip}:${port}`,
  hostname,
  version: VERSION,
  address: { hostname, ip, port },
  capabilities: ['AGENT_UPDATE', 'AGENT_DRAINING', 'QUOTA_V2'].map((type) => ({ type })),
})

/** As it lies in ZooKeeper: names in order. */
export const inZooKeeper = (info: MasterInfo): string =>
  JSON.stringify(Object.fromEntries(Object.entries(info).sort(([a], [b]) => (a < b ? -1 : 1))))
