import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { run, write } from './support/packed.ts'
import { inventory, recipe, role, withProjects } from './support/user-projects.ts'

const test = suite("what users' recipes do to the program")
const { bin, cache, project, provision, real } = await withProjects(test)

/**
 * What a recipe does to the process that it runs in: the command, its exit code, what stands on stderr. Standard output
 * is the program's own.
 */
const strays: readonly (readonly [what: string, does: string, code: number, says: RegExp])[] = [
  ['prints', "console.log('mine'); console.table([1]); process.stdout.write('mine too')", 0, /^mine\n[\s\S]*mine too$/],
  [
    'ends the program',
    'process.exit(0)',
    3,
    /^recipe "one" \(recipes\/one\.ts, line 7\): check: process\.exit must not be called here\n$/,
  ],
  [
    'has a promise rejected that nobody awaits',
    "Promise.reject(new TypeError('boom'))",
    3,
    /^recipes\/one\.ts, line 7: a promise was rejected that nobody awaits: boom\n$/,
  ],
  [
    'has a promise rejected that says no place, as those of Node do',
    "Promise.reject(Object.assign(new Error(), { message: 'no entry', stack: 'Error: no entry' }))",
    3,
    /^in one of your files a promise was rejected that nobody awaits: no entry\n$/,
  ],
  [
    'has text rejected',
    "Promise.reject('boom')",
    3,
    /^in one of your files a promise was rejected that nobody awaits: 'boom'\n$/,
  ],
  [
    'leaves a timer and a server open',
    "setInterval(() => {}, 1000); import('node:net').then((net) => net.createServer().listen(0))",
    0,
    /^$/,
  ],
]
for (const [what, does, code, says] of strays) {
  real(`a recipe that ${what}`, () => {
    const folder = project({
      'recipes/one.ts': recipe('one', does),
      'roles/one.ts': role('one'),
      'inventory.json': inventory('one'),
    })
    const { status, out, err } = provision(folder, 'hosts', '--json')
    assert.match(err, says)
    assert.is(status, code)
    if (code === 0) assert.is(JSON.parse(out).name, 'one-1')
    assert.not.match(out, 'mine')
  })
}

real('a recipe that throws late, and a file that is never loaded', () => {
  const late =
    "setTimeout(() => { throw new Error('late') }, 0); const until = Date.now() + 50; while (Date.now() < until);"
  const host = { address: '127.0.0.1', roles: ['one'], ssh: { port: 1, retries: 0 } }
  const folder = project({ 'recipes/one.ts': recipe('one', late), 'roles/one.ts': role('one') })
  write(folder, { 'inventory.json': JSON.stringify({ hosts: { one: host } }) })
  const ran = provision(folder, 'plan', '--json')
  assert.match(ran.err, /^recipes\/one\.ts, line 7: an error was thrown that nobody catches: late\n$/m)
  assert.is(ran.status, 3)
  for (const line of ran.out.trim().split('\n')) assert.type(JSON.parse(line).event, 'string')
  write(folder, { 'recipes/one.ts': `await new Promise(() => {})\n${recipe('one')}` })
  const { status, err } = provision(folder, 'hosts')
  assert.equal(
    [status, err],
    [3, 'roles/one.ts: it is never loaded to its end: what it awaits at its top level does not come\n'],
  )
})

real('an output that cannot be written', () => {
  const folder = project({ 'inventory.json': inventory('base') })
  for (const command of ['hosts', 'hosts --json', '--help', '--version']) {
    const { status, err } = run(folder, 'sh', ['-c', `"$0" ${command} >/dev/full`, bin], cache)
    assert.equal([status, err], [3, 'provision: standard output cannot be written: the device is full\n'], command)
  }
})

test.run()
