/**
 * The part of docs/resources.md that is made from the types: `node --import tsx scripts/resource-docs.ts` writes it, and a test says when it is old.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = new URL('../', import.meta.url)
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8')

const PAGE = 'docs/resources.md'
const BEGIN = '<!-- made from the types: begin -->'
const END = '<!-- made from the types: end -->'

/** The files of resource types, in the order of the page. */
const FILES = [
  'file',
  'template',
  'directory',
  'link',
  'hosts-file',
  'pkg',
  'apt-repository',
  'archive',
  'user',
  'group',
  'systemd-unit',
  'service',
  'timer',
  'mount',
  'sysctl',
  'command',
]

const comment = (text: string | undefined): string =>
  (text ?? '')
    .replace(/^\s*\/\*\*|\*\/\s*$/g, '')
    .replace(/\n\s*\* ?/g, '\n')
    .replace(/\{@link (\w+)\}/g, '`$1`')
    .replace(/\s+/g, ' ')
    .trim()

interface Member {
  readonly name: string
  readonly optional: boolean
  readonly type: string
  readonly says: string
}

/** Where a name is defined that a file uses. */
function sourceOf(source: string, name: string): string {
  const from = new RegExp(`import (?:type )?\\{[^}]*\\b${name}\\b[^}]*\\} from '\\./([\\w-]+)\\.ts'`).exec(source)?.[1]
  return from === undefined ? source : read(`src/resources/${from}.ts`)
}

/** A type as a reader wants it: small types of our own written out, `readonly` left out. */
function shownType(source: string, type: string): string {
  const whole = type.replace(/\b[A-Z]\w+\b/g, (name) => {
    const home = sourceOf(source, name)
    const alias = new RegExp(`export type ${name} =([^\\n]*(?:\\n {2}[^\\n]*)*)`).exec(home)?.[1]
    if (alias !== undefined) return shownType(home, comment(alias.replace(/\/\*\*(?:(?!\*\/)[\s\S])*\*\//g, '')).replace(/^\| /, ''))
    const body = new RegExp(`export interface ${name} \\{\\n([\\s\\S]*?)\\n\\}`).exec(home)?.[1]
    if (body === undefined) return name
    return `{ ${[...body.matchAll(/readonly (\w+\??: .*)$/gm)].map((m) => shownType(home, m[1] as string)).join('; ')} }`
  })
  return whole.replace(/\breadonly /g, '')
}

/** The members of an exported interface, those that it inherits first. */
function members(source: string, name: string): readonly Member[] {
  const found = new RegExp(`export interface ${name}(?: extends ([^{]+))? \\{\\n([\\s\\S]*?)\\n\\}`).exec(source)
  if (found === null) throw new Error(`there is no interface ${name}`)
  const [, parents = '', body = ''] = found
  const inherited = parents.match(/Omit<[^>]+>|\w+/g)?.flatMap((base) => {
    const [, parent = base, without] = /^Omit<(\w+), '(\w+)'>$/.exec(base) ?? []
    return members(sourceOf(source, parent), parent).filter((m) => m.name !== without)
  })
  const own = [...body.matchAll(/(\/\*\*(?:(?!\*\/)[\s\S])*\*\/\s*)?readonly (\w+)(\?)?: (.*)$/gm)].map(
    ([, says, member = '', mark, type = '']): Member => ({
      name: member,
      optional: mark === '?',
      type: shownType(source, type),
      says: comment(says),
    }),
  )
  return [...own, ...(inherited ?? [])]
}

/** One section: the word, what it is, an example, its properties. */
function section(file: string): string {
  const source = read(`src/resources/${file}.ts`)
  const word = /((?:\/\*\*(?:(?!\*\/)[\s\S])*\*\/)\n)export (?:const (\w+)(?:: [^=]+)? = defineResource|function (template)\()/.exec(source)
  if (word === null) throw new Error(`src/resources/${file}.ts defines no resource type`)
  const input = /export interface (\w+Input)\b/.exec(source)?.[1]
  if (input === undefined) throw new Error(`src/resources/${file}.ts has no interface …Input`)
  const says = comment(word[1])
  const rows = members(source, input).map(
    ({ name, optional, type, says }) =>
      `| \`${name}\`${optional ? '' : ' (needed)'} | \`${type.replaceAll('|', '\\|')}\` | ${says.replaceAll('|', '\\|')} |`,
  )
  return [`### ${word[2] ?? word[3]}`, '', says, '', '| property | type | |', '|---|---|---|', ...rows, ''].join('\n')
}

/** The page as it should be. */
export function resourcesPage(page: string = read(PAGE)): string {
  const [before, rest] = page.split(BEGIN)
  const after = rest?.split(END)[1]
  if (before === undefined || after === undefined) throw new Error(`${PAGE} lacks its markers`)
  return `${before}${BEGIN}\n\n${FILES.map(section).join('\n')}\n${END}${after}`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(new URL(PAGE, root), resourcesPage())
