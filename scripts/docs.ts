/**
 * Generates the parts of docs/resources.md and docs/recipes.md that come from the code: `node --import tsx
 * scripts/docs.ts`. A test fails if they are out of date.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { toJsonSchema } from '@valibot/to-json-schema'
import type { GenericSchema } from 'valibot'
import { base } from '../recipes/base.ts'
import { consul } from '../recipes/consul.ts'
import { consulServer } from '../recipes/consul-server.ts'
import { consulTemplate } from '../recipes/consul-template.ts'
import { docker } from '../recipes/docker.ts'
import { haproxy } from '../recipes/haproxy.ts'
import { marathon } from '../recipes/marathon.ts'
import { mesos } from '../recipes/mesos.ts'
import { mesosAgent } from '../recipes/mesos-agent.ts'
import { mesosMaster } from '../recipes/mesos-master.ts'
import { registrar } from '../recipes/registrar.ts'
import { zookeeper } from '../recipes/zookeeper.ts'
import type { Recipe } from '../src/index.ts'
import * as words from '../src/index.ts'
import { propertiesOf } from './shown-schema.ts'

const root = new URL('../', import.meta.url)
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8')

/** Replaces the page's text between the marks `<!-- NAME: begin -->` and `<!-- NAME: end -->` with `text`. */
function between(page: string, name: string, text: string): string {
  const [begin, end] = [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`]
  const [before, rest] = page.split(begin)
  const after = rest?.split(end)[1]
  if (before === undefined || after === undefined) throw new Error(`the page lacks the marks of ${name}`)
  return `${before}${begin}\n\n${text.trim()}\n\n${end}${after}`
}

/** The files of resource types, in the order of the page. */
const FILES = [
  'files/file',
  'files/template',
  'files/directory',
  'files/tree',
  'files/link',
  'files/hosts-file',
  'edits/block',
  'edits/line',
  'edits/known-host',
  'packages/pkg',
  'packages/apt-repository',
  'packages/apt-pin',
  'packages/debconf',
  'archives/archive',
  'archives/git',
  'docker/docker-image',
  'docker/container',
  'accounts/user',
  'accounts/group',
  'accounts/limits',
  'systemd/systemd-unit',
  'systemd/service',
  'systemd/timer',
  'system/cron',
  'systemd/mount',
  'system/filesystem',
  'system/swap',
  'sysctl',
  'system/kernel-module',
  'network/nftables',
  'system/hostname',
  'system/timezone',
  'system/locale',
  'command',
]

const comment = (text: string | undefined): string =>
  (text ?? '')
    .replace(/^\s*\/\*\*|\*\/\s*$/g, '')
    .replace(/\n\s*\* ?/g, '\n')
    .replace(/\{@link (\w+)\}/g, '`$1`')
    .replace(/\s+/g, ' ')
    .trim()

/** One resource type's section: its name, description, example and properties. */
function section(file: string): string {
  const text = read(`src/resources/${file}.ts`)
  const word =
    /((?:\/\*\*(?:(?!\*\/)[\s\S])*\*\/)\n)export (?:const (\w+)(?:: [^=]+)? = defineResource|function (template|tree)\()/.exec(
      text,
    )
  if (word === null) throw new Error(`src/resources/${file}.ts defines no resource type`)
  const { properties } = (words as Readonly<Record<string, object>>)[word[2] ?? word[3] ?? ''] as {
    readonly properties?: GenericSchema
  }
  if (properties === undefined) throw new Error(`src/resources/${file}.ts says nothing of its properties`)
  const says = comment(word[1])
  const rows = propertiesOf(properties).map(
    ({ name, optional, type, says }) =>
      `| \`${name}\`${optional ? '' : ' (required)'} | \`${type.replaceAll('|', '\\|')}\` | ${says.replaceAll('|', '\\|')} |`,
  )
  const table =
    rows.length === 0 ? ['It has no properties: `{}`.'] : ['| property | type | |', '|---|---|---|', ...rows]
  return [`### ${word[2] ?? word[3]}`, '', says, '', ...table, ''].join('\n')
}

interface Described {
  readonly type?: string
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly Described[]
  readonly items?: Described
  readonly properties?: Readonly<Record<string, Described>>
  readonly required?: readonly string[]
  readonly description?: string
  readonly default?: unknown
}

/** A variable's type in JSON notation. */
function jsonType({ type, const: is, enum: several, anyOf, items, properties, required = [] }: Described): string {
  if (is !== undefined) return JSON.stringify(is)
  if (several !== undefined) return several.map((each) => JSON.stringify(each)).join(' | ')
  if (anyOf !== undefined) return anyOf.map(jsonType).join(' | ')
  if (type === 'array') return `[${items === undefined ? '…' : jsonType(items)}, …]`
  if (properties !== undefined)
    return `{ ${Object.keys(properties)
      .map((name) => `${name}${required.includes(name) ? '' : '?'}`)
      .join(', ')} }`
  return type === 'object' ? '{ … }' : (type ?? '…')
}

/** A recipe's variables, one row each, followed by the members of objects. */
const variables = ({ properties = {}, required = [] }: Described, prefix = ''): readonly string[] =>
  Object.entries(properties).flatMap(([name, each]) => {
    const cells = [
      `\`${prefix}${name}\`${required.includes(name) && prefix === '' ? ' (required)' : ''}`,
      `\`${jsonType(each)}\``,
    ]
    const standard =
      each.default === undefined || each.properties !== undefined ? '' : `\`${JSON.stringify(each.default)}\``
    const below =
      each.properties === undefined
        ? (each.anyOf ?? []).flatMap((one) => variables(one, `${prefix}${name}.`))
        : variables(each, `${prefix}${name}.`)
    return [
      `| ${[...cells, standard, each.description ?? ''].map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`,
      ...below,
    ]
  })

const variablesOf = (recipe: Recipe): string =>
  [
    '| variable | type | default | |',
    '|---|---|---|---|',
    // an attribute that several variants share gets one row
    ...new Set(variables(toJsonSchema(recipe.attributes, { typeMode: 'input', errorMode: 'ignore' }) as Described)),
  ].join('\n')

/** The generated pages, by path. */
export const pages = (): Readonly<Record<string, string>> => ({
  'docs/resources.md': between(read('docs/resources.md'), 'made from the types', FILES.map(section).join('\n')),
  'docs/recipes.md': [
    base,
    zookeeper,
    consul,
    consulServer,
    docker,
    mesos,
    mesosMaster,
    mesosAgent,
    marathon,
    registrar,
    haproxy,
    consulTemplate,
  ].reduce(
    (page, recipe) => between(page, `variables of ${recipe.name}`, variablesOf(recipe)),
    read('docs/recipes.md'),
  ),
})

if (process.argv[1] === fileURLToPath(import.meta.url))
  for (const [path, text] of Object.entries(pages())) writeFileSync(new URL(path, root), text)
