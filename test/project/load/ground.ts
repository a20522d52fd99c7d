import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Cluster } from '../../../src/model/recipe.ts'
import { loadInventory } from '../../../src/project/load.ts'

export const made: string[] = []
process.on('exit', () => {
  for (const folder of made) rmSync(folder, { recursive: true })
})

/** A folder with these files; an inventory of one host with these roles, unless there is one among them. */
export function project(files: Readonly<Record<string, string>>, roles: readonly string[] = []): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'project-')))
  made.push(folder)
  const all = { 'inventory.json': JSON.stringify({ hosts: { a: { address: 'a', roles } } }), ...files }
  for (const [name, text] of Object.entries(all)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return folder
}

export const load = (files: Readonly<Record<string, string>>, roles: readonly string[] = []): Promise<Cluster> =>
  loadInventory('inventory.json', { folder: project(files, roles) })
export const recipes = (cluster: Cluster, role: string) => cluster.roles.get(role)?.recipes.map((recipe) => recipe.name)

export async function message(work: Promise<unknown>): Promise<string> {
  try {
    await work
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`
  }
  throw new Error('no error')
}

export const recipe = (
  name: string,
  body = "{ name: 'NAME', attributes: v.object({ on: v.optional(v.boolean(), true) }), resources: () => [] }",
) =>
  `import * as v from 'valibot'\nimport { defineRecipe } from 'provision-ssh'\nexport const ${name} = defineRecipe(${body.replace('NAME', name)})\n`
export const role = (name: string, of = name) =>
  `import { defineRole } from 'provision-ssh'\nimport { ${of} } from '../recipes/${of}.ts'\nexport const role = defineRole({ name: '${name}', recipes: [${of}] })\n`
