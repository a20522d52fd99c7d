import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import * as assert from 'uvu/assert'
import { type Ran, run, write } from './packed.ts'

const root = dirname(dirname(import.meta.dirname))

/** A step of a guide: the reader writes a text to a file, or types a command and sees its output. */
export type Step =
  | { readonly kind: 'file'; readonly path: string; readonly text: string }
  | {
      readonly kind: 'command'
      readonly env: Readonly<Record<string, string>>
      readonly words: readonly string[]
      /** `…` stands for anything; alone in a line, for any lines. */
      readonly shows: readonly string[]
      /** A replacement in the inventory for this command. */
      readonly instead: readonly [wrong: string, right: string] | undefined
    }

/** A command with its output, as a document shows it: indented, after a prompt. */
function commands(block: string, instead: readonly [string, string] | undefined): Step[] {
  return block
    .split(/^ {4}\$ /m)
    .slice(1)
    .map((text) => {
      const [typed = '', ...shows] = text.trimEnd().split('\n')
      const words = typed.split(' ')
      const first = words.findIndex((word) => !/^[A-Z_]+=/.test(word))
      const env = Object.fromEntries(words.slice(0, first).map((word) => word.split('=') as [string, string]))
      return {
        kind: 'command' as const,
        env,
        words: words.slice(first + 1),
        shows: shows.map((line) => line.replace(/^ {4}/, '')),
        instead,
      }
    })
}

/** The steps of a document: blocks with a file's text (JSON is the inventory), and commands. */
export function steps(document: string): readonly Step[] {
  const text = readFileSync(join(root, document), 'utf8')
  const parts = text.matchAll(
    /^```(ts|jsonc)\n([\s\S]*?)^```$|\bWith `([^`]+)` instead of `([^`]+)`|((?:^ {4}.*\n|^\n(?= {4}))+)/gm,
  )
  let instead: readonly [string, string] | undefined
  return [...parts].flatMap(([, language, body = '', wrong, right, block]): Step[] => {
    if (wrong !== undefined) {
      instead = [wrong, right as string]
      return []
    }
    if (language === 'jsonc') return [{ kind: 'file', path: 'inventory.json', text: body }]
    if (language === 'ts') return [{ kind: 'file', path: /^\/\/ (\S+)/.exec(body)?.[1] ?? '', text: body }]
    const found = commands(block ?? '', instead)
    if (found.length > 0) instead = undefined
    return found
  })
}

const literally = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** Durations and amounts vary. */
const amounts = (text: string): string => text.replaceAll(/\b\d+(\.\d+)?( s| kB)\b/g, '0$2')

/** The output that a command must have shown. */
const shown = (lines: readonly string[]): RegExp =>
  new RegExp(
    `^${lines
      .map((line) =>
        line === '…' ? '(?:.*\\n)*' : `${literally(line).replaceAll('…', '.*').replaceAll(/ {2,}/g, ' {2,}')}\\n`,
      )
      .join('')}$`,
  )

/**
 * Follows a guide in a folder.
 * @param bin the program
 * @param address the host's, in place of the guide's example
 * @param can whether this machine can run a command
 * @returns how many commands ran
 */
export function follow(
  guide: readonly Step[],
  folder: string,
  bin: string,
  address: string,
  can: (step: Step & { readonly kind: 'command' }) => boolean,
): number {
  const real = (text: string): string => text.replaceAll('10.0.0.4', address)
  const inventory = (): string => readFileSync(join(folder, 'my-servers', 'inventory.json'), 'utf8')
  let count = 0
  for (const step of guide) {
    if (step.kind === 'file') {
      write(join(folder, 'my-servers'), { [step.path]: real(step.text) })
      continue
    }
    if (!can(step)) continue
    count++
    const before = step.instead && inventory()
    if (step.instead && before)
      write(join(folder, 'my-servers'), { 'inventory.json': before.replace(step.instead[1], step.instead[0]) })
    const cwd = step.words[0] === 'init' ? folder : join(folder, 'my-servers')
    const { out, err }: Ran = run(cwd, bin, step.words.map(real), {
      XDG_CACHE_HOME: join(folder, 'cache'),
      ...step.env,
    })
    // A plan is on standard output; a run reports its end on standard error.
    const seen = step.words[0] === 'plan' && out !== '' ? out : err + out
    assert.match(amounts(seen), shown(step.shows.map((line) => amounts(real(line)))), step.words.join(' '))
    if (before) write(join(folder, 'my-servers'), { 'inventory.json': before })
  }
  return count
}
