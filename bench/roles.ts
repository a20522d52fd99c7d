import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A role as a user writes one: 40 files and directories. */
export const APP = `import { defineRecipe, defineRole, directory, file } from 'provision-ssh'
import * as v from 'valibot'
const dirs = Array.from({ length: 8 }, (_, i) => '/srv/app-' + i)
const recipe = defineRecipe({
  name: 'app',
  attributes: v.object({}),
  resources: () => dirs.flatMap((dir) => [
    directory(dir, {}),
    ...['a', 'b', 'c', 'd'].map((name) => file(dir + '/' + name + '.conf', { content: ('setting of ' + dir + name + '\\n').repeat(20) })),
  ]),
})
export const app = defineRole({ name: 'app', recipes: [recipe] })
`

const recipe = (name: string): string => `import * as v from 'valibot'
import { defineRecipe, directory, file } from 'provision-ssh'
const place: string = '/srv/${name}'
export const ${name} = defineRecipe({
  name: '${name}',
  attributes: v.object({ text: v.optional(v.string(), 'setting') }),
  resources: (_host, _cluster, { text }) => [directory(place, {}), file(place + '/a.conf', { content: text + '\\n' })],
})
`

/** Writes recipes as users write them, in TypeScript, each in a file, and the role `own` of them in another. */
export function writeOwn(folder: string, count: number): void {
  const names = Array.from({ length: count }, (_, i) => `own${i}`)
  for (const room of ['recipes', 'roles']) mkdirSync(join(folder, room), { recursive: true })
  for (const name of names) writeFileSync(join(folder, 'recipes', `${name}.ts`), recipe(name))
  const imports = names.map((name) => `import { ${name} } from '../recipes/${name}.ts'\n`).join('')
  const role = `export const own = defineRole({ name: 'own', recipes: [${names.join(', ')}] })\n`
  writeFileSync(join(folder, 'roles', 'own.ts'), `import { defineRole } from 'provision-ssh'\n${imports}${role}`)
}
