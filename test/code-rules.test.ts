import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { root, sources } from './support/code.ts'

const test = suite('rules of the code')

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

test('no sh of a resource sets $at, which says which step is to blame', () => {
  const sets = /\bread\b[^|;]*\bat\b|\bfor at\b|(^|[\s;({])at=(?!\S+ awk)/
  const files = readdirSync(join(root, 'src/resources'), { recursive: true, encoding: 'utf8' })
  const wrong = files
    .filter((file) => file.endsWith('.sh'))
    .flatMap((file) => {
      const lines = readFileSync(join(root, 'src/resources', file), 'utf8').split('\n')
      return lines.flatMap((line, i) => (!/^\s*#/.test(line) && sets.test(line) ? [`${file}:${i + 1}`] : []))
    })
  assert.equal(wrong, [])
})

test('the folder of packages is not in the repository: a link in its place would take that of others away', () => {
  const tracked = existsSync(join(root, '.git'))
    ? execFileSync('git', ['ls-files', 'node_modules'], { cwd: root, encoding: 'utf8' })
    : ''
  assert.is(tracked, '')
})

test('no wait judges its time after a look, which may have taken it: timeLimit of src/lib/wait asks before', () => {
  const judges = /\bnow\(\)(?: - \w+)? (?:>=?|<) (?:end|until|over|deadline|most|patience|[A-Z_]+)\b/
  // moments that were seen, not waits of a loop that looks
  const moments = ['recipes/mesos-agent/drain.ts', 'src/lib/wait/time-limit.ts']
  assert.equal(
    sources.filter((file) => judges.test(readFileSync(join(root, file), 'utf8')) && !moments.includes(file)),
    [],
  )
})

test('nobody waits for the end of a script whose output nobody reads: it would never come', () => {
  assert.equal(
    sources.filter((file) => /\.exec\([^\n]*\)\.done\b/.test(readFileSync(join(root, file), 'utf8'))),
    [],
  )
})

test('no test reads a journal that journald has not written yet: journal() of test/support waits for it', () => {
  const tests = ['test/sandbox', 'test/long', 'test/support'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  )
  assert.equal(
    tests.filter(
      (file) =>
        file.endsWith('.ts') &&
        readFileSync(join(root, file), 'utf8')
          .split('\n')
          .some((line) => /journalctl (?!--(?:sync|flush))/.test(line) && !line.includes('journalctl --sync')),
    ),
    [],
  )
})

test('no service of a test ends by itself: one that sleeps for a while does, on a machine that is slower than that', () => {
  const texts = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.ts$/.test(name),
  )
  const ends = /ExecStart=[^\n]*\bsleep \d{2}/
  assert.equal(
    texts.filter((name) => ends.test(readFileSync(join(root, 'test', name), 'utf8'))),
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

test.run()
