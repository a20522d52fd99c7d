import { type Difference, differences, shapeOf } from './shape.ts'

/**
 * An answer as it was recorded, or as it came now. Header names are lower case; only those that the recording has are
 * compared.
 */
export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string
}

/** A difference that is known and borne, with its reason. */
export interface Exception {
  /** The exchange's name; `*` stands for anything in it. */
  readonly at: string
  /**
   * The difference's path: `status`, `header location`, `text`, or a path into the JSON, as `.slaves[].id`; `*` for one
   * name, `**` for any number of them.
   */
  readonly path: string
  readonly reason: string
}

/**
 * How an answer differs from the recorded ones; of several, all must have the same status and headers, and together
 * they say what is optional.
 */
export function compareAnswer(recorded: readonly Answer[], got: Answer): Difference[] {
  const [first] = recorded as [Answer]
  const status =
    first.status === got.status ? [] : [{ path: 'status', says: `is ${got.status}, recorded ${first.status}` }]
  const words = first.status >= 400 ? compareMessages(first.body, got.body) : []
  return [
    ...status,
    ...compareHeaders(first.headers ?? {}, got.headers ?? {}),
    ...compareBodies(recorded, got.body),
    ...words,
  ]
}

/** In an error's JSON the words count as well. */
function compareMessages(recorded: string, got: string): Difference[] {
  const [wanted, said] = [recorded, got].map((body) => (parsed(body) as { message?: unknown } | undefined)?.message)
  if (typeof wanted !== 'string' || typeof said !== 'string' || plain(wanted) === plain(said)) return []
  return [{ path: '.message', says: `is ${JSON.stringify(said)}, recorded ${JSON.stringify(wanted)}` }]
}

function compareHeaders(wanted: Readonly<Record<string, string>>, got: Readonly<Record<string, string>>): Difference[] {
  return Object.entries(wanted)
    .filter(([name, value]) => plain(value) !== plain(got[name] ?? ''))
    .map(([name, value]) => ({
      path: `header ${name}`,
      says: `is ${JSON.stringify(got[name] ?? null)}, recorded ${JSON.stringify(value)}`,
    }))
}

function compareBodies(recorded: readonly Answer[], got: string): Difference[] {
  const values = recorded.map(({ body }) => parsed(body))
  const now = parsed(got)
  if (values.every((value) => value !== undefined) && now !== undefined) return differences(shapeOf(values), now)
  const said = plain(got)
  return recorded.some(({ body }) => plain(body) === said)
    ? []
    : [
        {
          path: 'text',
          says: `is ${JSON.stringify(said.slice(0, 200))}, recorded ${JSON.stringify(plain(recorded[0]?.body ?? '').slice(0, 200))}`,
        },
      ]
}

/** JSON that is an object or a list; everything else is text. */
function parsed(body: string): unknown {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}

/** Text without what is another in each cluster: ids, addresses, host names before a port, times. */
export const plain = (text: string): string =>
  text
    .trim()
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(-[SO]?\d+)?/g, '<id>')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
    .replace(/\b\d{1,3}(\.\d{1,3}){3}\b/g, '<ip>')
    .replace(/(\/\/)[\w.<>-]+(?=:\d)/g, '$1<host>')

/** The exception that bears a difference. */
export const borne = (name: string, { path }: Difference, exceptions: readonly Exception[]): Exception | undefined =>
  exceptions.find((e) => matches(e.at, name, '[^]*') && matches(e.path, path, '[^.]*'))

const matches = (pattern: string, text: string, star: string): boolean =>
  new RegExp(
    `^${pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replace(/\*\*|\*/g, (found) => (found === '**' ? '[^]*' : star))}$`,
  ).test(text)
