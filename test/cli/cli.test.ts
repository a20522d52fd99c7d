// Under tsx: files of users are loaded in this process.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { cli } from '../../src/cli/cli.ts'

const test = suite('cli')

const ROLE = `
import { defineRecipe, defineRole, directory } from 'provision-ssh'
import * as v from 'valibot'
const greeting = defineRecipe({ name: 'greeting', attributes: v.object({ text: v.optional(v.string(), 'hello') }), resources: () => [directory('/nowhere', {})] })
export const greeter = defineRole({ name: 'greeter', recipes: [greeting] })
`

/** A port of this machine that refuses connections. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

let folder = ''
let port = 0
test.before(async () => {
  port = await closedPort()
  folder = mkdtempSync(join(tmpdir(), 'provision-cli-'))
  mkdirSync(join(folder, 'roles'))
  writeFileSync(join(folder, 'roles', 'greeter.js'), ROLE)
  const host = { address: '127.0.0.1', roles: ['greeter'], ssh: { port, retries: 0 } }
  writeFileSync(
    join(folder, 'inventory.json'),
    JSON.stringify({ hosts: { 'web-1': host, 'web-2': { ...host, address: 'localhost' } } }),
  )
  writeFileSync(join(folder, 'wrong.json'), JSON.stringify({ hosts: { 'web-1': { adress: 'x', roles: ['greter'] } } }))
  writeFileSync(join(folder, 'broken.json'), '{ "hosts": \n  oops }')
  writeFileSync(join(folder, 'no.plan'), '{}')
  writeFileSync(join(folder, 'list.json'), '[1]')
  writeFileSync(join(folder, 'vars.json'), '{ "greeting": { "text": 5 } }')
})
test.after(() => rmSync(folder, { recursive: true }))

async function provision(...argv: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const out: string[] = []
  const err: string[] = []
  const code = await cli(argv, {
    stdout: { write: (text) => out.push(text) },
    stderr: { write: (text) => err.push(text) },
    env: { LANG: 'C.UTF-8' },
    cwd: folder,
  })
  return { code, stdout: out.join(''), stderr: err.join('') }
}

const mistakes: readonly (readonly [line: string, sentence: RegExp])[] = [
  ['paln', /^provision: there is no command "paln"; did you mean "plan"\?\n$/],
  ['plan -i nope.json', /^there is no nope\.json here: provision init makes one, or name another with -i FILE\n$/],
  [
    'plan -i wrong.json',
    /^wrong\.json has 2 mistakes:\n {2}hosts\.web-1\S* [\s\S]*did you mean "address"[\s\S]*did you mean "greeter"/,
  ],
  ['plan -i broken.json', /^broken\.json is not JSON: line 2, column 3/],
  ['plan --host web-3', /^no host is named "web-3"; did you mean "web-1"\?\n$/],
  ['--role nothing', /^no host has the role "nothing"\n$/],
  [
    '--plan nope.plan',
    /^provision: there is no plan file nope\.plan; make one with: provision plan --out nope\.plan\n$/,
  ],
  ['plan --out nowhere/p', /^provision: the plan cannot be written to nowhere\/p: there is no such directory\n$/],
  ['plan --out .', /^provision: the plan cannot be written to \.: it is a directory\n$/],
  ['--plan .', /^provision: the plan file \. cannot be read: it is a directory\n$/],
  ['plan -e @.', /^provision: --extra-vars: \. cannot be read: it is a directory\n$/],
  ['--plan no.plan', /^no\.plan is not a plan file/],
  ['plan -e @nope.json', /^provision: --extra-vars: there is no file nope\.json\n$/],
  ['plan -e @broken.json', /^provision: --extra-vars: broken\.json is not JSON: /],
  ['plan -e @list.json', /^provision: --extra-vars: list\.json contains no variables; write \{ "RECIPE": /],
  ['plan -e @vars.json', /--extra-vars\.greeting\.text +must be text in double quotes, not 5/],
  [
    'plan -e greting.text=x',
    /^provision: --extra-vars: no host runs the recipe "greting"; did you mean "greeting"\?\n$/,
  ],
  ['drain', /^provision: drain needs a host: provision drain slave-1\n$/],
  ['undrain', /^provision: undrain needs a host: provision undrain slave-1\n$/],
  ['drain web-3', /^no host is named "web-3"; did you mean "web-1"\?\n$/],
  [
    'drain web-1 web-2',
    /^provision: web-1 cannot be drained: none of its recipes \(greeting\) has work that could move to another host\./,
  ],
  ['plan -e greeting.txt=x', /--extra-vars\.greeting\.txt +is not a known key; did you mean "text"\?/],
]
for (const [line, sentence] of mistakes) {
  test(`3: provision ${line}`, async () => {
    const { code, stdout, stderr } = await provision(...line.split(' '))
    assert.match(stderr, sentence)
    assert.not.match(stderr, /\n {4}at /)
    assert.equal([code, stdout], [3, ''])
  })
}

test('hosts: a table, and data', async () => {
  assert.equal(await provision('hosts'), {
    code: 0,
    stdout: `host   address          roles\nweb-1  127.0.0.1:${port}  greeter\nweb-2  localhost:${port}  greeter\n`,
    stderr: '',
  })
  const { stdout } = await provision('--list-hosts', '--host', '*-2', '--json')
  assert.equal(JSON.parse(stdout), {
    name: 'web-2',
    address: 'localhost',
    privateAddress: 'localhost',
    roles: ['greeter'],
  })
})

test('4: hosts that cannot be reached, in every command', async () => {
  const plan = await provision('plan')
  assert.is(plan.code, 4)
  assert.match(plan.stdout, /web-1 {2}unreachable {2}127\.0\.0\.1:\d+ refused the connection/)
  const apply = await provision('--host', 'web-1')
  assert.equal([apply.code, apply.stdout], [4, ''])
  assert.match(apply.stderr, /web-1 {2}unreachable {2}127/)
  const reboot = await provision('reboot', '-C', 'web-1')
  assert.is(reboot.code, 4)
  assert.match(reboot.stdout, /web-1 {2}unreachable {2}127/)
  const status = await provision('status', '--json')
  assert.is(status.code, 4)
  assert.is(status.stdout.split('\n').length, 3)
  const exec = await provision('exec', '--', 'true')
  assert.equal([exec.code, exec.stdout], [4, ''])
  assert.match(exec.stderr, /2 unreachable of 2 hosts\n$/)
})

test('json: every line is an event', async () => {
  const { stdout, code } = await provision('plan', '--json')
  const events = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  assert.is(events[0].event, 'run')
  assert.equal(events.at(-1).event, 'done')
  assert.is(events.at(-1).exitCode, code)
})

test('help for everything and for one command, however it is asked for', async () => {
  const [a, b, c] = await Promise.all([provision('--help'), provision('-h'), provision('help')])
  assert.equal([a.code, a.stdout, a.stderr], [0, b.stdout, ''])
  assert.is(c.stdout, a.stdout)
  const [plan, again, late] = await Promise.all([
    provision('plan', '--help'),
    provision('help', 'plan'),
    provision('plan', '--role', 'x', '--help'),
  ])
  assert.match(plan.stdout, /^provision plan \[flags\]/)
  assert.equal([again.stdout, late.stdout], [plan.stdout, plan.stdout])
})

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const start = (...argv: string[]) =>
  spawn(process.execPath, ['--import', import.meta.resolve('tsx'), main, ...argv], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  })

test('the process: version, exit code, and a reader that goes away', async () => {
  const version = start('--version')
  const [chunk] = await once(version.stdout, 'data')
  assert.match(String(chunk), /^\d+\.\d+\.\d+\n$/)

  const wrong = start('plan', '--host', 'web-3')
  assert.equal((await once(wrong, 'close'))[0], 3)

  const left = start('plan', '--json')
  left.stdout.destroy()
  let stderr = ''
  left.stderr.on('data', (data) => (stderr += data))
  assert.equal((await once(left, 'close'))[0], 4)
  assert.not.match(stderr, 'EPIPE')
})

test.run()
