import { paint } from '../report/terminal/paint.ts'
import { wrap } from '../report/terminal/text.ts'
import type { Command } from './command.ts'
import type { Option } from './options.ts'

/** The help's width and style. */
export interface HelpLook {
  readonly columns: number
  readonly unicode: boolean
  readonly colour: boolean
}

type Row = readonly [left: string, right: string]

const EXAMPLES: readonly Row[] = [
  ['provision plan', 'what would be done to all hosts of inventory.json'],
  ['provision --role zookeeper', 'do it, to the hosts of one role'],
  ["provision --host 'zk-*,!zk-3'", 'or to hosts selected by name'],
  ['provision status', 'is every component healthy?'],
]

const EXITS: readonly Row[] = [
  ['0', 'done, or in sync'],
  ['1', 'a host failed, was blocked or refused; a component is red; a command or a deployment failed'],
  ['2', 'plan: there are changes to make'],
  ['3', 'there is a mistake in the command line, the inventory, a recipe or an app file'],
  ['4', 'hosts or Marathon could not be reached, and nothing worse happened'],
]

/** The minimum width of a table's right column. */
const ROOM = 24

const flag = ({ short, name, value }: Option): string =>
  `${short ? `-${short}, ` : '    '}--${name}${value ? ` ${value}` : ''}`

const widest = (rows: readonly Row[]): number => Math.max(0, ...rows.map(([left]) => left.length))

/** Two columns; if the right one would be too narrow, each right cell goes below its left one. */
function table(rows: readonly Row[], look: HelpLook, least = 0): string[] {
  const column = Math.max(least, widest(rows)) + 4
  if (look.columns - column < ROOM)
    return rows.flatMap(([left, right]) => [
      `  ${left}`,
      ...wrap(right, look.columns - 6).map((line) => `      ${line}`),
    ])
  return rows.flatMap(([left, right]) =>
    wrap(right, look.columns - column).map((line, i) => (i === 0 ? `  ${left}` : '').padEnd(column) + line),
  )
}

const section = (title: string, lines: readonly string[], look: HelpLook): string[] =>
  lines.length === 0 ? [] : ['', paint('bold', title, look), ...lines]

/** Flags by group, with aligned columns. */
function flags(list: readonly Option[], look: HelpLook, says: (option: Option) => string): string[] {
  const shown = list.filter(({ old }) => !old)
  const row = (option: Option): Row => [flag(option), says(option)]
  const least = widest(shown.map(row))
  return [...new Set(shown.map(({ group }) => group))].flatMap((group) =>
    section(group, table(shown.filter((o) => o.group === group).map(row), look, least), look),
  )
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

function commandHelp(command: Command, look: HelpLook): string[] {
  const { usage, summary, description = '', commands = [], options, examples, exits } = command
  return [
    ...usage.split(' | ').map((each) => paint('bold', `provision ${each}`, look)),
    '',
    ...wrap(`${capital(summary)}. ${description}`.trim(), look.columns),
    ...section('Commands', table(commands, look), look),
    ...flags(options, look, ({ says }) => says),
    ...section('Examples', table(examples, look), look),
    ...section('Exit codes', table(exits, look), look),
    '',
    'All commands: provision --help',
  ]
}

/** A flag's description, after the commands that accept it if there are few. */
function owned(option: Option, all: readonly Command[]): string {
  const owners = all.filter(({ options }) => options.some(({ name }) => name === option.name)).map(({ name }) => name)
  return owners.length < 2 ? `${owners.join(', ')}: ${option.says}` : option.says
}

/** The help of the program, or of one command. Pure. */
export function help(command: Command | undefined, all: readonly Command[], look: HelpLook): string[] {
  if (command) return commandHelp(command, look)
  // subcommands describe their flags themselves
  const simple = all.filter(({ commands }) => commands === undefined)
  // if commands describe a flag differently, the first description fits most of them
  const every = simple.flatMap((command) => command.options)
  const options = every.filter((option, i) => every.findIndex(({ name }) => name === option.name) === i)
  return [
    ...wrap(
      'provision configures Linux hosts over SSH from TypeScript recipes. Nothing is installed on the hosts.',
      look.columns,
    ),
    ...section(
      'Commands',
      table(
        all.map(({ name, summary }) => [name, summary]),
        look,
      ),
      look,
    ),
    ...flags(options, look, (option) => owned(option, simple)),
    ...section('Examples', table(EXAMPLES, look), look),
    ...section('Exit codes', table(EXITS, look), look),
    '',
    'More about a command: provision COMMAND --help',
  ]
}
