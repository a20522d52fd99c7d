import { join, type Script, sh } from './script.ts'

/** One question of a framed script: its name, and the script that answers it. */
export interface Section {
  /** A short word of letters, digits and dashes. */
  readonly key: string
  readonly script: Script
  /** sh functions that the script calls; functions that several sections share are sent once. */
  readonly functions?: readonly Script[]
}

/** What one section printed, and how it ended. */
export interface Answer {
  readonly lines: readonly string[]
  readonly status: number
}

/** The answer is not this script's: it was cut short, or has another nonce. */
export class FrameError extends Error {
  override readonly name = 'FrameError'
}

/**
 * Asks several questions in one script. Each section runs in its own subshell under `set -e`, so that a failing section
 * does not affect the others. Markers with a nonce enclose its lines, and the same markers on descriptor 2 precede its
 * standard error.
 */
export function framed(nonce: string, sections: readonly Section[]): Script {
  return join([functions(nonce, sections), ...sections.map(framedSection), fin(nonce)])
}

/**
 * Like {@link framed}, but in two parallel lanes: most sections wait for one process after the other, and hosts have
 * more than one processor. The second lane's output follows the first's. The lanes share standard error, so a complaint
 * cannot be attributed; if a section fails, ask again with {@link framed}.
 */
export function sideBySide(nonce: string, sections: readonly Section[]): Script {
  const lane = (rest: number): readonly Script[] => sections.filter((_, i) => i % 2 === rest).map(framedSection)
  return join([
    functions(nonce, sections),
    sh`{`,
    ...lane(1),
    sh`printf '\n%s lane\n' ${nonce}`,
    sh`} | {`,
    ...lane(0),
    // Not `cat`: a process that outlives its section may hold the pipe open.
    sh`sed -n ${`/^${nonce} lane$/q; p`}`,
    sh`}`,
    fin(nonce),
  ])
}

const functions = (nonce: string, sections: readonly Section[]): Script =>
  join([
    sh`
      asks() { printf '\n%s asks %s\n' ${nonce} "$1"; printf '\n%s asks %s\n' ${nonce} "$1" >&2; }
      ends() { printf '\n%s ends %s %s\n' ${nonce} "$1" "$2"; }`,
    ...new Set(sections.flatMap((section) => section.functions ?? [])),
  ])

const framedSection = ({ key, script }: Section): Script =>
  join([sh`asks ${key}`, sh`( set -e`, script, sh`); ends ${key} $?`])

const fin = (nonce: string): Script => sh`printf '\n%s fin\n' ${nonce}`

/** The last line of a framed answer. */
export const finLine = (nonce: string): string => `${nonce} fin`

/**
 * The answers of a framed script, by section.
 * @throws FrameError if a marker is missing: the answer was cut short, or comes from another script.
 */
export function parseFrames(nonce: string, text: string, sections: readonly Section[]): ReadonlyMap<string, Answer> {
  const answers = new Map<string, Answer>()
  let open: { key: string; lines: string[] } | undefined
  let fin = false
  for (const line of text.split('\n')) {
    if (!line.startsWith(`${nonce} `)) {
      if (line !== '') open?.lines.push(line)
      continue
    }
    const [, word, key = '', status = ''] = line.split(' ')
    if (word === 'asks') open = { key, lines: [] }
    else if (word === 'ends' && open?.key === key && /^\d+$/.test(status)) {
      answers.set(key, { lines: open.lines, status: Number(status) })
      open = undefined // output of leftover processes belongs to no section
    } else if (word === 'fin') fin = true
    else throw new FrameError('the answer contains a line that its script did not print')
  }
  const missing = sections.find(({ key }) => !answers.has(key))
  if (missing !== undefined || !fin) throw new FrameError('the answer was cut short')
  return answers
}

/** What a framed script wrote to standard error, by section. */
export function parseComplaints(nonce: string, stderr: string): ReadonlyMap<string, string> {
  const out = new Map<string, string>()
  const parts = stderr.split(`\n${nonce} asks `)
  for (const part of parts.slice(1)) {
    const cut = part.indexOf('\n')
    out.set(part.slice(0, cut), part.slice(cut + 1).trim())
  }
  return out
}
