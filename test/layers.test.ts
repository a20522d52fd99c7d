import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { filesIn, root, sources } from './support/code.ts'

const test = suite('layers')

// Imports point down only (docs/concepts: layout). What may be imported by the files of a folder, by their paths from
// the root. `type`: only as types, which leave no trace at run time.
const rules: Readonly<Record<string, { readonly may: readonly string[]; readonly type?: readonly string[] }>> = {
  'src/shell/': { may: ['src/shell/'] },
  'src/lib/': { may: ['src/lib/'] },
  'src/model/': { may: ['src/shell/', 'src/lib/', 'src/model/'], type: ['src/transport/transport.ts'] },
  'src/transport/': { may: ['src/shell/', 'src/lib/', 'src/transport/'] },
  'src/resources/': { may: ['src/shell/', 'src/lib/', 'src/model/', 'src/resources/'] },
  'src/inventory/': {
    may: ['src/shell/', 'src/lib/', 'src/model/', 'src/inventory/'],
    type: ['src/transport/transport.ts'],
  },
  'src/project/': { may: ['src/shell/', 'src/lib/', 'src/model/', 'src/inventory/', 'src/project/'] },
  'src/engine/': { may: ['src/shell/', 'src/lib/', 'src/model/', 'src/transport/transport.ts', 'src/engine/'] },
  'src/clients/': {
    may: ['src/shell/', 'src/lib/', 'src/clients/', 'src/model/task-health.ts'],
    type: ['src/model/', 'src/balancing/chain.ts'],
  },
  'src/deploy/': {
    may: [
      'src/shell/',
      'src/lib/',
      'src/model/',
      'src/inventory/',
      'src/clients/',
      'src/balancing/',
      'src/engine/link/links.ts',
      'src/engine/link/net.ts',
      'src/deploy/',
    ],
    type: ['src/transport/transport.ts'],
  },
  'src/backup/': {
    may: [
      'src/shell/',
      'src/lib/',
      'src/model/',
      'src/clients/',
      'src/engine/link/net.ts',
      'src/transport/transport.ts',
      'src/backup/',
    ],
  },
  // Of EC2's SDK only sdk.ts knows, which load.ts alone imports; of the sandbox only its own provider.
  'src/cloud/sandbox/': {
    may: ['src/lib/', 'src/model/', 'src/sandbox/', 'src/cloud/sandbox/', 'src/cloud/provider.ts'],
  },
  'src/cloud/': {
    may: [
      'src/shell/',
      'src/lib/',
      'src/model/',
      'src/inventory/',
      'src/clients/',
      'src/transport/transport.ts',
      'src/cloud/',
    ],
  },
  'src/balancing/': { may: ['src/lib/', 'src/balancing/', 'src/model/recipes-of.ts'], type: ['src/model/'] },
  'src/registrar/': {
    may: [
      'src/lib/',
      'src/shell/secret.ts',
      'src/clients/',
      'src/balancing/',
      'src/registrar/',
      'src/model/task-health.ts',
    ],
  },
  'src/report/': {
    may: ['src/lib/', 'src/model/', 'src/report/'],
    type: ['src/cloud/events.ts', 'src/deploy/events.ts', 'src/engine/events.ts', 'src/transport/transport.ts'],
  },
  'src/sandbox/': { may: ['src/lib/', 'src/sandbox/'] },
  'src/cli/': {
    may: [
      'src/shell/',
      'src/lib/',
      'src/model/',
      'src/inventory/',
      'src/transport/',
      'src/engine/',
      'src/project/',
      'src/deploy/',
      'src/backup/',
      'src/report/',
      'src/sandbox/',
      'src/cloud/',
      'src/resources/packages/apt.ts',
      'src/cli/',
    ],
  },
  'recipes/': { may: ['src/index.ts', 'recipes/'] },
  'roles/': { may: ['src/index.ts', 'recipes/'] },
}

interface Import {
  readonly path: string
  readonly typeOnly: boolean
}

/** The relative imports of a file, also `import()` and `export … from`. */
function imports(file: string): Import[] {
  const text = readFileSync(join(root, file), 'utf8')
  const found = [
    ...text.matchAll(/^(?:import|export)\s+(type\s)?[^'"]*?from\s+['"](\.[^'"]+)['"]|\bimport\((['"])(\.[^'"]+)\3\)/gm),
  ]
  return found.map((m) => ({
    path: relative(root, join(root, dirname(file), (m[2] ?? m[4]) as string)),
    typeOnly: m[1] !== undefined,
  }))
}

/** What one of the rules forbids to a file. */
function forbidden(file: string): string[] {
  const rule = Object.entries(rules).find(([folder]) => file.startsWith(folder))?.[1]
  if (!rule) return []
  const fits = (path: string, list: readonly string[] = []) =>
    list.some((prefix) => path === prefix || (prefix.endsWith('/') && path.startsWith(prefix)))
  return imports(file)
    .filter(({ path, typeOnly }) => !fits(path, rule.may) && !(typeOnly && fits(path, rule.type)))
    .map(({ path, typeOnly }) => `${file} imports ${typeOnly ? 'types of ' : ''}${path}`)
}

for (const folder of Object.keys(rules)) {
  test(folder, () => {
    const files = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.ts'),
    )
    assert.ok(files.length > 0, `${folder} has files`)
    assert.equal(
      files.flatMap((name) => forbidden(join(folder, name))),
      [],
    )
  })
}

test('every room has a rule', () => {
  const rooms = readdirSync(join(root, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory())
  assert.equal(
    rooms.map(({ name }) => `src/${name}/`).filter((room) => rules[room] === undefined),
    [],
  )
})

/** Files that import each other, directly or by way of others: each circle once, from its first file on. */
function circles(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const found = new Map<string, string>()
  const done = new Set<string>()
  const walk = (file: string, way: readonly string[]): void => {
    const at = way.indexOf(file)
    if (at >= 0) {
      const circle = way.slice(at)
      found.set(circle.toSorted().join(), [...circle, file].join(' → '))
    } else if (!done.has(file)) {
      for (const next of graph.get(file) ?? []) walk(next, [...way, file])
      done.add(file)
    }
  }
  for (const file of graph.keys()) walk(file, [])
  return [...found.values()]
}

test('a circle is seen', () => {
  const graph = new Map(Object.entries({ a: ['b'], b: ['c'], c: ['b', 'd'], d: [] }))
  assert.equal(circles(graph), ['b → c → b'])
})

test('no file imports itself by way of others', () => {
  assert.equal(circles(new Map(sources.map((file) => [file, imports(file).map(({ path }) => path)]))), [])
})

test('the test itself sees all kinds of imports', () => {
  const seen = imports('test/layers.fixture.txt').map(({ path, typeOnly }) => `${typeOnly ? 'type ' : ''}${path}`)
  assert.equal(seen, ['src/a.ts', 'type src/b.ts', 'test/c.ts', 'src/d.ts', 'src/e.ts'])
})

test('no room holds more than fifteen files side by side', () => {
  const rooms = new Map<string, string[]>()
  for (const file of sources) rooms.set(dirname(file), [...(rooms.get(dirname(file)) ?? []), file])
  assert.equal(
    [...rooms].filter(([, files]) => files.length > 15).map(([room, files]) => `${room}: ${files.length}`),
    [],
  )
})

const lines = (file: string): number => readFileSync(join(root, file), 'utf8').split('\n').length - 1
const tooLong = (files: readonly string[]): readonly string[] => files.filter((file) => lines(file) > 250).toSorted()

test('no file is longer than 250 lines', () => {
  const scripts = filesIn(['src', 'recipes'], '.sh')
  assert.ok(scripts.length > 0)
  assert.equal(tooLong([...sources, ...scripts]), [])
})

test('no test file is longer than 250 lines', () => {
  assert.equal(tooLong(filesIn(['test', 'bench'], '.ts')), [])
})

test.run()
