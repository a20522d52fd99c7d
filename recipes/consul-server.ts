import * as v from 'valibot'
import { type Cluster, consulOf, consulTransferLeader, defineRecipe, type Mistake, type Turn } from '../src/index.ts'
import { allowEven, evenNumber } from './common/membership.ts'
import { servers } from './consul/cluster.ts'
import { health } from './consul-server/health.ts'
import { now, refuse } from './consul-server/refuse.ts'

const attributes = v.strictObject({ allowEven })

/** An even number of servers, and servers without an agent. */
function check(cluster: Cluster): readonly Mistake[] {
  const hosts = servers(cluster)
  const agents = new Set(cluster.withRecipe('consul').map(({ name }) => name))
  const bare = hosts
    .filter(({ name }) => !agents.has(name))
    .map(
      ({ name }): Mistake => ({
        path: `hosts.${name}.roles`,
        message: 'has the recipe consul-server without the recipe consul, which brings the agent',
      }),
    )
  return [...bare, ...evenNumber('consul-server', hosts)]
}

/**
 * Makes the leader hand over before its restart, so that writes wait for a moment instead of for an election. If that
 * fails, there is an election.
 */
async function handOver({ host, cluster, net, say }: Turn): Promise<void> {
  if (servers(cluster).length < 3) return
  const state = await health(host, cluster, net).catch(() => undefined)
  if (state?.leads !== true) return
  say('the lead to be handed over')
  await consulTransferLeader(consulOf(host, net)).catch(() => undefined)
}

/**
 * A Consul server: it has no resources of its own, only what binds the servers together. The recipe consul has the
 * agent.
 */
export const consulServer = defineRecipe({
  name: 'consul-server',
  unit: 'consul.service',
  attributes,
  resources: () => [],
  check,
  refuse,
  health,
  // After a network cut it took 24 s until all were healthy voters again; a server that autopilot removed needs 10 s
  // more.
  rolling: { services: ['consul.service'], deadline: 120, before: handOver },
  membership: { title: 'Consul servers', refusals: ['consul-membership'], now },
})
