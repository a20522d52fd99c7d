import { didYouMean } from '../../lib/did-you-mean.ts'
import { type Command, defineCommand } from '../command.ts'
import { UsageError } from '../usage-error.ts'

/** What a shell runs to ask for words: `provision --complete` and the words typed so far. */
export const COMPLETE = '--complete'

const SCRIPTS: Readonly<Record<string, string>> = {
  bash: `_provision() {
  local IFS=$'\\n'
  COMPREPLY=($(provision ${COMPLETE} "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o bashdefault -o default -F _provision provision
`,
  zsh: `#compdef provision
_provision() {
  local -a offers
  offers=("\${(@f)$(provision ${COMPLETE} "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n $offers ]]; then compadd -a offers; else _files; fi
}
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
compdef _provision provision
`,
}

/** `provision completion`: the script that makes a shell complete commands and flags. */
export const completion = defineCommand({
  name: 'completion',
  summary: 'print a script that lets bash or zsh complete commands and flags',
  usage: 'completion [bash|zsh]',
  description: 'Without a word it is for the shell that SHELL names.',
  words: 1,
  options: [],
  examples: [['source <(provision completion)', 'complete in this shell']],
  exits: [
    ['0', 'the script was printed'],
    ['3', 'there is no script for that shell'],
  ],
  async run({ words: [asked] }, io) {
    const shell = asked ?? (io.env.SHELL?.endsWith('zsh') ? 'zsh' : 'bash')
    const script = Object.hasOwn(SCRIPTS, shell) ? SCRIPTS[shell] : undefined
    if (script === undefined)
      throw new UsageError(`there is no completion for "${shell}"${didYouMean(shell, Object.keys(SCRIPTS)) || '; it is for bash and zsh'}`)
    io.stdout.write(script)
    return 0
  },
})

/** What a shell may offer for the words typed so far; the last is the one being typed. Nothing: names of files. Pure. */
export function offers(typed: readonly string[], all: readonly Command[]): readonly string[] {
  const word = typed.at(-1) ?? ''
  const before = typed.slice(0, -1)
  if (before.includes('--')) return []
  const known = all.flatMap((command) => command.options)
  const called = (text: string) => known.find((o) => text === `-${o.short}` || [o.name, ...(o.also ?? [])].some((n) => text === `--${n}`))
  if (called(before.at(-1) ?? '')?.value !== undefined) return []
  const plain = before.filter((text, i) => !text.startsWith('-') && called(before[i - 1] ?? '')?.value === undefined)
  const command = all.find(({ name }) => name === plain[0])
  return wordsOf(word, plain.length, command, all).filter((offer) => offer.startsWith(word))
}

function wordsOf(word: string, plain: number, command: Command | undefined, all: readonly Command[]): readonly string[] {
  if (word.startsWith('-')) {
    const mine = (command ?? all[0])?.options.filter(({ old }) => !old) ?? []
    return [...mine.flatMap(({ name, also = [] }) => [name, ...also]), 'help'].map((name) => `--${name}`)
  }
  if (plain === 0) return all.map(({ name }) => name)
  return plain === 1 ? (command?.commands ?? []).map(([usage]) => usage.split(' ')[0] as string) : []
}
