import { readFileSync } from 'node:fs'
import type { Answer } from '../compare.ts'
import type { Exchange } from '../replay.ts'

const FOLDER = new URL('../../standins/recordings/mesos/', import.meta.url)

/** The recorded exchanges by name. `INDEX.tsv` has one a line; the bodies lie beside it. */
const RECORDINGS: ReadonlyMap<string, Exchange> = new Map(
  readFileSync(new URL('INDEX.tsv', FOLDER), 'utf8')
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => {
      const [name, method, path, body, status, type, location, file] = line.split('\t') as [
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string?,
      ]
      const answer: Answer = {
        status: Number(status),
        headers: { ...(type !== '' && { 'content-type': type }), ...(location !== '' && { location }) },
        body: file ? readFileSync(new URL(file, FOLDER), 'utf8') : '',
      }
      const headers = method === 'POST' ? { 'content-type': 'application/json', accept: 'application/json' } : {}
      return [name, { name, method, path, headers, ...(body !== '' && { body }), answers: [answer] }]
    }),
)

/** A recorded exchange. @throws where there is none of that name */
export function recorded(name: string): Exchange {
  const found = RECORDINGS.get(name)
  if (!found) throw new Error(`nothing is recorded as ${name}`)
  return found
}

/** The same request, whatever prefix and query it came with. */
const asked = ({ method, path, body = '' }: Exchange): string =>
  `${method} ${path.replace(/^\/(master|slave\(1\))\//, '/').replace(/\?.*/, '')} ${body.replace(/\s/g, '')}`

/**
 * An exchange with all answers that one daemon was recorded to give to its request, in whatever state: together they
 * say what is always there.
 */
export function anyState(name: string): Exchange {
  const one = recorded(name)
  const others = [...RECORDINGS.values()].filter(
    (r) =>
      asked(r) === asked(one) && daemonOf(r.name) === daemonOf(name) && r.answers[0]?.status === one.answers[0]?.status,
  )
  const headers = one.answers[0]?.headers ?? {}
  return {
    ...one,
    answers: [one, ...others.filter((o) => o !== one)].flatMap((o) => o.answers).map((a) => ({ ...a, headers })),
  }
}

/** Which daemon answered. */
export const daemonOf = (name: string): 'master' | 'agent' =>
  /^agent(root|\d)?[_-]|^drain-agent|^op_\d+_(v1_)?agent_|^op_47/.test(name) && !/^agent-unreachable/.test(name)
    ? 'agent'
    : 'master'

/**
 * An exchange with words replaced in what is asked and answered: ids and names of the recorded cluster by those of
 * another.
 */
export function translated(exchange: Exchange, words: Readonly<Record<string, string>>): Exchange {
  const say = (text: string): string => Object.entries(words).reduce((t, [from, to]) => t.replaceAll(from, to), text)
  return {
    ...exchange,
    ...(exchange.body !== undefined && { body: say(exchange.body) }),
    answers: exchange.answers.map((a) => ({ ...a, body: say(a.body) })),
  }
}
