import type { InventoryHost } from '../../src/index.ts'
import { varsOf } from '../common/host.ts'
import type { Attributes } from './attributes.ts'

/** What the inventory says of a master; unvalidated if it is asked for in `check`. */
export const vars = (host: InventoryHost): Partial<Attributes> => varsOf(host, 'mesos-master')

/** More than half of so many. */
export const majority = (masters: number): number => Math.floor(masters / 2) + 1
