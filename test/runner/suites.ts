import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'

/** The project's folder. */
export const ROOT = resolve(import.meta.dirname, '..', '..')

/**
 * What a test file needs: nothing, parts of the cluster that each machine makes once, or sandbox hosts as well. `long`
 * files need hosts too, and have a run of their own.
 */
export type Kind = 'plain' | 'parts' | 'hosts' | 'long'

/** A test file. */
export interface Suite {
  readonly file: string
  /** Its path in the project. */
  readonly name: string
  readonly kind: Kind
  /** Run it from its source, under tsx: its process loads users' files, which import that source. */
  readonly tsx?: boolean
  /** Of the parts it needs none but moto, which is installed, not made. */
  readonly motoOnly?: boolean
  /** Does it run on either release of Debian, as it is told? */
  readonly releases?: boolean
}

const HOSTS = /from '.*\/support\/(hosts|stack)\.ts'/
const PARTS = /from '.*\/support\/parts\.ts'/
const MOTO = /from '.*\/support\/moto\.ts'/

const RELEASES = /from '.*\/support\/releases\.ts'/

const TSX = /^\/\/ Under tsx: /m

function kindOf(file: string, text: string): Kind {
  if (file.startsWith(join(ROOT, 'test/long/'))) return 'long'
  if (HOSTS.test(text)) return 'hosts'
  return PARTS.test(text) || MOTO.test(text) ? 'parts' : 'plain'
}

const TESTS = join(ROOT, 'test/')
const SHARED = join(ROOT, 'test/support/')
const IMPORT = /^(?:import|export)\s(?!\s*type\s)[^'"]*['"](\.[^'"]+\.ts)['"]/gm

/** Is it a file of the tests that belongs to those that import it, and not one that many share? */
const isPart = (path: string): boolean => path.startsWith(TESTS) && !path.startsWith(SHARED) && existsSync(path)

/** A test file's text, wherever the file is, with that of the files that it is made of. */
function wholeText(file: string): string {
  const texts = new Map<string, string>()
  const read = (path: string): void => {
    const text = readFileSync(path, 'utf8')
    texts.set(path, text)
    for (const [, name = ''] of text.matchAll(IMPORT)) {
      const part = resolve(dirname(path), name)
      if (isPart(part) && !texts.has(part)) read(part)
    }
  }
  read(file)
  return [...texts.values()].join('\n')
}

/** The test files at or under a path, sorted. */
export function suitesAt(path: string): Suite[] {
  const files = statSync(path).isDirectory()
    ? readdirSync(path, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && entry.name.endsWith('.test.ts'))
        .map((entry) => join(entry.parentPath, entry.name))
        .sort()
    : [path]
  return files.map((file) => {
    const text = wholeText(file)
    const [kind, tsx, releases] = [kindOf(file, text), TSX.test(text), RELEASES.test(text)]
    const motoOnly = kind === 'parts' && !PARTS.test(text)
    return { file, name: relative(ROOT, file), kind, tsx, motoOnly, releases }
  })
}

/**
 * The test files at or under these paths, each once: of two of one name, the one that ends first would end the other's
 * processes.
 */
export const suitesIn = (paths: readonly string[]): Suite[] => [
  ...new Map(paths.flatMap(suitesAt).map((suite) => [suite.file, suite])).values(),
]
