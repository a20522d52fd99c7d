import type { Cluster, Mistake } from '../../src/index.ts'

/** Does a host's Consul agent refuse requests without a token? */
function denies(acl: unknown): boolean {
  return typeof acl === 'object' && acl !== null && !('defaultPolicy' in acl && acl.defaultPolicy === 'allow')
}

/**
 * Hosts on which a recipe's requests to Consul would be refused, because Consul has access control and the recipe no
 * token.
 */
export const missingTokens = (cluster: Cluster, recipe: string, variable: string, rights: string): readonly Mistake[] =>
  cluster
    .withRecipe(recipe)
    .filter(({ vars }) => denies(vars.consul?.acl) && vars[recipe]?.[variable] === undefined)
    .map((host) => ({
      path: `hosts.${host.name}.vars.${recipe}.${variable}`,
      message: `is missing: vars.consul.acl refuses requests without a token. Make one (${rights}) and name it here`,
    }))
