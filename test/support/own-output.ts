import { inventory, recipe, role } from './user-projects.ts'

const IMPORTS = `import { execFileSync, execSync, fork, spawn, spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import { once } from 'node:events'`

/** The files of a project whose recipe does that when it is checked, and awaits that when it is loaded. */
export const doing = (checked: string, loaded = ''): Readonly<Record<string, string>> => ({
  'mine.cjs': "console.log('mine')",
  'recipes/one.ts': recipe('one', checked, `${IMPORTS}\n${loaded}`),
  'roles/one.ts': role('one'),
  'inventory.json': inventory('one'),
})

/** Each writes a line `mine`. */
export const WRITES = [
  "execSync('echo mine', { stdio: 'inherit' })",
  "execSync('echo mine', { stdio: ['pipe', 1] })",
  "execFileSync('echo', ['mine'], { stdio: ['ignore', 'inherit', 'inherit'] })",
  "spawnSync('echo', ['mine'], { stdio: [0, 1, 2] })",
  "spawnSync('echo mine', { stdio: 'inherit', shell: true })",
  "spawnSync('sh', ['-c', 'echo mine >&3'], { stdio: ['ignore', 'pipe', 'inherit', 1] })",
  "spawnSync('echo', ['mine'], { stdio: ['ignore', process.stdout, 'inherit'] })",
  "fs.writeSync(1, 'mine\\n')",
  "fs.writevSync(1, [Buffer.from('mine\\n')])",
  "fs.writeFileSync(1, 'mine\\n')",
  "fs.appendFileSync(1, 'mine\\n')",
]
export const LATER = [
  "await once(spawn('echo', ['mine'], { stdio: 'inherit' }), 'close')",
  "await once(spawn('echo', ['mine'], { stdio: [0, 1, 2] }), 'close')",
  "await once(fork(new URL('../mine.cjs', import.meta.url)), 'close')",
  "await once(fs.createWriteStream('', { fd: 1, autoClose: false }).end('mine\\n'), 'finish')",
  "await new Promise((done) => fs.write(1, 'mine\\n', done))",
]
