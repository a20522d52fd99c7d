import { createHash } from 'node:crypto'
import type { Instance } from './instance.ts'

const scrambled = (id: string): string => createHash('sha256').update(id).digest('hex')

/**
 * Instances in the order of the real one's tracker: up to four as they came, more of them in the order of a hash table.
 * Rolling restarts kill in this order, so that it looks like chance which of many die first.
 */
export const tracked = (instances: readonly Instance[]): Instance[] =>
  instances.length <= 4 ? [...instances] : [...instances].sort((a, b) => (scrambled(a.id) < scrambled(b.id) ? -1 : 1))
