import type { Reader } from './jute.ts'

/** What ZooKeeper keeps of a node beside its data. */
export interface Stat {
  readonly czxid: bigint
  readonly mzxid: bigint
  /** Milliseconds since 1970. */
  readonly ctime: number
  readonly mtime: number
  readonly version: number
  readonly cversion: number
  readonly aversion: number
  /** The session that it goes with; 0 for a persistent one. */
  readonly ephemeralOwner: bigint
  readonly dataLength: number
  readonly numChildren: number
}

export const readStat = (from: Reader): Stat => ({
  czxid: from.long(),
  mzxid: from.long(),
  ctime: Number(from.long()),
  mtime: Number(from.long()),
  version: from.int(),
  cversion: from.int(),
  aversion: from.int(),
  ephemeralOwner: from.long(),
  dataLength: from.int(),
  numChildren: from.int(),
})
