import { compile } from '../../src/engine/observe/compile.ts'
import { type Decision, decide } from '../../src/engine/plan/decide.ts'
import type { Facts } from '../../src/model/facts.ts'
import type { Recipe } from '../../src/model/recipe.ts'
import type { Resource } from '../../src/model/resource.ts'
import { clusterOf, recipe } from './toys.ts'

export const someFacts: Facts = {
  os: 'debian',
  release: '12',
  codename: 'bookworm',
  arch: 'amd64',
  cpus: 2,
  memory: 4e9,
  addresses: ['10.0.0.1'],
  cgroup: 2,
  systemd: true,
  hostname: 'a',
}

/** Compiles a list of resources for a host `a`. */
export const compiled = (resources: readonly Resource[], more: Partial<Recipe> = {}) => {
  const cluster = clusterOf(
    ['a'],
    recipe('one', () => resources, more),
  )
  return compile(cluster.host('a'), someFacts, cluster)
}

/** Decides about a list of resources; `states` by id, unnamed ones are absent. */
export function decided(
  resources: readonly Resource[],
  states: Readonly<Record<string, unknown>> = {},
  more: Partial<Recipe> = {},
  allow: readonly string[] = [],
): Decision {
  const known = new Map(resources.map((r) => [r.id, states[r.id] ?? 'absent']))
  return decide(
    compiled(resources, more),
    { facts: someFacts, clock: 0, states: known, errors: [] },
    [recipe('one', () => [], more)],
    new Set(allow),
  )
}
