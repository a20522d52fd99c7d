import { setTimeout as sleep } from 'node:timers/promises'
import {
  type ConsulMember,
  consulMembers,
  consulOf,
  type MesosAgent,
  mesosOf,
  reachFrom,
  type Step,
  type Turn,
  timeLimit,
} from '../../src/index.ts'
import { servers } from '../consul/cluster.ts'
import { ENV } from './refuse.ts'

/** Milliseconds that Consul may take to notice that a machine is gone. */
const NOTICED = 60_000

/** Is there no agent on the machine yet? */
const isNew = (steps: readonly Step[]): boolean =>
  steps.some(({ type, name, changes }) => type === 'file' && name === ENV && changes[0]?.action === 'create')

/**
 * Where Consul knows another machine under the host's name that is dead, once it has noticed that; undefined if there
 * is none, it lives, or no server says.
 */
async function addressOfDead({ host, cluster, netTo, say, signal }: Turn): Promise<string | undefined> {
  for (const server of servers(cluster).filter(({ name }) => name !== host.name)) {
    const consul = consulOf(server, netTo(server))
    const namesake = async (): Promise<ConsulMember | undefined> =>
      (await consulMembers(consul)).find(({ name, address }) => name === host.name && address !== host.privateAddress)
    try {
      const isLast = timeLimit(NOTICED)
      let found = await namesake()
      if (found?.status === 'alive')
        say(`Consul to notice that the machine at ${found.address}, which had its name, is gone`)
      while (found?.status === 'alive' && !signal.aborted && !isLast()) {
        await sleep(1000, undefined, { signal }).catch(() => undefined)
        found = await namesake()
      }
      return found?.status === 'alive' ? undefined : found?.address
    } catch {} // another one may answer
  }
  return undefined
}

/**
 * Marks the agent of the machine that had the host's name, at another address, as gone, so that its tasks start
 * elsewhere at once: Mesos itself waits for minutes. Consul knows that address by the name until the new machine joins.
 * A machine that still lives is left to Consul's first start, which fails. Whoever cannot be asked is not waited for.
 */
export async function replaces(turn: Turn, steps: readonly Step[]): Promise<void> {
  if (!isNew(steps)) return
  const { cluster, net } = turn
  const mesos = mesosOf(cluster, reachFrom(net))
  const isKnown = ({ ip }: MesosAgent): boolean => cluster.hosts.some(({ privateAddress }) => privateAddress === ip)
  try {
    const strangers = (await mesos.agents()).agents.filter((agent) => !isKnown(agent))
    if (strangers.length === 0) return
    const address = await addressOfDead(turn)
    const agent = strangers.find(({ ip }) => ip === address)
    if (agent !== undefined) await mesos.markGone(agent.id)
  } catch {} // then Mesos finds out by itself
}
