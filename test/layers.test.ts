import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

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

const root = dirname(import.meta.dirname)
const test = suite('layers')

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

const sources = ['src', 'recipes', 'roles'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name)),
)

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

test('the folder of packages is not in the repository: a link in its place would take that of others away', () => {
  const tracked = existsSync(join(root, '.git'))
    ? execFileSync('git', ['ls-files', 'node_modules'], { cwd: root, encoding: 'utf8' })
    : ''
  assert.is(tracked, '')
})

test('no room holds more than fifteen files side by side', () => {
  const rooms = new Map<string, string[]>()
  for (const file of sources) rooms.set(dirname(file), [...(rooms.get(dirname(file)) ?? []), file])
  assert.equal(
    [...rooms].filter(([, files]) => files.length > 15).map(([room, files]) => `${room}: ${files.length}`),
    [],
  )
})

test('no comment is wider than 120 columns; the formatter breaks code, and sentences for users are in one piece', () => {
  const texts = ['src', 'recipes', 'roles', 'scripts'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  )
  const wide = texts
    .filter((file) => /\.(ts|js|sh)$/.test(file))
    .flatMap((file) => {
      const comment = file.endsWith('.sh') ? /^\s*#(?! shellcheck)/ : /^\s*(\/\/|\/?\*)/
      const lines = readFileSync(join(root, file), 'utf8').split('\n')
      return lines.flatMap((line, i) => (line.length > 120 && comment.test(line) ? [`${file}:${i + 1}`] : []))
    })
  assert.equal(wide, [])
})

test('nobody waits for the end of a script whose output nobody reads: it would never come', () => {
  assert.equal(
    sources.filter((file) => /\.exec\([^\n]*\)\.done\b/.test(readFileSync(join(root, file), 'utf8'))),
    [],
  )
})

test('no file is longer than 250 lines', () => {
  const lines = (file: string): number => readFileSync(join(root, file), 'utf8').split('\n').length - 1
  const scripts = ['src', 'recipes'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.sh'))
      .map((name) => join(folder, name)),
  )
  assert.ok(scripts.length > 0)
  assert.equal(
    [...sources, ...scripts].filter((file) => lines(file) > 250),
    [],
  )
})

// What there is once for a process by its nature: Node's hooks in a thread of their own, and the code that starts it.
const PROCESS_WIDE = ['src/project/hooks-thread.ts', 'src/cli/launch.ts']

/** What a module holds that is written to: a `let`, or a collection or an object that code of the same file changes. */
function state(text: string): string[] {
  const lets = [...text.matchAll(/^(?:export )?(?:let|var) (\w+)/gm)]
  const held = [
    ...text.matchAll(/^(?:export )?const (\w+)(?:: [^=\n]*(?:=>[^=\n]*)*)? = (?:new [A-Z]|\[|\{|Object\.create)/gm),
  ]
  const written = held.filter(([, name = '']) =>
    new RegExp(
      `(?<![\\w.#])${name}(?:(?:\\??\\.\\w+)*\\.(?:set|add|delete|clear|push|pop|shift|unshift|splice|fill|sort|reverse)\\(|(?:\\.\\w+|\\[[^\\]\\n]+\\])+ (?:[-+*/|&?]{0,2}=) )|Object\\.assign\\(${name}\\b`,
    ).test(text),
  )
  return [...lets, ...written].map(([, name = '']) => name)
}

const held: readonly (readonly [text: string, names: readonly string[]])[] = [
  ['let worth = false', ['worth']],
  ['export let data: HookData', ['data']],
  ['const values = new WeakMap<Secret, string>()\nvalues.set(a, b)', ['values']],
  ['const seen: { here: Seen[] } = { here: [] }\nseen.here.push(a)', ['seen']],
  ['const folders: string[] = []\nconst add = () => folders.push(a)', ['folders']],
  ['const cache: Record<string, string> = {}\nconst f = (k) => (cache[k] ??= 1)', ['cache']],
  ['const count = { n: 0 }\nconst f = () => { count.n += 1 }', ['count']],
  ["const KNOWN = new Set(['a'])\nKNOWN.has(b)", []],
  ['const LIST = [1, 2]\nconst f = () => { const LIST2 = []; LIST2.push(1) }', []],
  ['function f() {\n  let n = 0\n  const all = []\n  all.push(n)\n}', []],
  ['const FLAGS = { a: 1 }\nif (FLAGS.a === 1) f()', []],
]
for (const [text, names] of held) test(`module state: ${text.split('\n')[0]}`, () => assert.equal(state(text), names))

test('no module keeps state', () => {
  const keeps = sources.flatMap((file) =>
    state(readFileSync(join(root, file), 'utf8')).map((name) => `${file}: ${name}`),
  )
  assert.equal(
    keeps.filter((each) => !PROCESS_WIDE.some((file) => each.startsWith(`${file}:`))),
    [],
  )
})

test('every exported name says in a sentence what it is', () => {
  const silent = sources.flatMap((file) => {
    const lines = readFileSync(join(root, file), 'utf8').split('\n')
    return lines.flatMap((line, i) => {
      const [, name] =
        /^export (?:declare )?(?:async )?(?:abstract )?(?:function\*?|const|class|interface|type|enum) (\w+)/.exec(
          line,
        ) ?? []
      return name === undefined || /\*\/$/.test(lines[i - 1] ?? '') ? [] : [`${file}:${i + 1} ${name}`]
    })
  })
  assert.equal(silent, [])
})

test('the test itself sees all kinds of imports', () => {
  const seen = imports('test/layers.fixture.txt').map(({ path, typeOnly }) => `${typeOnly ? 'type ' : ''}${path}`)
  assert.equal(seen, ['src/a.ts', 'type src/b.ts', 'test/c.ts', 'src/d.ts', 'src/e.ts'])
})

test.run()
