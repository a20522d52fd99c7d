/** When a unit of sandbox hosts did not run, by their journals. */
import type { SandboxHost } from '../../src/sandbox/index.ts'
import { ok } from './consul.ts'
import { journal } from './journal.ts'

const STARTED = '39f53479d3a045ac8e11786248231fbf'
const STOPPING = 'de5b426a63be47a7b6ac3eaac82e2f6f'

/** Microseconds: from when until when. */
export interface Down {
  readonly host: string
  readonly from: number
  readonly to: number
}

/** When a unit was stopped on a host after a moment; not before its first start. */
export async function downs(host: SandboxHost, unit: string, since: number): Promise<readonly Down[]> {
  const lines = await ok(
    host,
    journal(
      `-q -o json --output-fields=MESSAGE_ID UNIT=${unit} MESSAGE_ID=${STARTED} + UNIT=${unit} MESSAGE_ID=${STOPPING}`,
    ),
  )
  const marks = lines
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { readonly MESSAGE_ID: string; readonly __REALTIME_TIMESTAMP: string })
    .map((mark) => ({ stops: mark.MESSAGE_ID === STOPPING, at: Number(mark.__REALTIME_TIMESTAMP) }))
    .filter(({ at }) => at >= since * 1000)
  return marks.flatMap(({ stops, at }, i) =>
    stops ? [{ host: host.name, from: at, to: marks[i + 1]?.at ?? Number.POSITIVE_INFINITY }] : [],
  )
}

/** Those that were down at the same time on two hosts. */
export const atOnce = (all: readonly Down[]): readonly (readonly [Down, Down])[] =>
  all.flatMap((a, i) =>
    all
      .slice(i + 1)
      .filter((b) => a.host !== b.host && a.from < b.to && b.from < a.to)
      .map((b) => [a, b] as const),
  )
