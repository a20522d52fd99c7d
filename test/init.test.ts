import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Ajv } from 'ajv'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { asNobody, NOBODY } from './support/as-nobody.ts'
import { follow, steps } from './support/guide.ts'
import { refused } from './support/init-mistakes.ts'
import { questions } from './support/init-questions.ts'
import { good, installed, type Ran, run, write } from './support/packed.ts'

// `provision init` of the packed product, run by plain Node, and what can be done with the folders that it makes.
const test = suite('init')
const root = dirname(import.meta.dirname)
const base = realpathSync(mkdtempSync(join(tmpdir(), 'init-')))
chmodSync(base, 0o755) // for who is not root
test.after(() => rmSync(base, { recursive: true }))
const home = join(base, 'home')
const bin = join(home, 'node_modules', '.bin', 'provision')
const PROGRAM = join(home, 'node_modules/provision-ssh/dist/src/cli/provision.cjs')
const env = { XDG_CACHE_HOME: join(base, 'cache') }
const GUIDE = steps('docs/getting-started.md')

const FILES = [
  '.gitignore',
  'README.md',
  'inventory.json',
  'package.json',
  'recipes/web.ts',
  'roles/web.ts',
  'test/web.test.ts',
  'tsconfig.json',
]

let count = 0
/** A new folder inside the one that the product is installed into, so that its packages are found. */
function folder(files: Readonly<Record<string, string>> = {}): string {
  const path = join(home, `folder-${++count}`)
  write(path, { x: '', ...files })
  rmSync(join(path, 'x'))
  return path
}
const provision = (cwd: string, ...args: readonly string[]): Ran => run(cwd, bin, args, env)
const contents = (path: string): string[] =>
  readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(path.length + 1))
    .sort()
const json = (...path: readonly string[]) => JSON.parse(readFileSync(join(...path), 'utf8'))

const missing = await installed(base, home)
if (missing) {
  test('cannot be installed here', () => {
    console.log(`not run here: the packed tarball in projects: npm could not get its dependencies (${missing})`)
  })
}
const real: typeof test = missing ? (Object.assign(() => undefined, test) as never) : test

real('makes a folder that works at once', () => {
  const cwd = folder()
  const said = good(provision(cwd, 'init', 'my servers', 'web-1=admin@127.0.0.1:1', 'admin@web-2.example.com'))
  const made = join(cwd, 'my servers')
  assert.equal(contents(made), FILES)
  for (const path of FILES) assert.match(said, path)
  assert.match(
    said,
    "\nNext:\n  cd 'my servers' && npm install\n  npx provision plan\n  npx provision apply\n",
    'the folder has a space',
  )
  const shown = good(provision(made, 'hosts'))
  assert.match(shown, /^web-1 +127\.0\.0\.1:1 +web$/m)
  assert.match(shown, /^web-2 +web-2\.example\.com +web$/m)
  const inventory: { $schema: string; ssh: object; hosts: object } = json(made, 'inventory.json')
  assert.equal(inventory.ssh, { user: 'admin' })
  assert.equal(Object.keys(inventory.hosts), ['web-1', 'web-2'])
  const schema = json(home, 'node_modules/provision-ssh/dist/schema/inventory.json')
  const valid = new Ajv({ strict: false }).compile<unknown>(schema)
  assert.ok(valid(inventory), JSON.stringify(valid.errors))
  assert.ok(existsSync(join(home, inventory.$schema)), 'after npm install its schema is there')
  write(made, { 'inventory.json': JSON.stringify({ ...inventory, ssh: { user: 'admin', retries: 0 } }) })
  const plan = provision(made, 'plan', '--host', 'web-1')
  assert.is(plan.status, 4, plan.err)
  assert.match(plan.out + plan.err, 'web-1')
})

real('what it makes has the right types, and asks for the versions that the product has', () => {
  const cwd = folder()
  good(provision(cwd, 'init', '10.0.0.4'))
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  const { status, out } = run(cwd, process.execPath, [tsc, '--noEmit'])
  assert.is(status, 0, out)
  const made = json(cwd, 'package.json')
  const own = json(root, 'package.json')
  assert.is(made.name, 'folder-2')
  assert.is(made.type, 'module')
  assert.equal(Object.keys(made.scripts), ['plan', 'apply', 'test', 'check'])
  assert.match(made.dependencies['provision-ssh'], /^file:\/.*\.tgz$/, 'it was installed from a file')
  assert.ok(existsSync(made.dependencies['provision-ssh'].slice('file:'.length)))
  assert.is(made.dependencies.valibot, own.dependencies.valibot)
  assert.is(made.devDependencies.tsx, own.dependencies.tsx)
})

real('its own test runs, and says why where no host can', () => {
  const cwd = folder()
  good(provision(cwd, 'init', '10.0.0.4'))
  const { NODE_OPTIONS: _, NODE_TEST_CONTEXT: __, ...rest } = process.env
  const child = spawnSync(
    'sh',
    ['-c', `PATH=${dirname(process.execPath)}:$PATH; ${json(cwd, 'package.json').scripts.test}`],
    {
      cwd,
      encoding: 'utf8',
      env: { ...rest, HOME: cwd },
      ...(process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {}),
    },
  )
  assert.is(child.status, 0, child.stdout + child.stderr)
  assert.match(child.stdout, /a bare host becomes a web host.*# (SKIP )?sandbox hosts need .*:/)
  assert.match(child.stdout, /skipped 1\b/)
})

real('the guide, as far as it goes without a host: docs/getting-started.md', () => {
  const needsNoHost = ({ words, shows }: { words: readonly string[]; shows: readonly string[] }): boolean =>
    words[0] === 'init' || words[0] === 'hosts' || / has \d+ mistakes?:$/.test(shows[0] ?? '')
  assert.is(follow(GUIDE, folder(), bin, '10.0.0.4', needsNoHost), 4)
  const recipe = GUIDE.find((step) => step.kind === 'file' && step.path === 'recipes/web.ts')
  const template = readFileSync(join(root, 'templates/init/project/recipes/web.ts'), 'utf8')
  assert.is((recipe as { text: string }).text, `// recipes/web.ts\n${template}`, 'it shows what init makes')
})

real('the name of the folder becomes one that npm takes', () => {
  const cwd = folder()
  for (const [name, is] of [
    ['My_Servers', 'my-servers'],
    ['…', 'servers'],
  ] as const) {
    good(provision(cwd, 'init', name, '10.0.0.4'))
    assert.is(json(cwd, name, 'package.json').name, is)
  }
})

real("a project's own package.json and README are left as they are, and said", () => {
  const own = { 'package.json': '{ "name": "mine" }', 'README.md': 'mine' }
  const cwd = folder(own)
  const said = good(provision(cwd, 'init', '10.0.0.4'))
  assert.match(
    said,
    '  package.json and README.md: yours, left as they are\n  to run the test: node --import tsx --test test/*.test.ts\n',
  )
  assert.match(
    said,
    /\nNext:\n {2}npm install '?file:.*\.tgz'? valibot tsx typescript @types\/node\n {2}npx provision plan\n/,
  )
  for (const [path, text] of Object.entries(own)) assert.is(readFileSync(join(cwd, path), 'utf8'), text)
  assert.match(good(provision(cwd, 'hosts')), /^web-1 +10\.0\.0\.4 +web$/m)
  const here = folder({ ...own, 'node_modules/provision-ssh/package.json': '{}' })
  assert.match(good(provision(here, 'init', '10.0.0.4')), '\nNext:\n  npx provision plan\n', 'it is installed there')
})

const there = { 'notes.txt': 'mine', 'recipes/db.ts': 'export {}', 'node_modules/a/package.json': '{}' }
real('a folder with other files is used', () => {
  const cwd = folder(there)
  good(provision(cwd, 'init', '10.0.0.4'))
  assert.equal(contents(cwd), [...FILES, ...Object.keys(there)].sort())
})

for (const [what, files, words, says] of refused) {
  real(`refused, and nothing is made: ${what}`, () => {
    const cwd = folder(files)
    const { status, out, err } = provision(cwd, 'init', ...words)
    assert.match(err, says)
    assert.equal([status, out], [3, ''])
    assert.is(err.split('\n').length, 2, 'one sentence')
    assert.equal(contents(cwd), Object.keys(files).sort())
  })
}

real('twice', () => {
  const cwd = folder()
  good(provision(cwd, 'init', '10.0.0.4'))
  const before = FILES.map((path) => readFileSync(join(cwd, path), 'utf8'))
  const { status, err } = provision(cwd, 'init', '10.0.0.5')
  assert.is(status, 3)
  for (const path of FILES.filter((each) => each.includes('/'))) assert.match(err, path)
  assert.equal(
    FILES.map((path) => readFileSync(join(cwd, path), 'utf8')),
    before,
  )
})

const CLUSTER = ['admin@10.0.0.11', 'admin@10.0.0.12', 'admin@10.0.0.13', 'admin@10.0.0.21', 'admin@10.0.0.22']

real('--cluster: the whole cluster, and what a person has still to fill in', () => {
  const cwd = folder()
  const said = good(provision(cwd, 'init', '--cluster', ...CLUSTER))
  assert.equal(contents(cwd), ['.gitignore', 'README.md', 'inventory.json', 'package.json'])
  const shown = good(provision(cwd, 'hosts'))
  for (const name of ['master-1', 'master-2', 'master-3'])
    assert.match(shown, new RegExp(`^${name} .* mesos-master$`, 'm'))
  for (const name of ['slave-1', 'slave-2']) assert.match(shown, new RegExp(`^${name} .* mesos-slave$`, 'm'))
  const { status, err } = provision(cwd, 'plan')
  assert.is(status, 3)
  const places = ['vars.mesos.source.apt.key.file', 'vars.marathon.source.image.digest']
  assert.is(err.split('\n').length, 2 + places.length, err)
  for (const place of places) {
    assert.match(said, new RegExp(`^  ${place} +\\S`, 'm'))
    assert.match(err, new RegExp(`^  ${place} +is still to be filled in: \\S`, 'm'))
  }
  const text = readFileSync(join(cwd, 'inventory.json'), 'utf8')
  write(cwd, { 'inventory.json': text.replace(/FILL IN: the digest[^"]*/, `sha256:${'1'.repeat(64)}`) })
  assert.match(provision(cwd, 'plan').err, /^inventory\.json has 1 mistake:\n {2}vars\.mesos\.source\.apt\.key\.file /)
})

real('--cluster: its programs are those of the example, with real sums', () => {
  const cwd = folder()
  good(provision(cwd, 'init', '--cluster', ...CLUSTER))
  const [made, example]: { vars: Record<string, unknown>; hosts: Record<string, { vars?: object; roles: unknown }> }[] =
    [json(cwd, 'inventory.json'), json(root, 'inventory.json')] as never
  for (const recipe of ['consul', 'consul-template']) assert.equal(made?.vars[recipe], example?.vars[recipe])
  const rolesOf = (hosts = {}) =>
    Object.entries<{ vars?: object; roles: unknown }>(hosts).map(([name, { roles, vars }]) => [name, roles, vars])
  assert.equal(rolesOf(made?.hosts), rolesOf(example?.hosts))
})

real('a folder that may not be written to', () => {
  const cwd = folder({ 'shut/notes.txt': 'mine', 'half/roles/mine.ts': '' })
  chmodSync(join(cwd, 'shut'), 0o555)
  for (const [name, at] of [
    ['shut', 'shut'],
    ['shut/new', 'shut'],
  ] as const) {
    const { status, stderr } = asNobody(cwd, env, PROGRAM, 'init', name, '10.0.0.4')
    assert.equal([status, stderr], [3, `provision: nothing was made in ${name}: you may not write there\n`])
    assert.equal(contents(join(cwd, at)), ['notes.txt'])
  }
  // It begins, and cannot go on.
  chmodSync(join(cwd, 'half'), 0o777)
  chmodSync(join(cwd, 'half/roles'), 0o555)
  const { status, stderr } = asNobody(cwd, env, PROGRAM, 'init', 'half', '10.0.0.4')
  assert.equal([status, stderr], [3, 'provision: nothing was made in half: you may not write there\n'])
  assert.equal(readdirSync(join(cwd, 'half'), { recursive: true }).sort(), ['roles', 'roles/mine.ts'])
})

questions(real, { folder, program: PROGRAM, json })

test.run()
