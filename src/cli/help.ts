import { paint } from '../report/terminal/paint.ts'
import { wrap } from '../report/terminal/text.ts'
import { type Command, commands } from './commands.ts'
import { type Option, options, takes } from './options.ts'

/** How the help looks. */
export interface HelpLook {
  readonly columns: number
  readonly unicode: boolean
  readonly colour: boolean
}

const EXAMPLES: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  '': [
    ['provision plan', 'what would be done to all hosts of inventory.json'],
    ['provision --role zookeeper', 'do it, to the hosts of a role'],
    ["provision --host 'zk-*,!zk-3'", 'or to hosts by name'],
    ['provision status', 'is every component well?'],
  ],
  apply: [
    ['provision --role mesos-slave', 'three new hosts'],
    ['provision apply --plan reviewed.plan', 'exactly what was reviewed, or nothing'],
    ['provision --role zookeeper --wait', 'after whoever is at it now'],
  ],
  plan: [
    ['provision plan --diff', 'with the content of new files'],
    ['provision plan --out reviewed.plan', 'to be applied as it stands'],
    ['provision plan --script --host zk-1', 'the sh that would be run'],
  ],
  deploy: [
    ['provision deploy app.json', 'what the file says, or back to what was before'],
    ['provision deploy --image app.tar app.json', 'with an image that is in no registry'],
    ['provision deploy --to v12 /rails-app', 'back to an older version'],
    ['provision deploy --prestop > prestop.sh', 'a file for your image: no request is lost'],
  ],
  scale: [['provision scale /rails-app 6', '']],
  exec: [
    ['provision exec --role zookeeper -- uptime', ''],
    ["provision exec -- sh -c 'df -h / | tail -1'", ''],
  ],
}

const EXITS: readonly (readonly [string, string])[] = [
  ['0', 'done, or in sync'],
  ['1', 'a host failed, was blocked or refused; a component is red; a command, a deployment failed'],
  ['2', 'plan: there are changes'],
  ['3', 'a mistake in what was typed, in the inventory, or in an app file'],
  ['4', 'hosts, or Marathon, could not be reached, and nothing worse'],
]

const flag = (o: Option): string => `${o.short ? `-${o.short}, ` : '    '}--${o.name}${o.value ? ` ${o.value}` : ''}`

function table(rows: readonly (readonly [string, string])[], look: HelpLook, least = 0): string[] {
  const column = Math.max(least, ...rows.map(([left]) => left.length).filter((n) => n <= 36)) + 4
  return rows.flatMap(([left, right]) => {
    const words = wrap(right, Math.min(100, look.columns) - column)
    const first = `  ${left}`.padEnd(column)
    if (right === '') return [first.trimEnd()]
    return [
      ...(first.length > column ? [first] : []),
      ...words.map((line, i) => (i === 0 && first.length <= column ? first : ' '.repeat(column)) + line),
    ]
  })
}

const section = (title: string, lines: readonly string[], look: HelpLook): string[] =>
  lines.length === 0 ? [] : ['', paint('bold', title, look), ...lines]

/** The help of the program, or of one command. Pure. */
export function help(command: Command | undefined, look: HelpLook): string[] {
  const mine = options.filter((o) => (command ? takes(command.name, o) : true))
  const groups = [...new Set(mine.map((o) => o.group))]
  const rows = (group: string): (readonly [string, string])[] =>
    mine
      .filter((o) => o.group === group)
      .map((o) => [flag(o), !command && o.only && o.only.length < 2 ? `${o.only.join(', ')}: ${o.says}` : o.says] as const)
  const least = Math.max(...mine.map((o) => flag(o).length).filter((n) => n <= 36), 0)
  const intro = command
    ? [
        `${paint('bold', `provision ${command.usage ?? `${command.name} [flags]`}`, look)}`,
        '',
        ...wrap(`${capital(command.says)}. ${command.more ?? ''}`.trim(), Math.min(100, look.columns)),
      ]
    : [
        `${paint('bold', 'provision', look)} makes Linux hosts what typed recipes say, over SSH; nothing is installed on them.`,
        ...section(
          'Commands',
          table(
            commands.map((c) => [c.name, c.says] as const),
            look,
          ),
          look,
        ),
      ]
  const examples = EXAMPLES[command?.name ?? ''] ?? []
  return [
    ...intro,
    ...groups.flatMap((group) => section(group, table(rows(group), look, least), look)),
    ...section('Examples', table(examples, look), look),
    ...(command ? [] : section('Exit codes', table(EXITS, look), look)),
    '',
    command ? 'All commands: provision --help' : 'More about a command: provision COMMAND --help',
  ]
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
