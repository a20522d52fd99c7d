import { readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Ran, run } from './packed.ts'

/** An inventory of one host. */
export const inventory = (role: string, vars: object = {}) =>
  JSON.stringify({ hosts: { one: { address: '192.0.2.1', roles: [role], vars } } })
/** A role of the user's own, in TypeScript. */
export const own = {
  'recipes/motd.ts': `import * as v from 'valibot'
import { defineRecipe, file, Secret, secret } from 'provision-ssh'

interface Line { readonly text: string }
const line: Line = { text: 'hello' }

export const motd = defineRecipe({
  name: 'motd',
  attributes: v.object({ token: secret(), name: v.optional(v.string(), 'you') }),
  resources: (_host, _cluster, { token, name }) => {
    if (!(token instanceof Secret)) throw new Error('another Secret')
    return [file('/etc/motd', { content: \`\${line.text} \${name}\\n\` })]
  },
})
`,
  'roles/greeter.ts': `import { defineRole } from 'provision-ssh'
import { motd } from '../recipes/motd.ts'
export const greeter = defineRole({ name: 'greeter', recipes: [motd] })
`,
}

const TRACE = `import { appendFileSync } from 'node:fs'
import Module, { register } from 'node:module'
const load = Module._extensions['.js']
Module._extensions['.js'] = (module, file) => {
  appendFileSync(process.env.TRACE, file + '\\n')
  return load(module, file)
}
register('data:text/javascript,' + encodeURIComponent(\`import { appendFileSync } from 'node:fs'
export async function resolve(specifier, context, next) {
  const found = await next(specifier, context)
  appendFileSync(process.env.TRACE, found.url + '\\\\n')
  return found
}\`))`

/** What a command loads: every module that the process requires or imports is written down in a folder. */
export function traced(
  folder: string,
  bin: string,
  cwd: string,
  args: readonly string[],
): { readonly ran: Ran; readonly loaded: readonly string[] } {
  const preload = join(folder, 'trace.mjs')
  writeFileSync(preload, TRACE)
  const trace = join(folder, 'trace.txt')
  writeFileSync(trace, '')
  const ran = run(cwd, process.execPath, ['--import', preload, realpathSync(bin), ...args], {
    TRACE: trace,
  })
  const all = readFileSync(trace, 'utf8').split('\n')
  return {
    ran,
    loaded: all.filter((line) => line !== '' && !line.endsWith(realpathSync(bin)) && !line.startsWith('node:')),
  }
}
