import {
  agentDial,
  agentId,
  agentMetrics,
  type Cluster,
  type Health,
  type InventoryHost,
  MesosAwayError,
  masterDial,
  masterState,
  mastersOf,
  mesosOf,
  mesosOperator,
  type Net,
  PORTS,
  reachFrom,
  TransportError,
  unitState,
  whyDown,
} from '../../src/index.ts'
import { varsOf } from '../common/host.ts'
import type { Attributes as Common } from '../mesos/attributes.ts'
import { releaseOf } from '../mesos/package.ts'
import { downBy } from '../mesos/refused-login.ts'
import { agentOf } from './agents.ts'

/**
 * An agent's health, as the leading master sees it: the agent's own "registered" only says that it has found a master.
 */
export async function health(host: InventoryHost, cluster: Cluster, net: Net): Promise<Health> {
  try {
    ;(await agentDial(host, reachFrom(net))()).destroy()
  } catch (error) {
    if (!(error instanceof TransportError && error.failure === 'refused')) throw error
    const unit = await unitState(net, releaseOf(varsOf<Common>(host, 'mesos')).agentUnit)
    const says = `not running: port ${PORTS.mesosAgent} refuses${whyDown(unit)}`
    return downBy(unit.words, 'vars.mesos-agent.credential', says)
  }
  const [answer, { tasks: count, uptime }] = await Promise.all([
    mesosOf(cluster, reachFrom(net)).agents().catch(away),
    agentMetrics(agentDial(host, reachFrom(net))),
  ])
  if (answer instanceof MesosAwayError) return { green: false, says: answer.message, waitsFor: 'mesos-master' }
  const tasks = count === undefined ? '' : `, ${count} ${count === 1 ? 'task' : 'tasks'}`
  const agent = agentOf(host, answer.agents)
  if (agent === undefined) return notListed(cluster, net, answer.leader)
  if (agent.deactivated)
    return {
      green: false,
      away: true,
      says: `${agent.drain === undefined ? 'deactivated' : agent.drain.toLowerCase()}${tasks}`,
    }
  if (!agent.active) return { green: false, says: `${answer.leader} knows it, and is not connected to it${tasks}` }
  // the masters notice only after a while that an agent is another one than before
  const isYoung = uptime !== undefined && uptime < NOTICED
  const own = isYoung ? await agentId(agentDial(host, reachFrom(net))).catch(() => undefined) : undefined
  if (own !== undefined && own !== agent.id)
    return { green: false, says: `not registered yet: ${answer.leader} knows the agent that was here before` }
  return { green: true, says: `active${tasks}` }
}

/** Within how many seconds a master notices that an agent is gone: it pings every 15 s, five times. */
const NOTICED = 120

const away = (error: unknown): MesosAwayError => {
  if (error instanceof MesosAwayError) return error
  throw error
}

/** A leader without a quorum answers as well, but knows no agents. */
async function notListed(cluster: Cluster, net: Net, leader: string): Promise<Health> {
  const master = mastersOf(cluster).find(({ name }) => name === leader)
  const serves =
    master !== undefined && (await masterState(masterDial(master, reachFrom(net)), mesosOperator(cluster))).serves
  return serves
    ? { green: false, says: `not registered: ${leader}, which leads, does not know it` }
    : { green: false, says: `${leader} leads without a quorum`, waitsFor: 'mesos-master' }
}
