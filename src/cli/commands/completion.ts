import type { Argv } from 'yargs'
import { didYouMean } from '../../lib/did-you-mean.ts'
import { type Command, defineCommand } from '../command.ts'
import { UsageError } from '../usage-error.ts'

/**
 * The flag by which yargs' scripts ask for words: `provision --get-yargs-completions provision`, followed by the words
 * typed so far.
 */
export const COMPLETE = '--get-yargs-completions'

const SHELLS = ['bash', 'zsh'] as const
type Shell = (typeof SHELLS)[number]

/** The shell in SHELL. */
export const shellOf = (path = ''): Shell => SHELLS.find((shell) => path.endsWith(shell)) ?? 'bash'

/** `provision completion`: prints the script that makes a shell complete commands and flags. */
export const completion = defineCommand({
  name: 'completion',
  summary: 'print a script that lets bash or zsh complete commands and flags',
  usage: 'completion [bash|zsh]',
  description: 'By default it is for the shell that $SHELL names.',
  words: 1,
  options: [],
  examples: [['source <(provision completion)', 'complete in this shell']],
  exits: [
    ['0', 'the script was printed'],
    ['3', 'there is no script for that shell'],
  ],
  async run({ words: [asked] }, io) {
    const shell = asked === undefined ? shellOf(io.env.SHELL) : SHELLS.find((each) => each === asked)
    if (shell === undefined)
      throw new UsageError(
        `there is no completion for "${asked}"${didYouMean(asked ?? '', SHELLS) || '; it is for bash and zsh'}`,
      )
    io.stdout.write(await script(shell))
    return 0
  },
})

/** yargs for a shell: it reads the variable SHELL when it is created. Import it only here: that takes 140 ms. */
async function yargsFor(shell: Shell): Promise<Argv> {
  const { default: yargs } = await import('yargs')
  const { SHELL } = process.env
  process.env.SHELL = shell
  try {
    return yargs([]).scriptName('provision').help(false).version(false).exitProcess(false)
  } finally {
    if (SHELL === undefined) delete process.env.SHELL
    else process.env.SHELL = SHELL
  }
}

/** yargs' script for a shell. It requests words for that shell, which need not be the login shell. */
async function script(shell: Shell): Promise<string> {
  const described = (await yargsFor(shell)).completion('completion')
  const text = await new Promise<string>((resolve) =>
    described.parse(['completion'], {}, (_error, _args, output) => resolve(output)),
  )
  return `${text.replaceAll(`provision ${COMPLETE}`, `SHELL=${shell} provision ${COMPLETE}`)}\n`
}

/**
 * The words that a shell may offer after those typed so far, the last of which is incomplete. Empty: the shell offers
 * file names.
 */
export async function offers(
  typed: readonly string[],
  all: readonly Command[],
  shell: Shell = 'bash',
): Promise<readonly string[]> {
  const word = typed.at(-1) ?? ''
  const before = typed.slice(0, -1)
  if (before.includes('--')) return []
  const known = all.flatMap((command) => command.options)
  const called = (text: string) =>
    known.find((o) => text === `-${o.short}` || [o.name, ...(o.also ?? [])].some((n) => text === `--${n}`))
  if (called(before.at(-1) ?? '')?.value !== undefined) return []
  const plain = before.filter((text, i) => !text.startsWith('-') && called(before[i - 1] ?? '')?.value === undefined)
  const command = all.find(({ name }) => name === plain[0])
  const described = await yargsFor(shell)
  const following = word.startsWith('-')
    ? describeFlags(described, command ?? all[0])
    : describeWords(described, plain.length, command, all)
  if (following === 0) return []
  const offered = await described.getCompletion([word.startsWith('-') ? '--' : ''])
  return offered.filter((offer) => offer.startsWith(word))
}

/** Describes a command's flags to yargs, and returns their number. */
function describeFlags(described: Argv, command: Command | undefined): number {
  const options = command?.options.filter(({ old }) => !old) ?? []
  for (const { name, also = [], value, says } of options)
    described.option(name, { alias: [...also], type: value === undefined ? 'boolean' : 'string', describe: says })
  described.option('help', { type: 'boolean', describe: 'print the help' })
  return options.length + 1
}

/** Describes the possible next commands to yargs, and returns their number. */
function describeWords(described: Argv, plain: number, command: Command | undefined, all: readonly Command[]): number {
  const own = plain === 1 ? (command?.commands ?? []) : []
  const words = plain === 0 ? all.map(({ name, summary }) => [name, summary] as const) : own
  for (const [usage, summary] of words) described.command(usage.replace(/ .*/, ''), summary)
  return words.length
}
