import * as v from 'valibot'
import { role as consulServer } from '../../../roles/consul-server.ts'
import { role as loadBalancer } from '../../../roles/load-balancer.ts'
import { secret } from '../../../src/index.ts'
import { parseInventory } from '../../../src/inventory/parse.ts'
import { defineRecipe, defineRole } from '../../../src/model/define-recipe.ts'
import type { Cluster, Role } from '../../../src/model/recipe.ts'
import type { Resource } from '../../../src/model/resource.ts'
import { propsOf } from '../support.ts'

/** A Marathon of which nothing is known but where it is. */
const marathon = defineRole({
  name: 'marathon',
  recipes: [
    defineRecipe({
      name: 'marathon',
      attributes: v.object({ credentials: v.optional(secret()) }),
      resources: () => [],
    }),
  ],
})

/** What consul-template must be told. */
export const SOURCE = {
  zip: 'https://example.com/consul-template_0.41.1_linux_amd64.zip',
  sha256: 'a'.repeat(64),
  version: '0.41.1',
}

const CONSUL = {
  datacenter: 'dc1',
  source: { zip: 'https://example.com/consul_1.21.0_linux_amd64.zip', sha256: 'a'.repeat(64), version: '1.21.0' },
}

/** An inventory's cluster; it may name these roles. */
export const clusterOf = (inventory: object, roles: readonly Role[]): Cluster =>
  parseInventory(JSON.stringify(inventory), {
    path: '/x/inventory.json',
    roles: new Map(roles.map((role) => [role.name, role])),
  })

/** Two Marathons and two slaves, with these variables for all slaves. */
export const slaves = (vars: Readonly<Record<string, object>> = {}, marathons = true): Cluster =>
  clusterOf(
    {
      ...(vars.marathon === undefined ? {} : { vars: { marathon: vars.marathon } }),
      roles: {
        'load-balancer': {
          vars: { consul: CONSUL, ...vars, 'consul-template': { source: SOURCE, ...vars['consul-template'] } },
        },
      },
      hosts: {
        ...(marathons
          ? {
              'master-2': { address: '10.0.0.12', roles: ['marathon'] },
              'master-1': { address: '10.0.0.11', roles: ['marathon'] },
            }
          : {}),
        'consul-1': { address: '10.0.0.31', roles: ['consul-server'], vars: { consul: CONSUL } },
        'slave-1': { address: 'slave-1.example', privateAddress: '10.0.0.21', roles: ['load-balancer'] },
        'slave-2': { address: '10.0.0.22', roles: ['load-balancer'] },
      },
    },
    [consulServer, loadBalancer, marathon],
  )

/** What a service among resources restarts and reloads on. */
export function triggersOf(
  resources: readonly Resource[],
  name: string,
): Readonly<Record<'restart' | 'reload', readonly string[]>> {
  const { restartOn, reloadOn } = propsOf<{ restartOn: readonly Resource[]; reloadOn: readonly Resource[] }>(
    resources,
    `service ${name}`,
  )
  return { restart: restartOn.map((r) => r.id), reload: reloadOn.map((r) => r.id) }
}
