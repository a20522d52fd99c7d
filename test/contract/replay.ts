import { type Answer, borne, compareAnswer, type Exception } from './compare.ts'

/**
 * A recorded exchange: what was asked and what was answered; several answers where the same was recorded in several
 * states.
 */
export interface Exchange {
  readonly name: string
  readonly method: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly answers: readonly Answer[]
}

/** What came of replaying exchanges. */
export interface Tally {
  replayed: number
  equal: number
  /** Those with differences that are all borne. */
  excepted: number
  readonly different: string[]
  readonly used: Set<Exception>
}

export const newTally = (): Tally => ({ replayed: 0, equal: 0, excepted: 0, different: [], used: new Set() })

/** Asks once more what was recorded, and counts how the answer compares. Redirects are not followed. */
export async function replay(
  exchange: Exchange,
  origin: string,
  exceptions: readonly Exception[],
  tally: Tally,
): Promise<Answer> {
  const got = await ask(origin, exchange)
  judge(exchange.name, exchange.answers, got, exceptions, tally)
  return got
}

/** Counts how an answer compares with the recorded ones. */
export function judge(
  name: string,
  recorded: readonly Answer[],
  got: Answer,
  exceptions: readonly Exception[],
  tally: Tally,
): void {
  const found = compareAnswer(recorded, got)
  tally.replayed++
  if (found.length === 0) tally.equal++
  const open = found.filter((difference) => {
    const exception = borne(name, difference, exceptions)
    if (exception) tally.used.add(exception)
    return !exception
  })
  if (found.length > 0 && open.length === 0) tally.excepted++
  tally.different.push(...open.map(({ path, says }) => `${name}: ${path || '.'} ${says}`))
}

/** One request over HTTP; redirects are not followed. */
export async function ask(
  origin: string,
  { method, path, headers = {}, body }: Omit<Exchange, 'name' | 'answers'>,
): Promise<Answer> {
  const answer = await fetch(`${origin}${path}`, {
    method,
    headers,
    redirect: 'manual',
    signal: AbortSignal.timeout(30_000),
    ...(body !== undefined && { body }),
  })
  return { status: answer.status, headers: Object.fromEntries(answer.headers), body: await answer.text() }
}

/** The one line at the end, and what was not as recorded. */
export const summary = (tally: Tally): string =>
  [
    ...tally.different,
    `${tally.replayed} replayed / ${tally.equal} equal / ${tally.excepted} excepted / ${tally.replayed - tally.equal - tally.excepted} different`,
  ].join('\n')
