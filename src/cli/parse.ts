import parser from 'yargs-parser'
import { present } from '../lib/compact.ts'
import { didYouMean } from '../lib/did-you-mean.ts'
import { list } from '../lib/units.ts'
import type { Args, Command } from './command.ts'
import { commands, options } from './commands.ts'
import type { Option } from './options.ts'
import { UsageError } from './usage-error.ts'

/** The meaning of a command line. */
export type Parsed =
  | { readonly help: true; readonly command: Command | undefined }
  | ({ readonly help: false; readonly command: Command } & Args)

interface Tokens {
  readonly words: readonly string[]
  readonly behind: readonly string[]
  readonly flags: ReadonlyMap<Option, unknown>
  readonly help: boolean
}

const HELP = { name: 'help', short: 'h', group: 'What is shown', says: '' } as const satisfies Option

/** Every flag by each of its names. */
const names: ReadonlyMap<string, Option> = new Map(
  [...options, HELP].flatMap((option) =>
    [option.name, ...('also' in option ? option.also : [])].map((name) => [name, option]),
  ),
)
const shorts: ReadonlyMap<string, Option> = new Map(
  [...options, HELP].flatMap((option) => (option.short ? [[option.short, option]] : [])),
)
const known = [...new Set(names.values())]
const isSwitch = ({ value }: Option): boolean => value === undefined

/**
 * Splits short flags that were typed as one word: yargs-parser would read `-C5` as `--check` off, and `-uroot` as `-u
 * -r -o -o -t`.
 */
function apart(word: string): readonly string[] {
  if (!/^-[^-\d]/.test(word)) return [word]
  const flags: string[] = []
  for (const [at, letter] of [...word.slice(1)].entries()) {
    const option = shorts.get(letter)
    if (!option) throw unknownFlag(letter, `-${letter}`)
    const rest = word.slice(at + 2)
    if (!isSwitch(option) && rest !== '') return [...flags, `-${letter}=${rest.replace(/^=/, '')}`]
    flags.push(`-${letter}`)
  }
  return flags
}

/** Splits a command line into words and flags. @throws UsageError if a flag is unknown, or lacks its value */
function tokens(argv: readonly string[]): Tokens {
  const end = argv.includes('--') ? argv.indexOf('--') : argv.length
  const before = argv.slice(0, end)
  const behind = argv.slice(end + 1)
  const { argv: parsed, error } = parser.detailed(before.flatMap(apart), {
    alias: Object.fromEntries(known.map(({ name, short, also = [] }) => [name, [...(short ? [short] : []), ...also]])),
    boolean: known.filter(isSwitch).map(({ name }) => name),
    string: known.filter((option) => !isSwitch(option)).map(({ name }) => name),
    narg: Object.fromEntries(known.filter(isSwitch).map(({ name }) => [name, 0])),
    configuration: {
      'strip-aliased': true,
      'camel-case-expansion': false,
      'dot-notation': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
    },
  })
  const { _: words, ...given } = parsed
  const flags = new Map(Object.entries(given).map(([name, value]) => read(name, value)))
  const valued = before.find((word) => /^--.+=/.test(word) && names.get(nameIn(word))?.value === undefined)
  if (error) throw new UsageError(valued === undefined ? error.message : `--${nameIn(valued)} takes no value`)
  const odd = words.map(String).find((word) => /^-./.test(word))
  if (odd !== undefined) throw unknownFlag(odd, odd)
  const help = flags.get(HELP) === true
  flags.delete(HELP)
  return { words: words.map(String), behind, flags, help }
}

const nameIn = (word: string): string => word.slice(2).replace(/=.*/s, '')

/** A flag and its value. @throws UsageError */
function read(name: string, typed: unknown): readonly [Option, unknown] {
  const values: readonly unknown[] = [typed].flat()
  const value = values.at(-1)
  const option = names.get(name)
  const off = value === false ? `no-${name}` : name
  const dashes = /^\d/.test(off) ? '-' : '--'
  if (!option || (!isSwitch(option) && values.includes(false))) throw unknownFlag(off, `${dashes}${off}`)
  if (isSwitch(option)) return [option, value]
  if (values.includes('')) throw new UsageError(`--${name} needs a value: --${name} ${option.value}`)
  // For a flag that may be given once, the last value counts, so that users can override a shell alias.
  if (option.many) return [option, values]
  return [option, option.most === undefined ? value : numberOf(option, option.most, String(value))]
}

function numberOf({ name }: Option, most: number, text: string): number {
  const number = /^[1-9]\d{0,8}$/.test(text) ? Number(text) : 0
  if (number === 0) throw new UsageError(`--${name} needs a number of at least 1, not "${text}"`)
  if (number > most) throw new UsageError(`--${name} needs a number of at most ${most}, not "${text}"`)
  return number
}

function unknownFlag(name: string, typed: string): UsageError {
  const off = names.get(name.replace(/^no-/, ''))
  if (off && off.name !== name && isSwitch(off)) return new UsageError(`--${name} takes no value`)
  const guess = typed.startsWith('--')
    ? didYouMean(name, [...names.keys(), 'version', 'no-color']).replace(/"(.*)"/, '--$1')
    : ''
  return new UsageError(`there is no flag ${typed}${guess || '; see provision --help'}`)
}

/** The command with that name. @throws UsageError with the nearest one */
function named(word: string): Command {
  const found = commands.find(({ name }) => name === word)
  if (found) return found
  const same = commands.find(({ elsewhere }) => elsewhere?.includes(word))
  const guess = same
    ? `; did you mean "${same.name}"?`
    : didYouMean(
        word,
        commands.map(({ name }) => name),
      )
  throw new UsageError(
    `there is no command "${word}"${guess || `; to select hosts: --host ${word}, or --role ${word}`}`,
  )
}

/** Applies a switch that selects another command: `apply --check` is `plan`. */
function meant(command: Command, flags: ReadonlyMap<Option, unknown>): Command {
  const other = command.options.find((option) => option.command !== undefined && flags.get(option) === true)?.command
  return commands.find(({ name }) => name === other) ?? command
}

/** Rejects flags that the command does not accept. @throws UsageError that says which commands do */
function checkFlags(command: Command, flags: ReadonlyMap<Option, unknown>): void {
  const own = new Set(command.options.map(({ name }) => name))
  // `plan --check` says twice what it is. For any other command, the switch would promise what that one does.
  const selects = ({ name }: Option): boolean =>
    options.some((option) => option.name === name && option.command === command.name)
  const foreign = [...flags.keys()].find(
    (option) => !own.has(option.name) && !selects(option) && option.name !== 'color',
  )
  if (!foreign) return
  const owners = commands
    .filter(({ options }) => options.some(({ name }) => name === foreign.name))
    .map(({ name }) => name)
  throw new UsageError(
    `${command.name} does not take --${foreign.name}${owners.length < 5 ? `; it belongs to ${list(owners)}` : ''}`,
  )
}

/** Rejects words that the command does not accept. @throws UsageError that says where they belong */
function checkWords(
  { name, words: most = 0, behind, options }: Command,
  words: readonly string[],
  after: readonly string[],
): void {
  const extra = words[most]
  if (extra !== undefined && most === 0 && options.some((option) => option.name === 'role'))
    throw new UsageError(`${name} takes no arguments; to select hosts: --host ${extra}, or --role ${extra}`)
  if (extra !== undefined) throw new UsageError(`${name} takes no argument "${extra}"; see provision ${name} --help`)
  if (after.length > 0 && !behind) throw new UsageError(`${name} takes nothing after --`)
  if (after.length === 0 && behind?.needed)
    throw new UsageError(`${name} needs a command after --: provision ${name} -- ${behind.example}`)
}

const isFlag = (word: string): boolean => /^-./.test(word)

/** Does this flag take the next word as its value? */
function takesNext(flag: string): boolean {
  const option = flag.startsWith('--') ? names.get(flag.slice(2)) : shorts.get(flag.slice(-1))
  return option !== undefined && !isSwitch(option)
}

/**
 * Rejects another program's command line that was typed without `--`: its flags would be taken for ours, `-l` for
 * hosts.
 * @throws UsageError
 */
function checkDashes(argv: readonly string[]): void {
  if (argv.includes('--')) return
  const [name, first] = argv.flatMap((word, at) => {
    const before = argv[at - 1] ?? ''
    return isFlag(word) || (isFlag(before) && takesNext(before)) ? [] : [{ word, at }]
  })
  const command = commands.find((each) => each.name === name?.word)
  if (!command?.behind?.needed || first === undefined || first.word === 'help') return
  const words = argv.slice(first.at).join(' ')
  throw new UsageError(`${command.name} needs its command after --: provision ${command.name} -- ${words}`)
}

/** Parses a command line. @throws UsageError: one sentence, with the nearest known word */
export function parse(argv: readonly string[]): Parsed {
  checkDashes(argv)
  const { words: typed, behind, flags, help } = tokens(argv)
  if (typed.includes('')) throw new UsageError('an argument is empty: is a variable of your shell unset?')
  const [first, ...words] = typed
  if (first === 'help') return { help: true, command: words[0] === undefined ? undefined : named(words[0]) }
  if (first === undefined && help) return { help, command: undefined }
  const command = meant(first === undefined ? present(commands[0]) : named(first), flags)
  const nothing = command.commands !== undefined && words.length === 0
  if (help || nothing || words[0] === 'help') return { help: true, command }
  checkFlags(command, flags)
  checkWords(command, words, behind)
  const own = new Set(command.options.map(({ name }) => name))
  const given = [...flags].filter(([{ name }]) => own.has(name)).map(([{ name }, value]) => [name, value])
  return { help: false, command, flags: Object.fromEntries(given), words, behind }
}
