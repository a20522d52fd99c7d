import type { InventoryHost } from '../../src/index.ts'
import { varsOf } from '../common/host.ts'
import type { Attributes } from './attributes.ts'

/** A master's variables; unvalidated if called from `check`. */
export const vars = (host: InventoryHost): Partial<Attributes> => varsOf(host, 'mesos-master')

/** The majority of that many masters. */
export const majority = (masters: number): number => Math.floor(masters / 2) + 1
