import { relative, resolve } from 'node:path'
import { count, list } from '../../lib/units.ts'
import { quote } from '../../shell/script.ts'
import type { Io } from '../io.ts'
import { UsageError } from '../usage-error.ts'
import { askFor } from './ask.ts'
import { type Files, inventoryOf, packageJson, templateFiles } from './files.ts'
import { hostsOf, isHost, type NewHost } from './host-words.ts'
import { checkFree, writeAll } from './write.ts'

/** The folder and the hosts that words mean: the first one is the folder, unless it can only be a host. */
export function wordsOf(words: readonly string[]): { readonly folder: string; readonly hosts: readonly string[] } {
  const [first, ...others] = words
  if (first === undefined || isHost(first)) return { folder: '.', hosts: words }
  return { folder: first, hosts: others }
}

const SCRIPTS = { test: 'node --import tsx --test test/*.test.ts', check: 'tsc --noEmit' }

async function askedFor(words: readonly string[]): Promise<readonly NewHost[]> {
  const understand = (given: readonly string[]): readonly NewHost[] => {
    if (given.length === 0)
      throw new UsageError('init wants at least one host: provision init my-servers admin@10.0.0.4')
    return hostsOf(given, 'web', true)
  }
  if (words.length > 0 || !process.stdin.isTTY) return understand(words)
  return askFor('Which hosts? For example admin@10.0.0.4, or web-1=10.0.0.4 to name it:', understand)
}

const said = (files: Files, hosts: readonly NewHost[]): string[] => {
  const names = hosts.map(({ name }) => name)
  const shown = names.length > 4 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : list(names)
  const about: Readonly<Record<string, string>> = {
    'inventory.json': `${count(hosts.length, 'host')}: ${shown}`,
    'roles/web.ts': 'what a web host is: a list of recipes',
    'recipes/web.ts': 'nginx, with a page on port 8080',
    'test/web.test.ts': 'makes a host of this machine a web host, twice',
  }
  const others = [...files.keys()].filter((path) => about[path] === undefined)
  const width = Math.max(...Object.keys(about).map((path) => path.length))
  return [...Object.entries(about).map(([path, what]) => `  ${path.padEnd(width)}  ${what}`), `  ${list(others)}`]
}

/** What `provision init` does. Gives the exit code. @throws UsageError */
export async function init(words: readonly string[], io: Io): Promise<number> {
  const { folder, hosts: given } = wordsOf(words)
  const target = resolve(io.cwd, folder)
  const shown = relative(io.cwd, target) === '' ? 'this folder' : folder
  const { text, origin } = packageJson(target, SCRIPTS)
  const still = new Map([...templateFiles('project'), ['package.json', text]])
  checkFree(target, shown, ['inventory.json', ...still.keys()])
  const hosts = await askedFor(given)
  const files = new Map([['inventory.json', inventoryOf(hosts, () => ({ roles: ['web'] }))], ...still])
  writeAll(target, shown, files)
  const enter = shown === folder ? `cd ${quote(folder)} && ` : ''
  const unsure = origin.guessed
    ? [
        '',
        `npm install looks for provision-ssh ${origin.spec} in npm's registry. Where you have it from a file or a folder: npm install FILE`,
      ]
    : []
  const next = [`${enter}npm install`, 'npx provision plan', 'npx provision apply'].map((line) => `  ${line}`)
  const lines = [`Made in ${shown}:`, ...said(files, hosts), '', 'Next:', ...next, ...unsure]
  io.stdout.write(lines.map((line) => `${line}\n`).join(''))
  return 0
}
