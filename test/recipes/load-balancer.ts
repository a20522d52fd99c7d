import * as v from 'valibot'
import { role as loadBalancer } from '../../roles/load-balancer.ts'
import { defineRecipe, defineRole } from '../../src/engine/recipe.ts'
import type { Cluster } from '../../src/inventory/cluster.ts'
import { clusterOf } from './support.ts'

/** A Marathon of which nothing is known but where it is. */
const marathon = defineRole({
  name: 'marathon',
  recipes: [defineRecipe({ name: 'marathon', attributes: v.object({}), resources: () => [] })],
})

/** What consul-template must be told. */
export const RELEASE = {
  version: '0.41.1',
  source: { url: 'https://example.com/consul-template_0.41.1_linux_amd64.zip', sha256: 'a'.repeat(64) },
}

/** Two Marathons and two slaves, with these variables for all slaves. */
export const slaves = (vars: Readonly<Record<string, object>> = {}, marathons = true): Cluster =>
  clusterOf(
    {
      roles: { 'load-balancer': { vars: { ...vars, 'consul-template': { ...RELEASE, ...vars['consul-template'] } } } },
      hosts: {
        ...(marathons
          ? { 'master-2': { address: '10.0.0.12', roles: ['marathon'] }, 'master-1': { address: '10.0.0.11', roles: ['marathon'] } }
          : {}),
        'slave-1': { address: 'slave-1.example', privateAddress: '10.0.0.21', roles: ['load-balancer'] },
        'slave-2': { address: '10.0.0.22', roles: ['load-balancer'] },
      },
    },
    [loadBalancer, marathon],
  )

/** What a promise or a function that must fail says. */
export function message(make: () => unknown): string {
  try {
    make()
  } catch (error) {
    return (error as Error).message
  }
  return 'it was accepted'
}
