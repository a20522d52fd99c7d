import type { FactsCache } from '../../src/engine/observe/facts.ts'
import type { Facts } from '../../src/model/facts.ts'

/** Facts kept for one test only. */
export function memory(): FactsCache {
  const kept = new Map<string, Facts>()
  return { get: async (host) => kept.get(host.name), set: async (host, facts) => void kept.set(host.name, facts) }
}
