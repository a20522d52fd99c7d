import { setTimeout as sleep } from 'node:timers/promises'
import { consulDelete, consulGet, consulOf, consulPut, sh, type Turn } from '../../src/index.ts'
import { varsOf } from '../common/host.ts'
import type { Attributes } from './attributes.ts'
import { PATHS } from './paths.ts'

/** The value of a key that a turn has set: one that a person has set is left alone. */
const OURS = 'provision'
/** Milliseconds that consul-template may take to render, and between two looks. */
const RENDER = { most: 15_000, poll: 500 }

const keyOf = ({ host }: Turn): string => `lb/drain/${host.name}`

/** Does the HAProxy that runs answer 503 for the load balancer in front? */
const isOut = async (turn: Turn): Promise<boolean> =>
  (await turn.net.read(sh`grep -sF ${`# drained: ${keyOf(turn)} `} ${PATHS.live} || :`)) !== ''

/**
 * Has the load balancer in front send no more: HAProxy's health check fails, requests are served all the same. Where
 * Consul does not answer it goes on, since the check fails soon enough by itself.
 */
export async function leaveBalancer(turn: Turn): Promise<void> {
  const { host, net, say, signal } = turn
  const consul = consulOf(host, net)
  try {
    if ((await consulGet(consul, keyOf(turn))) === undefined) await consulPut(consul, keyOf(turn), OURS)
  } catch {
    return say('nothing: Consul does not answer, so that the load balancer in front cannot be told')
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

/** Brings it back. @throws where it left, and Consul does not answer */
export async function joinBalancer(turn: Turn): Promise<void> {
  const consul = consulOf(turn.host, turn.net)
  try {
    if ((await consulGet(consul, keyOf(turn))) === OURS) await consulDelete(consul, keyOf(turn))
  } catch (error) {
    if (await isOut(turn)) throw error
  }
}
