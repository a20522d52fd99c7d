import { parseInventory } from '../../src/inventory/parse.ts'
import type { Cluster } from '../../src/model/recipe.ts'
import { roles } from './roles.ts'

export const parse = (inventory: unknown, secrets: (reference: string) => string = () => 'value'): Cluster =>
  parseInventory(JSON.stringify(inventory), { path: '/etc/fleet/inventory.json', roles, secrets })
