import { spawnSync } from 'node:child_process'
import { account } from '../../../lib/kept/home.ts'
import type { Asked, Matcher } from './evaluate.ts'
import type { Directive } from './lines.ts'
import { matchesList } from './patterns.ts'
import { expandTokens, type TokenValues } from './tokens.ts'

/** One criterion of a `Match` line. */
interface Criterion {
  readonly name: string
  readonly negated: boolean
  readonly value: string
}

/** Criteria without a value. */
const ALONE: readonly string[] = ['all', 'canonical', 'final']

/** The next word: quoted, or up to white space or an equals sign. */
function* words(text: string): Generator<string> {
  const word = /\s*(?:"([^"]*)"|([^\s"=]+))\s*=?/gy
  for (let match = word.exec(text); match !== null; match = word.exec(text)) yield match[1] ?? match[2] ?? ''
}

function criteria(rest: string): Criterion[] {
  const found: Criterion[] = []
  const from = words(rest)
  for (const word of from) {
    if (word.startsWith('#')) break
    const negated = word.startsWith('!')
    const name = word.slice(negated ? 1 : 0).toLowerCase()
    const value = ALONE.includes(name) ? '' : String(from.next().value ?? '')
    found.push({ name, negated, value })
  }
  return found
}

const hostOf = ({ name, settings }: Asked): string =>
  (settings.get('hostname')?.[0] ?? '%h').replaceAll('%h', name).replaceAll('%%', '%')

/** Criteria that only need what has been read so far. */
const simple: Readonly<Record<string, (value: string, asked: Asked) => boolean>> = {
  all: () => true,
  host: (value, asked) => matchesList(hostOf(asked).toLowerCase(), value.toLowerCase()),
  originalhost: (value, { original }) => matchesList(original.toLowerCase(), value.toLowerCase()),
  user: (value, { settings }) => matchesList(settings.get('user')?.[0] ?? account().username, value),
  localuser: (value) => matchesList(account().username, value),
}

/** Does a `Match` line require the second pass, in which `Host` matches the resolved name? */
export const asksFinal = ({ rest }: Directive): boolean => criteria(rest).some(({ name }) => name === 'final')

/** Evaluates the simple criteria of ssh; `others` decides about the rest, if evaluation gets that far. */
export const matcher =
  (others: (criterion: Criterion, where: string, asked: Asked) => boolean): Matcher =>
  ({ rest, line }, { path }, asked, reached) =>
    reached &&
    criteria(rest).every((criterion) => {
      const decide = simple[criterion.name]
      if (!decide) return others(criterion, `${path}:${line}`, asked)
      return decide(criterion.value, asked) !== criterion.negated
    })

/** Runs the command of `Match exec` as ssh does, with the user's shell. */
const execs = (command: string, shell: string, env: TokenValues['env']): boolean =>
  spawnSync(shell, ['-c', command], { stdio: 'ignore', env, timeout: 30_000 }).status === 0

/**
 * Evaluates all criteria, if there is no ssh to ask. Calls `wantsFinal` for each `Match final`, even if it is not
 * reached, because it requires a second pass.
 * @throws Error for a criterion that cannot be followed
 */
export function fullMatcher(values: (asked: Asked) => TokenValues, shell: string, wantsFinal: () => void): Matcher {
  const decide = matcher(({ name, negated, value }, where, asked) => {
    if (name === 'canonical' || name === 'final') return asked.final !== negated
    if (name !== 'exec')
      throw new Error(
        `"Match ${name}" (${where}) can only be followed by ssh itself, which this machine does not have: install openssh-client`,
      )
    const of = values(asked)
    return execs(expandTokens(value, of), shell, of.env) !== negated
  })
  return (directive, file, asked, reached) => {
    if (asksFinal(directive)) wantsFinal()
    return decide(directive, file, asked, reached)
  }
}
