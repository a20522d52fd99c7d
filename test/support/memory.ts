import type { FactsCache } from '../../src/engine/observe/facts.ts'
import type { Facts } from '../../src/model/facts.ts'

/** A facts cache for one test. */
export function memory(): FactsCache {
  const kept = new Map<string, Facts>()
  return { get: async (host) => kept.get(host.name), set: async (host, facts) => void kept.set(host.name, facts) }
}
