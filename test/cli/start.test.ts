import { readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

// To start must stay cheap: what the command line and the help need is small, and everything else is imported when a
// command runs.
const root = dirname(dirname(import.meta.dirname))
const test = suite('cli start')

/** What a file imports at once: not as types, not by `import()`. */
const imports = (file: string): readonly string[] =>
  [
    ...readFileSync(join(root, file), 'utf8').matchAll(
      /^(?:import|export)\s+(?!type\b)[^'"]*?from\s+['"]([^'"]+)['"]/gm,
    ),
  ].map(([, path = '']) => (path.startsWith('.') ? relative(root, join(root, dirname(file), path)) : path))

/** Every module that is loaded together with a file, and what loads it. */
function graph(file: string): ReadonlyMap<string, readonly string[]> {
  const seen = new Map<string, readonly string[]>()
  const visit = (each: string): void => {
    if (seen.has(each)) return
    seen.set(each, each.endsWith('.ts') ? imports(each) : [])
    for (const next of seen.get(each) ?? []) visit(next)
  }
  visit(file)
  return seen
}

const all = graph('src/cli/program.ts')

test('only the command line itself is loaded at once', () => {
  const light =
    /^(src\/(cli|lib|shell|report\/terminal)\/|node:(fs|util|path|module|string_decoder|url|vm)$|yargs-parser$)/
  assert.equal(
    [...all.keys()].filter((module) => !light.test(module)),
    [],
  )
  assert.ok(all.size > 20)
})

test('a JSON inventory loads nothing of what other inventories need', () => {
  const loaded = [...graph('src/project/load.ts').keys()]
  assert.ok(loaded.includes('src/project/source/read.ts'))
  const others = /^src\/project\/(ansible\/|source\/(?!read\.ts))|^(yaml|p-limit)$/
  assert.equal(
    loaded.filter((module) => others.test(module)),
    [],
  )
})

/** Every module that a file may come to load, now or later. */
function reach(file: string): ReadonlySet<string> {
  const seen = new Set<string>()
  const visit = (each: string): void => {
    if (seen.has(each)) return
    seen.add(each)
    if (!each.endsWith('.ts')) return
    const later = [...readFileSync(join(root, each), 'utf8').matchAll(/\bimport\('(\.[^']+)'\)/g)]
    for (const next of [
      ...imports(each),
      ...later.map(([, path = '']) => relative(root, join(root, dirname(each), path))),
    ])
      visit(next)
  }
  visit(file)
  return seen
}

test('only commands on instances ever load a cloud, and only what opens EC2 its SDK', () => {
  // what takes hosts in turns, and status, open one for hosts behind balancers (test/cloud/balancers/no-op.test.ts: only then)
  for (const command of ['exec', 'deploy', 'scale', 'remove', 'prestop', 'backup/backup', 'init', 'schema'])
    assert.equal(
      [...reach(`src/cli/commands/${command}.ts`)].filter((module) => /^src\/cloud\/|^@aws/.test(module)),
      [],
      command,
    )
  const launch = reach('src/cli/commands/cloud/launch.ts')
  assert.ok(launch.has('@aws-sdk/client-ec2'), 'the test sees it where it is')
  const importing = [...launch].filter((file) => file.endsWith('.ts') && graph(file).has('@aws-sdk/client-ec2'))
  assert.equal(importing, ['src/cloud/aws/sdk.ts'])
})

test('no circle of imports', () => {
  const open: string[] = []
  const done = new Set<string>()
  const visit = (file: string): void => {
    assert.not(open.includes(file), `${[...open.slice(open.indexOf(file)), file].join(' → ')}`)
    if (done.has(file)) return
    open.push(file)
    for (const next of all.get(file) ?? []) visit(next)
    open.pop()
    done.add(file)
  }
  visit('src/cli/program.ts')
})

test.run()
