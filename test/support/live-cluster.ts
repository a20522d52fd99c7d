import type { LiveCluster } from '../../src/deploy/live-cluster.ts'

/** A cluster with only a Marathon, and its own clock; `more` adds other parts. */
export const liveCluster = (
  more: Pick<LiveCluster, 'marathon' | 'sleep' | 'now'> & Partial<LiveCluster>,
): LiveCluster => ({
  slaves: [],
  containerizers: [],
  balancers: [],
  strict: 0,
  fronts: [],
  agents: async () => undefined,
  gates: { agents: async () => undefined, close: async () => undefined, open: async () => undefined },
  lastWords: async () => [],
  others: async () => ({}),
  lost: async () => false,
  broken: async () => [],
  registered: async () => 0,
  servicesOf: async () => [],
  name: (hostname) => hostname,
  ...more,
})

/** The slaves of the small Marathon, by address. */
export const slaveName = (hostname: string): string =>
  ({ '10.0.0.21': 'slave-1', '10.0.0.22': 'slave-2' })[hostname] ?? hostname
