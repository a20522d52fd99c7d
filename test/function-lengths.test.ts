import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import type { Node, SourceFile } from 'typescript/unstable/ast'
import { API } from 'typescript/unstable/sync'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

// The linter's rule leaves out blank lines, comments and what stands in templates. This counts plainly: all lines from
// a function's first to its last, those of functions within it included.
const MOST = 60
const FOLDERS = ['src', 'recipes', 'roles', 'scripts', 'bench', 'test']

const root = dirname(import.meta.dirname)
const away = mkdtempSync(join(tmpdir(), 'function-lengths-'))
const test = suite('function lengths')
test.after(() => rmSync(away, { recursive: true }))

/** The functions, arrow functions, methods and accessors of a file that are too long: `LINE: 61 lines`. */
function longOnes(file: SourceFile): string[] {
  const linesUpTo = (position: number): number => file.text.slice(0, position).split('\n').length
  const long: string[] = []
  const visit = (node: Node): void => {
    if ('body' in node && node.body !== undefined && 'parameters' in node) {
      const first = linesUpTo(node.getStart(file))
      const lines = linesUpTo(node.end) - first + 1
      if (lines > MOST) long.push(`${first}: ${lines} lines`)
    }
    node.forEachChild(visit)
  }
  file.forEachChild(visit)
  return long
}

/** The long functions of all files of these folders, which TypeScript itself parses, without types and imports. */
function longIn(folders: readonly string[]): { readonly files: number; readonly long: readonly string[] } {
  const config = join(away, 'tsconfig.json')
  const compilerOptions = { allowJs: true, noLib: true, noResolve: true, types: [], module: 'nodenext', noEmit: true }
  writeFileSync(config, JSON.stringify({ compilerOptions, include: folders }))
  const api = new API({ cwd: root })
  try {
    const [project] = api.updateSnapshot({ openProjects: [config] }).getProjects()
    const files = folders.flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((name) => /\.[jt]s$/.test(name))
        .map((name) => join(folder, name)),
    )
    const long = files.flatMap((file) => {
      const source = project?.program.getSourceFile(file)
      if (source === undefined) throw new Error(`${file} was not parsed`)
      return longOnes(source).map((each) => `${relative(root, file)}:${each}`)
    })
    return { files: files.length, long }
  } finally {
    api.close()
  }
}

/** A function of each kind, with this many lines. */
const KINDS: Readonly<Record<string, (lines: number) => string>> = {
  function: (lines) => `function f() {\n${'  // why\n'.repeat(lines - 2)}}\n`,
  arrow: (lines) => `export const f = () => [\n${"  'a',\n".repeat(lines - 2)}]\n`,
  method: (lines) => `class C {\n  m() {\n${'\n'.repeat(lines - 2)}  }\n}\n`,
  getter: (lines) => `const o = {\n  get a() {\n${'    g()\n'.repeat(lines - 2)}  },\n}\n`,
  template: (lines) => `const f = (x) => \`\n${'line\n'.repeat(lines - 2)}\`\n`,
  callback: (lines) => `test('x', async () => {\n${'  g()\n'.repeat(lines - 2)}})\n`,
}

test('a function of each kind is counted, with its comments, blank lines and templates', () => {
  const folder = join(away, 'kinds')
  mkdirSync(folder)
  for (const [kind, text] of Object.entries(KINDS))
    for (const lines of [MOST, MOST + 1]) writeFileSync(join(folder, `${kind}-${lines}.ts`), text(lines))
  const found = longIn([folder]).long.map((each) => /(\w+)-61\.ts:\d: 61 lines$/.exec(each)?.[1] ?? each)
  assert.equal(found.toSorted(), Object.keys(KINDS).toSorted())
})

test(`no function is longer than ${MOST} lines`, () => {
  const { files, long } = longIn(FOLDERS.map((folder) => join(root, folder)))
  assert.ok(files > 500, `only ${files} files were read`)
  assert.equal(long, [])
})

test.run()
