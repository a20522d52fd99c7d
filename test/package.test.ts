import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { registrarProgram } from '../src/index.ts'
import { inventory, own, traced } from './support/package-ground.ts'
import { good, install, type Ran, run, write } from './support/packed.ts'

// What a user gets: the packed tarball, installed into an empty folder with scripts disabled.
const test = suite('the package')
const root = dirname(import.meta.dirname)
const base = realpathSync(mkdtempSync(join(tmpdir(), 'package-')))
test.after(() => rmSync(base, { recursive: true }))

const user = join(base, 'user')
const elsewhere = join(base, 'elsewhere') // a folder that knows nothing of the package, as after `npm install --global`

const missing = install(base, user)
if (missing) {
  test('cannot be installed here', () => {
    console.log(`not run here: the packed tarball in an empty folder: npm could not get its dependencies (${missing})`)
  })
} else {
  const bin = join(user, 'node_modules', '.bin', 'provision')

  test('npx provision --help', () => {
    const help = good(run(user, 'npx', ['--no', '--', 'provision', '--help']))
    assert.match(help, 'inventory')
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    assert.is(good(run(user, 'npx', ['--no', '--', 'provision', '--version'])).trim(), version)
  })

  test('from a folder that has been removed: one sentence', () => {
    const removed = join(base, 'removed')
    const from = run(base, 'sh', ['-c', `mkdir ${removed} && cd ${removed} && rmdir ${removed} && exec ${bin} hosts`])
    assert.equal(
      [from.status, from.err],
      [3, 'provision: the working directory has been removed: cd to one that exists\n'],
    )
  })

  test('holds what it needs, and nothing of the workshop', () => {
    const dir = join(user, 'node_modules', 'provision-ssh')
    const files = execFileSync('find', ['.', '-type', 'f', '-not', '-path', './node_modules/*'], {
      cwd: dir,
      encoding: 'utf8',
    })
      .trim()
      .split('\n')
    const needed = [
      './LICENSE',
      './dist/schema/inventory.json',
      './dist/registrar.mjs',
      './dist/recipes/zookeeper.js',
      './dist/src/cli/program.cjs',
      './dist/src/cli/LICENSES.txt',
      './dist/schema/app.json',
      './dist/schema/ansible.json',
      './templates/zookeeper/zoo.cfg.ejs',
    ]
    for (const file of needed) assert.ok(files.includes(file), file)
    assert.equal(
      files.filter((name) => /^\.\/(src|test|bench|recipes|roles|node_modules)\/|\.stamp$|^\.\/tsconfig/.test(name)),
      [],
    )
  })

  test('has no install scripts to miss, and licences that go with MIT', () => {
    const lock = JSON.parse(readFileSync(join(user, 'node_modules', '.package-lock.json'), 'utf8'))
    const packages: [string, { license?: string; hasInstallScript?: boolean }][] = Object.entries(lock.packages)
    const licences = packages.map(([path, { license }]) => {
      // The lock file does not know how packages wrote it before 2015.
      const { licenses } = JSON.parse(readFileSync(join(user, path, 'package.json'), 'utf8'))
      return `${path.replace(/^.*node_modules\//, '')} ${license ?? licenses?.[0]?.type}`
    })
    assert.ok(licences.length > 10)
    assert.equal(
      licences.filter((each) => !/ (MIT|ISC|0BSD|BSD-[23]-Clause|Apache-2\.0|BlueOak-1\.0\.0|Unlicense)$/.test(each)),
      [],
    )
    assert.is(packages.find(([name]) => name === 'node_modules/provision-ssh')?.[1].hasInstallScript, undefined)
  })

  const tsc = (program: string): Ran => {
    write(user, {
      'program.mts': program,
      'tsconfig.json': JSON.stringify({
        compilerOptions: {
          target: 'es2023',
          module: 'nodenext',
          strict: true,
          noEmit: true,
          types: ['node'],
          typeRoots: [join(root, 'node_modules', '@types')],
        },
        files: ['program.mts'],
      }),
    })
    const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc')
    return run(user, process.execPath, [compiler, '-p', '.'])
  }

  test('its types are checked, and are of use', () => {
    const program = (property: string) => `import { type Cluster, loadInventory, select } from 'provision-ssh'
import { zookeeper } from 'provision-ssh/recipes/zookeeper'
const cluster: Cluster = await loadInventory('inventory.json')
const addresses: string[] = select(cluster, { hosts: ['zk-*'] }).map((host) => host.${property})
console.log(addresses, zookeeper.name)
`
    good(tsc(program('address')))
    const wrong = tsc(program('adress'))
    assert.is(wrong.status === 0, false)
    assert.match(wrong.out, /program\.mts\(4,\d+\): error TS2551.*'adress'/)
  })

  test("a program imports it, and a user's TypeScript recipe shares its classes", () => {
    write(user, {
      ...own,
      'inventory.json': inventory('greeter', { motd: { token: 'cmd:echo x' } }),
      'program.mjs': `import { loadInventory, Secret } from 'provision-ssh'
const cluster = await loadInventory()
const [host] = cluster.hosts
const [recipe] = cluster.roles.get('greeter').recipes
console.log(host.vars.motd.token instanceof Secret, recipe.resources(host, cluster, host.vars.motd)[0].id)`,
    })
    assert.is(good(run(user, process.execPath, ['program.mjs'])), 'true file /etc/motd\n')
  })

  test('the registrar comes along, as it is built from the sources', () => {
    write(user, {
      'registrar.mjs': `import { registrarProgram } from 'provision-ssh'\nprocess.stdout.write(registrarProgram())`,
    })
    assert.ok(good(run(user, process.execPath, ['registrar.mjs'])) === registrarProgram())
  })

  test('the program is one file: no module of its own or of others is loaded for the built-in roles, and no transpiler', () => {
    write(elsewhere, {
      'inventory.json': inventory('zookeeper', { zookeeper: { id: 1 } }),
      'roles/README.md': 'not a role',
    })
    const { ran, loaded } = traced(base, bin, elsewhere, ['hosts'])
    assert.match(good(ran), /one +192\.0\.2\.1 +zookeeper/)
    assert.equal(loaded, [])
  })

  test("elsewhere, as when installed globally: a user's own TypeScript works, by way of tsx", () => {
    write(elsewhere, { ...own, 'inventory.json': inventory('greeter', { motd: { token: 'cmd:echo x' } }) })
    const { ran, loaded } = traced(base, bin, elsewhere, ['hosts'])
    assert.match(good(ran), /one +192\.0\.2\.1 +greeter/)
    assert.ok(
      loaded.some((line) => line.includes('/node_modules/tsx/')),
      'so the trace would have seen it',
    )
  })

  test('several roles and recipes, all in TypeScript, are loaded side by side: by the program, and by a program of the user', () => {
    const many = join(user, 'many')
    const names = ['a', 'b', 'c', 'd']
    for (const name of names) {
      write(many, {
        [`recipes/${name}.ts`]: `import * as v from 'valibot'
import { defineRecipe, file } from 'provision-ssh'
enum Port { Http = 80 }
const text = (s: string): string => s
export const ${name} = defineRecipe({
  name: '${name}',
  attributes: v.object({}),
  resources: () => [file('/etc/${name}', { content: text(String(Port.Http)) })],
})
`,
        [`roles/${name}.ts`]: `import { defineRole, type Role } from 'provision-ssh'
import { ${name} } from '../recipes/${name}.ts'
export const role: Role = defineRole({ name: '${name}', recipes: [${name}] })
`,
      })
    }
    const hosts = Object.fromEntries(
      names.map((name, i) => [`${name}-1`, { address: `192.0.2.${i + 1}`, roles: [name] }]),
    )
    write(many, {
      'inventory.json': JSON.stringify({ hosts }),
      'program.mjs': `import { loadInventory } from 'provision-ssh'
console.log([...(await loadInventory()).roles.keys()].sort().join())`,
    })
    const shown = good(run(many, bin, ['hosts']))
    for (const name of names) assert.match(shown, new RegExp(`^${name}-1 .* ${name}$`, 'm'))
    assert.match(good(run(many, bin, ['hosts', '-l', 'b-1'])), 'b-1')
    assert.is(good(run(many, process.execPath, ['program.mjs'])), 'a,b,c,d\n')
  })

  test("users' files get the program's own instance of everything", () => {
    const one = join(base, 'one')
    write(one, {
      'roles/same.js': `import { defineRecipe, defineRole, Secret, secret } from 'provision-ssh'
import { base } from 'provision-ssh/recipes/base'
import { role } from 'provision-ssh/roles/base'
import * as sandbox from 'provision-ssh/sandbox'
import * as v from 'valibot'
const token = v.pipe(secret(), v.check((given) => given instanceof Secret, 'another Secret'))
const recipe = defineRecipe({ name: 'same', attributes: v.object({ token }), resources: () => [] })
if (role.recipes[0] !== base) throw new Error('another recipe')
if (typeof sandbox.openSandbox !== 'function') throw new Error('no sandbox')
export const same = defineRole({ name: 'same', recipes: [base, recipe] })
`,
      'inventory.json': inventory('same', { same: { token: 'cmd:echo x' } }),
    })
    assert.match(good(run(one, bin, ['hosts'])), /one +192\.0\.2\.1 +same/)
  })

  test('compiled code is kept by a run that reaches hosts, used by the next, and made anew where it is damaged', () => {
    const host = { address: '127.0.0.1', roles: ['base'], ssh: { port: 1, retries: 0 } } // nobody listens there
    write(elsewhere, { 'inventory.json': JSON.stringify({ hosts: { one: host } }) })
    const cache = join(base, 'cache')
    const folder = join(cache, 'provision', 'code')
    const provision = (...args: readonly string[]): number | null =>
      run(elsewhere, bin, args, { XDG_CACHE_HOME: cache }).status
    assert.is(provision('hosts'), 0)
    assert.not(existsSync(folder), 'it has compiled too little')
    assert.is(provision('plan'), 4)
    const [name = '', ...others] = readdirSync(folder)
    assert.equal(others, [])
    const made = readFileSync(join(folder, name))
    assert.is(provision('plan'), 4)
    assert.ok(readFileSync(join(folder, name)).equals(made), 'what was there was taken')
    for (const damage of [made.subarray(0, 1000), Buffer.from(made).fill(0, made.length / 2), Buffer.alloc(0)]) {
      writeFileSync(join(folder, name), damage)
      assert.is(provision('plan'), 4)
      assert.not(readFileSync(join(folder, name)).equals(damage))
    }
  })

  test('mistakes end with exit 3 and one sentence each', () => {
    write(elsewhere, { ...own, 'inventory.json': inventory('greeter', { motd: { token: 'hunter2', nam: 'x' } }) })
    const { status, out, err } = run(elsewhere, bin, ['hosts'])
    assert.is(status, 3)
    assert.match(err, /hosts\.one\.vars\.motd\.token +is a secret/)
    assert.match(err, /hosts\.one\.vars\.motd\.nam +is not a known key; did you mean "name"\?/)
    assert.not.match(out + err, 'hunter2')
    write(elsewhere, { 'roles/greeter.ts': '\n\nexport const = 1\n' })
    const broken = run(elsewhere, bin, ['hosts'])
    assert.is(broken.status, 3)
    assert.is(broken.err, 'roles/greeter.ts, line 3: Expected identifier but found "="\n')
  })
}

test.run()
