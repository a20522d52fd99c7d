import { existsSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { count, list } from '../../lib/units.ts'
import { isUnicode } from '../../report/index.ts'
import { quote } from '../../shell/script.ts'
import type { Io } from '../io.ts'
import { askFor } from './ask.ts'
import { type Files, packageJson, templateFiles } from './files.ts'
import { isHost, type NewHost } from './host-words.ts'
import { cluster, enough, type Kind, placesIn, project } from './kinds.ts'
import type { Origin } from './origin.ts'
import { checkFree, checkPackage, keptIn, writeAll } from './write.ts'

const INVENTORY = 'inventory.json'

/** The folder and the hosts in the words: the first word is the folder, unless it must be a host. */
export function wordsOf(words: readonly string[]): { readonly folder: string; readonly hosts: readonly string[] } {
  const [first, ...others] = words
  if (first === undefined || isHost(first)) return { folder: '.', hosts: words }
  return { folder: first, hosts: others }
}

/** The given hosts, or those that the user enters on the terminal. */
async function hostsFor(kind: Kind, given: readonly string[], folder: string): Promise<readonly NewHost[]> {
  if (given.length > 0 || !process.stdin.isTTY) {
    const least = kind.questions.reduce((sum, question) => sum + question.least, 0)
    // Somebody who names only a host, by a name that a folder could have, must see what it was taken for.
    const taken = given.length === 0 && folder !== '.' ? `"${folder}" is taken as the folder, and ` : ''
    return kind.hosts(enough(given, least, Number.POSITIVE_INFINITY, `${taken}${kind.wants}`))
  }
  let words: readonly string[] = []
  let hosts: readonly NewHost[] = []
  for (const { text, least, most } of kind.questions) {
    const before = words
    await askFor(text, (answer) => {
      const wants = most === least ? `it takes ${least} hosts` : kind.wants
      words = [...before, ...enough(answer, least, most, wants)]
      hosts = kind.hosts(words)
    })
  }
  return hosts
}

function made(files: Files, hosts: readonly NewHost[], { about }: Kind): string[] {
  const names = hosts.map(({ name }) => name)
  const shown = names.length > 5 ? `${names.slice(0, 4).join(', ')} and ${names.length - 4} more` : list(names)
  const told = { [INVENTORY]: `${count(hosts.length, 'host')}: ${shown}`, ...about }
  const others = [...files.keys()].filter((path) => !Object.hasOwn(told, path))
  const width = Math.max(...Object.keys(told).map((path) => path.length))
  return [...Object.entries(told).map(([path, what]) => `  ${path.padEnd(width)}  ${what}`), `  ${list(others)}`]
}

/** In a project with its own `package.json`, says what to install with npm, unless it is there already. */
const installInto = (folder: string, { spec }: Origin, { scripts }: Kind): string | undefined =>
  existsSync(join(folder, 'node_modules', 'provision-ssh'))
    ? undefined
    : `npm install ${/^\d/.test(spec) ? `provision-ssh@${spec}` : quote(spec)}${scripts.test === undefined ? '' : ' valibot tsx typescript @types/node'}`

function next(enter: string, install: string | undefined, places: readonly string[], origin: Origin): string[] {
  const fill = places.length > 0 ? ['', `Still to be filled in, in ${INVENTORY}:`, ...places] : []
  const steps = [...(install === undefined ? [] : [install]), 'npx provision plan', 'npx provision apply']
  const commands = steps.map((step, i) => (i === 0 ? `${enter}${step}` : step))
  const unsure = `npm install looks for provision-ssh ${origin.spec} in npm's registry. Where you have it from a file or a folder: npm install FILE`
  return [...fill, '', 'Next:', ...commands.map((line) => `  ${line}`), ...(origin.guessed ? ['', unsure] : [])]
}

/** Runs `provision init`. Returns the exit code. */
export async function init(words: readonly string[], whole: boolean, io: Io): Promise<number> {
  const kind = whole ? cluster : project
  const { folder, hosts: given } = wordsOf(words)
  const target = resolve(io.cwd, folder)
  const shown = relative(io.cwd, target) === '' ? 'this folder' : folder
  const { text, origin } = packageJson(target, kind.scripts)
  const all = new Map([...templateFiles(kind.template), ['package.json', text]])
  checkPackage(target, shown)
  const kept = keptIn(target)
  const still = new Map([...all].filter(([path]) => !kept.includes(path)))
  checkFree(target, shown, [...new Set([INVENTORY, ...still.keys()])])
  const hosts = await hostsFor(kind, given, folder)
  const files = new Map([...still, [INVENTORY, kind.inventory(hosts, still.get(INVENTORY))]])
  writeAll(target, shown, files)
  const enter = shown === folder ? `cd ${quote(folder)} && ` : ''
  const left = kept.length > 0 ? [`  ${list(kept)}: yours, left as ${kept.length > 1 ? 'they are' : 'it is'}`] : []
  const { test } = kind.scripts
  if (kept.includes('package.json') && test !== undefined) left.push(`  to run the test: ${test}`)
  const install = kept.includes('package.json') ? installInto(target, origin, kind) : 'npm install'
  const lines = [
    `Made in ${shown}:`,
    ...made(files, hosts, kind),
    ...left,
    ...next(enter, install, placesIn(files), origin),
  ]
  const said = lines.map((line) => `${line}\n`).join('')
  io.stdout.write(isUnicode(io.env) ? said : said.replaceAll('…', '...'))
  return 0
}
