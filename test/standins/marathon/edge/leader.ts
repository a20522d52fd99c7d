import { randomBytes } from 'node:crypto'
import type { ZooKeeper } from '../../zookeeper.ts'
import type { Request, Response } from '../api/http.ts'
import { begin } from '../core/begin.ts'
import type { Effect } from '../core/effect.ts'
import type { Input } from '../core/input.ts'
import { restore, writes } from '../core/persist.ts'
import { step } from '../core/step.ts'
import type { World } from '../core/world.ts'
import type { Options } from '../flags/options.ts'
import { detect, type Master } from './detector.ts'
import { Driver } from './driver.ts'
import { log } from './log.ts'
import { carryOut } from './prober.ts'
import { Store } from './store.ts'
import type { Streams } from './streams.ts'

const TICK = 100

/** Exit codes, from the source: Mesos refuses the framework, or has removed it. */
const END = { refused: 106, removed: 110 }

/** Ends the leadership and the process, with another exit code than that of a lost leadership where one is given. */
type Over = (why: string, code?: number) => void

/** The core with the world around it, for as long as this process leads. */
export class Leader {
  #world: World
  #tail: Promise<unknown> = Promise.resolve()
  #driver: Driver | undefined
  #ticked = Date.now()
  readonly #timer: NodeJS.Timeout
  readonly #store: Store
  readonly #streams: Streams
  readonly #over: Over

  private constructor(world: World, store: Store, streams: Streams, over: Over) {
    this.#world = world
    this.#store = store
    this.#streams = streams
    this.#over = over
    this.#timer = setInterval(() => {
      const before = this.#ticked
      this.#ticked = Date.now()
      void this.input({ on: 'tick', before })
    }, TICK)
  }

  /**
   * Takes over what ZooKeeper has. `over` is called when the leadership must end: another Mesos master, or ZooKeeper
   * does not take a write.
   */
  static async start(
    zk: ZooKeeper,
    path: string,
    options: Options,
    about: World['about'],
    streams: Streams,
    over: Over,
  ) {
    const store = new Store(zk, path)
    const { kept, plans } = restore(await store.load())
    const node = randomBytes(6).toString('hex')
    const leader = new Leader(
      begin(Date.now(), { settings: options.settings, about, node, kept }),
      store,
      streams,
      over,
    )
    void leader.input({ on: 'elected', plans })
    leader.#findMaster(options)
    return leader
  }

  answer(request: Request): Promise<Response> {
    return this.input({ on: 'request', request }) as Promise<Response>
  }

  /** Lets something happen; resolves once it is written, and what follows from it is under way. */
  input(input: Input): Promise<Response | undefined> {
    const before = this.#world
    const { world, effects, response } = step(before, input, Date.now())
    this.#world = world
    const list = writes(before, world)
    if (list.length === 0 && effects.length === 0) return this.#tail.then(() => response)
    const done = this.#tail
      .then(async () => {
        if (list.length > 0) await this.#store.apply(list)
        for (const effect of effects) this.#carryOut(effect)
        return response
      })
      .catch((error: Error) => {
        this.#over(`Could not write the state: ${error.message}`)
        return undefined
      })
    this.#tail = done
    return done
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#driver?.close()
  }

  #carryOut(effect: Effect): void {
    if (effect.do === 'event') this.#streams.send(effect.event)
    else if (effect.do === 'log') log(effect.line)
    else if (effect.do === 'call') {
      const { call, after } = effect
      if (after === undefined) this.#driver?.send(call)
      else setTimeout(() => this.#driver?.send(call), after)
    } else {
      const { probe } = effect
      void carryOut(probe).then((result) => this.input({ on: 'probed', probe, result }))
    }
  }

  /**
   * A first master is registered with; a second one ends this leadership. While there is none, what is known is still
   * answered.
   */
  #findMaster(options: Options): void {
    let known: string | undefined
    detect(options.master, options.zkSessionTimeout, (master) => {
      if (master === undefined) log('WARN  No Mesos master leads')
      else if (known === undefined) this.#register(master, options)
      else if (known !== master.node)
        void this.input({ on: 'disconnected' }).finally(() => this.#over('Another Mesos master leads'))
      known = master?.node ?? known
    })
  }

  #register(master: Master, options: Options): void {
    log(`INFO  New leading Mesos master at ${master.url}`)
    const config = { ...(this.#world.about.marathon_config as object), mesos_leader_ui_url: `${master.uiUrl}/` }
    this.#world = { ...this.#world, about: { ...this.#world.about, marathon_config: config } }
    this.#driver = new Driver(master.url, this.#world.frameworkId, options, {
      subscribed: (frameworkId) => void this.input({ on: 'subscribed', frameworkId }),
      offers: (offers) => void this.input({ on: 'offers', offers }),
      status: (status) => void this.input({ on: 'status', status }),
      lost: () => void this.input({ on: 'lost' }),
      error: (message) =>
        this.#over(`Mesos: ${message}`, message.includes('has been removed') ? END.removed : END.refused),
    })
  }
}
