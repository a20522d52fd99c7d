import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'

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
  /** Does it run on either release of Debian, as it is told? */
  readonly releases?: boolean
}

const HOSTS = /from '.*\/support\/(hosts|stack)\.ts'/
const PARTS = /from '.*\/support\/parts\.ts'/

const RELEASES = /from '.*\/support\/releases\.ts'/

const TSX = /^\/\/ Under tsx: /m

function kindOf(file: string, text: string): Kind {
  if (file.startsWith(join(ROOT, 'test/long/'))) return 'long'
  if (HOSTS.test(text)) return 'hosts'
  return PARTS.test(text) ? 'parts' : 'plain'
}

/** A test file's text, with that of the files in the folder that is named after it: its parts. */
function wholeText(file: string): string {
  const folder = file.replace(/\.test\.ts$/, '')
  const parts = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.ts')) : []
  return [file, ...parts.map((name) => join(folder, name))].map((each) => readFileSync(each, 'utf8')).join('\n')
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
    return { file, name: relative(ROOT, file), kind, tsx, releases }
  })
}

/**
 * The test files at or under these paths, each once: of two of one name, the one that ends first would end the other's
 * processes.
 */
export const suitesIn = (paths: readonly string[]): Suite[] => [
  ...new Map(paths.flatMap(suitesAt).map((suite) => [suite.file, suite])).values(),
]
