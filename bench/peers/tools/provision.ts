import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { nameOf, type Resource } from '../resources.ts'
import type { Task, Tool } from './tool.ts'

const MAIN = fileURLToPath(new URL('../../../dist/src/cli/provision.cjs', import.meta.url))

const js = JSON.stringify

/** One resource as a user writes it; `named` knows the variables of those before it. */
function written(each: Exclude<Resource, { kind: 'packages' }>, named: ReadonlyMap<string, string>): string {
  switch (each.kind) {
    case 'group':
      return `group(${js(each.name)}, { system: true })`
    case 'user':
      return `user(${js(each.name)}, ${js({ system: true, home: each.home, shell: each.shell })})`
    case 'directory':
      return `directory(${js(each.path)}, ${js({ owner: each.owner, group: each.owner, mode: each.mode })})`
    case 'file':
      return `file(${js(each.path)}, ${js({ content: each.content, mode: each.mode })})`
    case 'template':
      return `file(${js(each.path)}, { content: ${js(each.content)}.replace('@@', greeting), mode: ${js(each.mode)} })`
    case 'line':
      return `line(${js(each.line)}, ${js({ path: each.path, line: each.line })})`
    case 'unit':
      return `systemdUnit(${js(each.name)}, ${js({ content: each.content })})`
    case 'link':
      return `link(${js(each.path)}, ${js({ to: each.to })})`
    case 'service': {
      const inputs = (names: readonly string[]): string => `[${names.map((name) => named.get(name)).join(', ')}]`
      return `service(${js(each.name)}, { restartOn: ${inputs(each.restartOn)}, reloadOn: ${inputs(each.reloadOn)} })`
    }
  }
}

function recipe(list: readonly Resource[]): string {
  const lines: string[] = []
  const named = new Map<string, string>()
  const add = (name: string, text: string): void => {
    named.set(name, `r${lines.length}`)
    lines.push(`    const r${lines.length} = ${text}\n`)
  }
  for (const each of list) {
    if (each.kind === 'packages') for (const name of each.names) add(`package ${name}`, `pkg(${js(name)}, {})`)
    else add(nameOf(each), written(each, named))
  }
  return `import { defineRecipe, directory, file, group, line, link, pkg, service, systemdUnit, user } from 'provision-ssh'
import * as v from 'valibot'
export const bench = defineRecipe({
  name: 'bench',
  attributes: v.object({ greeting: v.optional(v.string(), 'hello') }),
  resources(_host, _cluster, { greeting }) {
${lines.join('')}    return [${lines.map((_, i) => `r${i}`).join(', ')}]
  },
})
`
}

const ROLE = `import { defineRole } from 'provision-ssh'
import { bench } from '../recipes/bench.ts'
export const role = defineRole({ name: 'bench', recipes: [bench] })
`

/** The built package, with a role and a recipe in TypeScript. */
export const provision: Tool = {
  name: 'provision',
  write({ folder, list, hosts }: Task) {
    for (const room of ['recipes', 'roles']) mkdirSync(join(folder, room))
    writeFileSync(join(folder, 'recipes', 'bench.ts'), recipe(list))
    writeFileSync(join(folder, 'roles', 'bench.ts'), ROLE)
    const { user, identityFile } = hosts[0] as (typeof hosts)[0]
    const entries = hosts.map(({ name, address, hostKey }) => [name, { address, ssh: { hostKey }, roles: ['bench'] }])
    const inventory = { ssh: { user, identityFile }, hosts: Object.fromEntries(entries) }
    writeFileSync(join(folder, 'inventory.json'), js(inventory, null, 2))
    return {
      argv: [process.execPath, MAIN],
      cwd: folder,
      env: { XDG_CACHE_HOME: join(folder, 'cache'), HOME: folder },
    }
  },
}
