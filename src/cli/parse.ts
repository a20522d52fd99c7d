import parser from 'yargs-parser'
import { didYouMean } from '../lib/did-you-mean.ts'
import { list } from '../lib/units.ts'
import { commands } from './commands.ts'
import { type Flags, type Option, options, takes } from './options.ts'
import { UsageError } from './usage-error.ts'

/** A command line, understood. */
export interface Args {
  readonly command: string
  readonly flags: Flags
  /** Words behind `--`; those of the command itself, where it takes some; for `sandbox`, all words behind its name. */
  readonly words: readonly string[]
  readonly help: boolean
}

const names = (option: Option): string[] => [option.name, ...(option.also ?? [])]

function parseFlags(argv: readonly string[]): { words: string[]; behind: string[]; flags: Record<string, unknown>; error: Error | null } {
  const valued = options.filter((o) => o.value !== undefined)
  const { argv: parsed, error } = parser.detailed([...argv], {
    alias: Object.fromEntries([...options.map((o) => [o.name, [...(o.short ? [o.short] : []), ...(o.also ?? [])]]), ['help', ['h']]]),
    boolean: ['help', ...options.filter((o) => o.value === undefined).map((o) => o.name)],
    string: valued.map((o) => o.name),
    array: valued.filter((o) => o.many).map((o) => o.name),
    narg: Object.fromEntries(valued.map((o) => [o.name, 1])),
    configuration: {
      'unknown-options-as-args': true,
      'populate--': true,
      'camel-case-expansion': false,
      'dot-notation': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'greedy-arrays': false,
    },
  })
  // What can be said once and is said twice: the last word counts, so that an alias of the shell can be overruled.
  const flags = Object.fromEntries(
    options.map((o) => [o.name, o.many || !Array.isArray(parsed[o.name]) ? parsed[o.name] : parsed[o.name].at(-1)]),
  )
  return { words: parsed._.map(String), behind: (parsed['--'] ?? []).map(String), flags: { ...flags, help: parsed.help }, error }
}

const unknownFlag = (word: string): UsageError => {
  const bare = word.replace(/^-+/, '').replace(/=.*$/s, '')
  const known = options.flatMap(names)
  const guess = word.startsWith('--') ? didYouMean(bare, [...known, 'help', 'version', 'no-color']).replace(/"(.*)"/, '--$1') : ''
  return new UsageError(`there is no flag ${word.startsWith('--') ? `--${bare}` : word}${guess || '; see provision --help'}`)
}

const commandOf = (words: readonly string[], flags: Record<string, unknown>): string => {
  const [first] = words
  const command = commands.find((c) => c.name === first)
  if (first !== undefined && !command) {
    const guess = didYouMean(
      first,
      commands.map((c) => c.name),
    )
    throw new UsageError(`there is no command "${first}"${guess || `; to select hosts: --host ${first}, or --role ${first}`}`)
  }
  const name = command?.name ?? 'apply'
  if (flags['list-hosts'] === true) return 'hosts'
  return name === 'apply' && flags.check === true ? 'plan' : name
}

/**
 * Understands a command line.
 * @throws UsageError: one sentence, with the nearest known word
 */
export function parse(argv: readonly string[]): Args {
  if (argv[0] === 'sandbox') return { command: 'sandbox', flags: {}, words: argv.slice(1), help: false }
  const { words, behind, flags, error } = parseFlags(argv)
  const odd = words.find((word) => /^-./.test(word))
  if (odd !== undefined) throw unknownFlag(odd)
  if (error) {
    const option = options.find((o) => new RegExp(`: ${o.name}$`).test(error.message))
    throw new UsageError(option ? `--${option.name} needs a value: --${option.name} ${option.value}` : error.message)
  }
  const command = commandOf(words, flags)
  const help = flags.help === true
  const given = options.filter((o) => flags[o.name] !== undefined)
  const empty = given.find((o) => o.value !== undefined && [flags[o.name]].flat().includes(''))
  if (empty) throw new UsageError(`--${empty.name} needs a value: --${empty.name} ${empty.value}`)
  const foreign = given.find((o) => !takes(command, o) && o.name !== 'color' && !(o.name === 'check' || o.name === 'list-hosts'))
  if (foreign && !help)
    throw new UsageError(`${command} does not take --${foreign.name}${foreign.only ? `; it belongs to ${list(foreign.only)}` : ''}`)
  const number = given.find((o) => o.value === 'N' && !/^[1-9]\d{0,4}$/.test(String(flags[o.name])))
  if (number) throw new UsageError(`--${number.name} wants a number from 1 on, not "${flags[number.name]}"`)
  if (Number(flags.port) > 65535) throw new UsageError(`--port wants a number up to 65535, not "${flags.port}"`)
  const own = commands.find((c) => c.name === command)?.words ?? []
  const extra = words[own.length + 1]
  if (extra !== undefined && !help && own.length > 0)
    throw new UsageError(`${command} takes no word "${extra}"; see provision ${command} --help`)
  if (extra !== undefined && !help) {
    if (command === 'exec') throw new UsageError(`exec wants its command behind --: provision exec -- ${words.slice(1).join(' ')}`)
    throw new UsageError(`${command} takes no words of its own; to select hosts: --host ${extra}, or --role ${extra}`)
  }
  if (behind.length > 0 && command !== 'exec') throw new UsageError(`${command} takes nothing behind --`)
  if (behind.length === 0 && command === 'exec' && !help) throw new UsageError('exec wants a command behind --: provision exec -- uptime')
  return {
    command,
    flags: Object.fromEntries(given.map((o) => [o.name, flags[o.name]])) as Flags,
    words: own.length > 0 ? words.slice(1) : behind,
    help,
  }
}
