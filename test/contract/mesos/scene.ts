import type { TestFramework } from '../../support/mesos-framework.ts'
import type { Answer, Exception } from '../compare.ts'
import { ask, type Exchange, judge, type Tally } from '../replay.ts'
import { EXCEPTIONS } from './exceptions.ts'
import { ownOnly } from './others.ts'
import { anyState, daemonOf, recorded, translated } from './recordings.ts'

/** A cluster that the contract is replayed at: a master that leads, one agent. */
export interface Place {
  /** `http://host:port`. */
  readonly master: string
  readonly agent: string
  /** A master that does not lead. */
  readonly follower?: string
  /** A Docker image on the agent that has sh, httpd and sleep. */
  readonly image: string
}

/** An agent as `/slaves` lists it. */
export interface Listed {
  readonly id: string
  readonly hostname: string
  readonly pid: string
  readonly active: boolean
  readonly drain_info?: { readonly state: string }
}

/** Ids stand in names as well (`master/frameworks/web/…-0001/calls`): they are another in each cluster. */
const masked = (answer: Answer): Answer => ({
  ...answer,
  body: answer.body.replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(-[A-Z]?\d+)?/g, '<id>'),
})

/** Replays exchanges at a place, and counts. */
export class Scene {
  readonly place: Place
  readonly tally: Tally
  /** Frameworks that took part. */
  readonly frameworks: TestFramework[] = []
  /** The recorded cluster's words by this one's. */
  words: Readonly<Record<string, string>> = {}

  readonly exceptions: readonly Exception[]
  #past = 0

  constructor(place: Place, tally: Tally, exceptions: readonly Exception[] = EXCEPTIONS) {
    this.place = place
    this.tally = tally
    this.exceptions = exceptions
  }

  /** Replays what shows the state of things, compared with what was recorded in any state. */
  async look(...names: readonly string[]): Promise<void> {
    for (const name of names) await this.#replay(anyState(name), this.place[daemonOf(name)])
  }

  /** Replays what depends on the state that the last steps have made, compared with that recording alone. */
  async step(...names: readonly string[]): Promise<void> {
    for (const name of names) await this.#replay(recorded(name), this.place[daemonOf(name)])
  }

  /** Replays at the master that does not lead, where there is one. */
  async follow(...names: readonly string[]): Promise<void> {
    if (this.place.follower !== undefined)
      for (const name of names) await this.#replay(recorded(name), this.place.follower)
  }

  async #replay(exchange: Exchange, origin: string): Promise<void> {
    const here = translated(exchange, this.words)
    const got = await this.#own(await ask(origin, here))
    judge(here.name, here.answers.map(masked), masked(got), this.exceptions, this.tally)
  }

  /** An answer without what it says of others. */
  async #own(answer: Answer): Promise<Answer> {
    if (!/^\s*[[{]/.test(answer.body)) return answer
    const frameworks = new Set(this.frameworks.slice(this.#past).map(({ id }) => id))
    const part = { frameworks, agent: (await this.agent())?.id }
    return { ...answer, body: JSON.stringify(ownOnly(JSON.parse(answer.body), part)) }
  }

  /** From now on frameworks that took part so far are history. */
  anew(): void {
    this.#past = this.frameworks.length
  }

  /** The agents as the master lists them now. */
  async agents(): Promise<readonly Listed[]> {
    return ((await (await fetch(`${this.place.master}/slaves`)).json()) as { slaves: Listed[] }).slaves
  }

  /** The agent of this place, where it is listed. */
  async agent(): Promise<Listed | undefined> {
    return (await this.agents()).find(({ pid }) => this.place.agent.endsWith(pid.slice(pid.indexOf('@') + 1)))
  }

  /** Whether the agent itself still drains: it does until the last executor has gone, also where the master is done. */
  async drains(): Promise<boolean> {
    const headers = { 'content-type': 'application/json', accept: 'application/json' }
    const asked = { method: 'POST', headers, body: JSON.stringify({ type: 'GET_AGENT' }) }
    const answer = (await (await fetch(`${this.place.agent}/api/v1`, asked)).json()) as { get_agent: object }
    return 'drain_config' in answer.get_agent
  }
}
