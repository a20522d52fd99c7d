import { readFileSync } from 'node:fs'
import { type ClientRequest, request } from 'node:http'
import type { Exception } from '../compare.ts'
import { judge, type Tally } from '../replay.ts'

type Event = Readonly<Record<string, unknown>> & { readonly eventType: string }

const samples = JSON.parse(
  readFileSync(new URL('../../standins/recordings/marathon/event-samples.json', import.meta.url), 'utf8'),
) as Record<string, Event>

/** Types of events that come in several kinds, and the property that tells which. */
const KINDS: ReadonlyMap<string, string> = new Map([
  ['status_update_event', 'taskStatus'],
  ['instance_changed_event', 'condition'],
])

/** One kind of event: its type, and the state or condition it tells. */
const kindOf = (event: Event): string => {
  const kind = event[KINDS.get(event.eventType) ?? '']
  return kind === undefined ? event.eventType : `${event.eventType}:${kind}`
}

/** Follows the event stream of a leader and keeps the events. */
export class Events {
  readonly seen: Event[] = []
  /** The stream as it came. */
  text = ''
  readonly #request: ClientRequest

  constructor(address: string, query = '') {
    this.#request = request(
      `http://${address}/v2/events${query}`,
      { headers: { accept: 'text/event-stream' }, agent: false },
      (response) => {
        response.setEncoding('utf8').on('data', (chunk: string) => this.#take(chunk))
        response.on('error', () => undefined)
      },
    )
    this.#request.on('error', () => undefined)
    this.#request.end()
  }

  close(): void {
    this.#request.destroy()
  }

  #take(chunk: string): void {
    this.text += chunk
    const lines = this.text.split('\r\n')
    this.seen.splice(
      0,
      this.seen.length,
      ...lines.flatMap((line) =>
        line.startsWith('data: ') && line.endsWith('}') ? [JSON.parse(line.slice(6)) as Event] : [],
      ),
    )
  }

  /** Compares one event of each kind with the recorded one of its kind. */
  compare(tally: Tally, borne: readonly Exception[]): void {
    const kinds = new Map(this.seen.map((event) => [kindOf(event), event]))
    for (const [kind, event] of kinds) {
      const [sample, seen] = [samples[kind] ?? 'no such event was recorded', event].map((one) => ({
        status: 200,
        body: JSON.stringify(one),
      }))
      judge(`event ${kind}`, [sample!], seen!, borne, tally)
    }
  }
}
