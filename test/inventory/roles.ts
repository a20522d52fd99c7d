import * as v from 'valibot'
import { consul } from '../../recipes/consul.ts'
import { consulServer } from '../../recipes/consul-server.ts'
import { secret } from '../../src/inventory/secrets.ts'
import { defineRecipe, defineRole } from '../../src/model/define-recipe.ts'
import type { Role } from '../../src/model/recipe.ts'

const base = defineRecipe({
  name: 'base',
  attributes: v.object({ packages: v.optional(v.array(v.string()), ['curl']) }),
  resources: () => [],
})

const quorum = defineRecipe({
  name: 'quorum',
  attributes: v.object({
    id: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(255)),
    heap: v.optional(v.pipe(v.number(), v.integer(), v.minValue(64)), 1000),
    mode: v.optional(v.picklist(['safe', 'fast']), 'safe'),
    path: v.optional(v.pipe(v.string(), v.regex(/^\//, 'an absolute path')), '/var/lib/quorum'),
    password: v.optional(secret()),
    limits: v.optional(v.object({ files: v.optional(v.number()), tasks: v.optional(v.number()) }), {}),
    source: v.optional(v.union([v.literal('debian'), v.object({ url: v.string(), sha512: v.string() })]), 'debian'),
  }),
  resources: () => [],
  check(cluster) {
    const hosts = cluster.withRecipe('quorum')
    const first = hosts[0]?.name
    return hosts.length > 0 && hosts.length % 2 === 0
      ? [{ path: `hosts.${first}.roles`, message: `${hosts.length} members are an even number` }]
      : []
  },
})

const web = defineRecipe({
  name: 'web',
  attributes: v.strictObject({ port: v.optional(v.number(), 80) }),
  resources: () => [],
})

/**
 * Roles for tests of inventories: as small as possible, but with every kind of variable; and those whose recipes have
 * mistakes of their own to see.
 */
export const roles: ReadonlyMap<string, Role> = new Map(
  [
    defineRole({ name: 'quorum', recipes: [base, quorum] }),
    defineRole({ name: 'web', recipes: [base, web], after: ['quorum'] }),
    defineRole({ name: 'plain', recipes: [base] }),
    defineRole({ name: 'consul-server', recipes: [consul, consulServer] }),
    defineRole({ name: 'consul-client', recipes: [consul], after: ['consul-server'] }),
  ].map((role) => [role.name, role]),
)
