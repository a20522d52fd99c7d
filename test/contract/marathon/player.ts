import { until } from '../../support/until.ts'
import type { Answer, Exception } from '../compare.ts'
import { recording } from '../recording.ts'
import { judge, type Tally } from '../replay.ts'
import { send } from '../send.ts'
import { exceptions } from './exceptions.ts'

type Json = Record<string, unknown>

interface App {
  readonly deployments: readonly unknown[]
  readonly tasks: readonly { readonly id: string; readonly state: string; readonly host: string }[]
  readonly versions: readonly string[]
}

/**
 * Serves an empty 200 to whatever it is asked, with what every Debian has: perl-base. Whether it is ready it denies for
 * four times as long as its definition says: slaves with little CPU start their tasks at different times. Apps are looked
 * for by the word `python3` in the command.
 */
export const SERVES = [
  ": in place of python3; exec perl -MIO::Socket -e '",
  '$s = IO::Socket::INET->new(LocalPort => shift, Listen => 50, ReuseAddr => 1) or die;',
  'while ($c = $s->accept) { $asked = <$c>; while (<$c>) { last if /^\\s*$/ }',
  '$waits = $asked =~ m(^GET /ready ) && time - $^T < 4 * $ENV{READY_AFTER};',
  '($status, $body) = $waits ? (503, q({"waiting":true})) : (200, "");',
  'print $c qq(HTTP/1.0 $status OK\\r\\nContent-Length: ) . length($body) . qq(\\r\\n\\r\\n$body); close $c }',
  "' $PORT0",
].join(' ')

/** A command that any slave can run, and an agent of this cluster, for those that were recorded. */
const adapted = (body: string, agent: string): string =>
  body.replaceAll('exec python3 /PATH $PORT0', JSON.stringify(SERVES).slice(1, -1)).replaceAll('"agent1"', `"${agent}"`)

/** Headers that count; each cluster has its own names and ports. */
const HEADERS = [
  'x-marathon-leader',
  'x-marathon-via',
  'x-frame-options',
  'content-type',
  'location',
  'marathon-deployment-id',
  'allow',
  'www-authenticate',
]
const placeless = (value: string): string => value.replace(/[\w.-]+:\d+/g, 'PLACE')

const comparable = ({ status, headers = {}, body }: Answer): Answer => {
  const kept = HEADERS.flatMap((name) => (headers[name] === undefined ? [] : [[name, placeless(headers[name])]]))
  return { status, headers: Object.fromEntries(kept), body }
}

/** Replays recordings at an address and looks up there what they need: ids, versions, and that it is time. */
export class Player {
  readonly address: string
  readonly #tally: Tally
  readonly #headers: Readonly<Record<string, string>>
  readonly #borne: readonly Exception[]
  /** The agent that constraints name. */
  agent = 'agent1'

  /** @param headers that each request carries, for credentials. @param borne where answers may differ */
  constructor(
    address: string,
    tally: Tally,
    headers: Readonly<Record<string, string>> = {},
    borne: readonly Exception[] = exceptions,
  ) {
    this.address = address
    this.#tally = tally
    this.#headers = headers
    this.#borne = borne
  }

  /** Replays recordings, in this order, as they stand. */
  async play(...names: readonly string[]): Promise<void> {
    for (const name of names) await this.playAs(name)
  }

  /** Replays a recording with another path or body, where those hold ids of the recorded run. */
  async playAs(name: string, change: { readonly path?: string; readonly body?: string } = {}): Promise<void> {
    this.#judge(name, await this.#replay(name, change))
  }

  /**
   * Replays a recording of a moment that passes, until the answer is of that moment: this very answer is judged, since
   * the next one may be too late.
   */
  async playAt<T>(name: string, moment: (body: T) => boolean): Promise<void> {
    let got: Answer | undefined
    await this.until(`what ${name} asks is as it was`, async () => {
      got = await this.#replay(name)
      return moment(JSON.parse(got.body) as T)
    })
    if (got !== undefined) this.#judge(name, got)
  }

  #replay(name: string, change: { readonly path?: string; readonly body?: string } = {}): Promise<Answer> {
    const { answers: _, ...recorded } = recording('marathon', name)
    const asked = { ...recorded, ...change, headers: { ...recorded.headers, ...this.#headers } }
    return send(this.address, { ...asked, body: adapted(asked.body ?? '', this.agent) })
  }

  #judge(name: string, got: Answer): void {
    judge(name, recording('marathon', name).answers.map(comparable), comparable(got), this.#borne, this.#tally)
  }

  /** Asks for something that is not compared. */
  async ask(method: string, path: string, body?: Json): Promise<Answer> {
    const headers = {
      accept: 'application/json',
      ...this.#headers,
      ...(body && { 'content-type': 'application/json' }),
    }
    return send(this.address, { method, path, headers, body: body ? JSON.stringify(body) : '' })
  }

  async get<T>(path: string): Promise<T> {
    return JSON.parse((await this.ask('GET', path)).body) as T
  }

  until = (what: string, so: () => Promise<boolean>): Promise<void> => until(what, so, 50)

  idle(): Promise<void> {
    return this.until('no deployment runs', async () => (await this.get<unknown[]>('/v2/deployments')).length === 0)
  }

  async tasks(app: string): Promise<App['tasks']> {
    return (await this.get<{ app?: App }>(`/v2/apps${app}`)).app?.tasks ?? []
  }

  running(app: string, count: number): Promise<void> {
    return this.until(`${count} tasks of ${app} run`, async () => {
      const tasks = await this.tasks(app)
      return tasks.length === count && tasks.every(({ state }) => state === 'TASK_RUNNING')
    })
  }

  /** The id of the deployment that an app is in. */
  async deployment(app: string): Promise<string> {
    const { app: found } = await this.get<{ app: { deployments: { id: string }[] } }>(`/v2/apps${app}`)
    return found.deployments[0]?.id ?? 'none'
  }

  async version(app: string): Promise<string> {
    return (await this.get<{ app: { version: string } }>(`/v2/apps${app}`)).app.version
  }

  /** Removes all apps. */
  async clear(): Promise<void> {
    const { apps } = await this.get<{ apps: { id: string }[] }>('/v2/apps')
    for (const { id } of apps) await this.ask('DELETE', `/v2/apps${id}?force=true`)
    await this.idle()
  }
}
