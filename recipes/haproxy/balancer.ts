import { setTimeout as sleep } from 'node:timers/promises'
import { consulDelete, consulGet, consulOf, consulPut, sh, type Turn } from '../../src/index.ts'
import { varsOf } from '../common/host.ts'
import type { Attributes } from './attributes.ts'
import { PATHS } from './paths.ts'

/** The key's value if a turn has set it. A key that a person has set is left alone. */
const OURS = 'provision'
/** How many milliseconds consul-template may take to render, and how many to wait between two checks. */
const RENDER = { most: 15_000, poll: 500 }

const keyOf = ({ host }: Turn): string => `lb/drain/${host.name}`

/** Does the running HAProxy answer the load balancer in front with 503? */
const isOut = async (turn: Turn): Promise<boolean> =>
  (await turn.net.read(sh`grep -sF ${`# drained: ${keyOf(turn)} `} ${PATHS.live} || :`)) !== ''

/**
 * Makes the load balancer in front stop sending: HAProxy's health check fails, but it still serves requests. Continues
 * if Consul does not answer, because the check then fails soon enough by itself.
 */
export async function leaveBalancer(turn: Turn): Promise<void> {
  const { host, net, say, signal } = turn
  const consul = consulOf(host, net)
  try {
    if ((await consulGet(consul, keyOf(turn))) === undefined) await consulPut(consul, keyOf(turn), OURS)
  } catch {
    return say('nothing, since Consul does not answer: the load balancer in front cannot be told')
  }
  say('the load balancer in front to send no more')
  const stop = () => {
    if (signal.aborted) throw new Error('stopped as asked, while it left the load balancer')
  }
  for (let ms = 0; ms < RENDER.most && !(await isOut(turn)); ms += RENDER.poll) {
    stop()
    await sleep(RENDER.poll, undefined, { signal }).catch(() => undefined)
  }
  await sleep(varsOf<Attributes>(host, 'haproxy').leaveSeconds * 1000, undefined, { signal }).catch(() => undefined)
  stop()
}

/** Rejoins the load balancer. @throws if it had left, and Consul does not answer */
export async function joinBalancer(turn: Turn): Promise<void> {
  const consul = consulOf(turn.host, turn.net)
  try {
    if ((await consulGet(consul, keyOf(turn))) === OURS) await consulDelete(consul, keyOf(turn))
  } catch (error) {
    if (await isOut(turn)) throw error
  }
}
