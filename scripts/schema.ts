/**
 * Writes the JSON Schemas of the inventory, of apps and of `ansible.json`, for editors, from the schemas that validate
 * them: `node --import tsx scripts/schema.ts FOLDER`.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type JsonSchema, toJsonSchema } from '@valibot/to-json-schema'
import * as v from 'valibot'
import { appSchema } from '../src/deploy/app/schema.ts'
import { KNOWN_BY } from '../src/inventory/cloud/schema.ts'
import { ADDRESSED, inventorySchema } from '../src/inventory/schema.ts'
import type { Role } from '../src/model/recipe.ts'
import { tableSchema } from '../src/project/ansible/table.ts'
import { rolesIn } from '../src/project/roles.ts'

type Entries = Record<string, v.ExactOptionalSchema<v.GenericSchema, undefined>>

/** Editors complete the built-in roles and recipes, and silently accept others: they cannot know the user's own. */
export function jsonSchema(roles: readonly Role[]): JsonSchema {
  const recipes = new Map(roles.flatMap((role) => role.recipes.map((recipe) => [recipe.name, recipe.attributes])))
  const attributes = new Set<unknown>(recipes.values())
  const entries: Entries = Object.fromEntries([...recipes].map(([name, schema]) => [name, v.exactOptional(schema)]))
  const vars = v.objectWithRest(entries, v.record(v.string(), v.unknown()))
  const role = v.union([v.picklist(roles.map((each) => each.name)), v.string()])
  const settingsByRole = (settings: v.GenericSchema) =>
    v.objectWithRest(
      Object.fromEntries(roles.map((each) => [each.name, v.exactOptional(settings)])) as Entries,
      settings,
    )
  return toJsonSchema(inventorySchema(role, vars, settingsByRole), {
    typeMode: 'input',
    errorMode: 'ignore', // a recipe's own checks in code: only the program can run them
    // each recipe is defined once, and referenced from all hosts, each role and each host
    definitions: Object.fromEntries(recipes),
    overrideSchema({ valibotSchema, jsonSchema }) {
      // A required attribute may be set elsewhere: for all hosts, or by a role.
      if (attributes.has(valibotSchema)) delete jsonSchema.required
      if (valibotSchema.type === 'object') jsonSchema.additionalProperties = false
      if (ADDRESSED.every((key) => jsonSchema.properties?.[key]) && jsonSchema.properties?.roles)
        jsonSchema.anyOf = ADDRESSED.map((key) => ({ required: [key] }))
      if (KNOWN_BY.every((key) => jsonSchema.properties?.[key]))
        jsonSchema.anyOf = KNOWN_BY.map((key) => ({ required: [key] }))
      return jsonSchema
    },
  })
}

/** The schema with this package's own roles. */
export async function builtInSchema(): Promise<JsonSchema> {
  const { names, load } = rolesIn(dirname(import.meta.dirname))
  return { title: 'Inventory of provision', ...jsonSchema(await Promise.all(names.map(load))) }
}

/** The schema of an app, as `provision deploy` accepts it. */
export function appJsonSchema(): JsonSchema {
  const schema = toJsonSchema(appSchema, {
    typeMode: 'input',
    errorMode: 'ignore', // a secret's source: only the program can check that
    overrideSchema({ valibotSchema, jsonSchema }) {
      if (valibotSchema.type === 'object') jsonSchema.additionalProperties = false
      return jsonSchema
    },
  })
  return { title: 'App of provision deploy', ...schema }
}

/** The schema of `ansible.json`, beside an Ansible inventory. */
export function ansibleJsonSchema(): JsonSchema {
  const schema = toJsonSchema(tableSchema, {
    typeMode: 'input',
    overrideSchema({ valibotSchema, jsonSchema }) {
      if (valibotSchema.type === 'object') jsonSchema.additionalProperties = false
      return jsonSchema
    },
  })
  return { title: "What an Ansible inventory's groups and variables are to provision", ...schema }
}

const [, main, out] = process.argv
if (main === import.meta.filename && out) {
  mkdirSync(out, { recursive: true })
  const write = (name: string, schema: JsonSchema): void =>
    writeFileSync(join(out, name), `${JSON.stringify(schema, null, 2)}\n`)
  write('inventory.json', await builtInSchema())
  write('app.json', appJsonSchema())
  write('ansible.json', ansibleJsonSchema())
}
