import * as v from 'valibot'
import { makeHostKey } from '../../../src/cloud/launch/host-key.ts'
import type { Instance } from '../../../src/cloud/provider.ts'
import type { Ledger } from '../../../src/inventory/cloud/ledger.ts'
import { parseInventory } from '../../../src/inventory/parse.ts'
import { defineRecipe, defineRole } from '../../../src/model/define-recipe.ts'
import { ACCOUNT } from '../../support/cloud-ground.ts'

export const KEY = makeHostKey().publicKey
export const OTHER = makeHostKey().publicKey
export const instance = (id: string, more: Partial<Instance> = {}): Instance => ({
  id,
  state: 'running',
  tags: {},
  ...more,
})
export const known = (id: string, role?: string) =>
  ({ id, generation: 1, state: 'running', ...(role === undefined ? {} : { role }) }) as const

export const web = defineRecipe({
  name: 'web',
  attributes: v.object({ port: v.optional(v.number(), 80) }),
  resources: () => [],
  check: (cluster) =>
    cluster
      .withRecipe('web')
      .flatMap(({ name, vars }) =>
        vars.web?.port === 81 ? [{ path: `hosts.${name}.vars.web.port`, message: 'is 81' }] : [],
      ),
})
export const roles = new Map(
  ['web', 'plain'].map((name) => [name, defineRole({ name, recipes: name === 'web' ? [web] : [] })]),
)
export const document = (more: object = {}, hosts: object = {}) => ({
  cloud: { aws: { cluster: 'dc1', type: 't3.small', subnets: ['subnet-a'], securityGroups: ['sg-1'] } },
  roles: { web: { cloud: { discover: { group: 'web' } }, ssh: { hostKeyCheck: 'strict' }, ...more } },
  hosts: { old: { address: '10.0.8.1', roles: ['plain'] }, ...hosts },
})
export const parse = (file: object, hosts: Ledger['hosts'] = {}) =>
  parseInventory(JSON.stringify(file), {
    path: '/x/inventory.json',
    roles,
    ledger: { ...ACCOUNT, hosts, ended: {} },
  })
