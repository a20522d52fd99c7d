import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

const base = realpathSync(mkdtempSync(join(tmpdir(), 'sources-')))
process.on('exit', () => rmSync(base, { recursive: true }))

export type Files = Readonly<Record<string, string>>
let count = 0

/** A folder with these files; those that begin with `#!` may be run. */
export function project(files: Files): string {
  const folder = join(base, `${++count}`)
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
    if (text.startsWith('#!')) chmodSync(path, 0o755)
  }
  return folder
}
export const said = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'nothing',
    (error: Error) => error.message,
  )

export const HOSTS = `{ hosts: { one: { address: 'one.example.com', roles: ['base'] } } }`
export const DEFINE = `import { defineInventory } from 'provision-ssh'\n`
export const JSON_TEXT = JSON.stringify({ hosts: { one: { address: 'one.example.com', roles: ['base'] } } })
export const LIST = JSON.stringify({ web: { hosts: ['one.example.com'], vars: {} }, _meta: { hostvars: {} } })
export const TABLE = { 'ansible.json': '{ "groups": { "web": ["base"] } }' }
