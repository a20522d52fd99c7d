import {
  type Cluster,
  type Health,
  type InventoryHost,
  isStopped,
  MesosAwayError,
  marathonCredentials,
  marathonDial,
  marathonMember,
  marathonPort,
  mastersOf,
  mesosOf,
  type Net,
  reachFrom,
  TransportError,
  unitState,
  whyDown,
} from '../../src/index.ts'
import { downBy } from '../mesos/refused-login.ts'
import { orZookeeper } from '../mesos-master/health.ts'

/** The variable with the login that we use. */
const LOGIN = 'vars.marathon.credentials'

/** The health of one Marathon: the leader, registered with Mesos, or a standby that knows a leader. */
export async function health(host: InventoryHost, cluster: Cluster, net: Net): Promise<Health> {
  let member: Awaited<ReturnType<typeof marathonMember>>
  try {
    member = await marathonMember(marathonDial(host, reachFrom(net)), marathonCredentials(cluster))
  } catch (error) {
    if (!(error instanceof TransportError && error.failure === 'refused')) throw error
    return notRunning(marathonPort(host), cluster, net)
  }
  const { is, leader, frameworkId, version } = member
  // it runs with the credentials of its start: while they are changed one host at a time, no run waits for that
  if (is === 'locked')
    return { green: false, outside: true, variable: LOGIN, says: `runs, and wants another login than ${LOGIN}` }
  if (is === 'no-leader') return orZookeeper(cluster, net, { green: false, says: 'no Marathon leads just now' })
  if (is === 'standby') return { green: true, says: `${version}, standby of ${leader}` }
  const registered = await isRegistered(frameworkId, cluster, net)
  return registered === undefined
    ? { green: true, says: `${version}, leader`, leads: true }
    : { ...registered, leads: true }
}

/** Why a Marathon does not run. Without a ZooKeeper, its last output tells how it ends, not why. */
async function notRunning(port: number, cluster: Cluster, net: Net): Promise<Health> {
  const unit = await unitState(net, 'marathon')
  const says = `not running: port ${port} refuses`
  const why = whyDown(unit)
  if (isStopped(unit)) return { green: false, down: true, says: `${says}${why}` }
  const down = await orZookeeper(cluster, net, { green: false, down: true, says })
  return down.waitsFor === undefined ? downBy(unit.words, 'vars.marathon.mesosSecret', `${says}${why}`) : down
}

/** Why a running leader is unusable: it has no connection to Mesos. */
async function isRegistered(id: string | undefined, cluster: Cluster, net: Net): Promise<Health | undefined> {
  if (mastersOf(cluster).length === 0) return undefined
  try {
    const framework = (await mesosOf(cluster, reachFrom(net)).frameworks()).find((each) => each.id === id)
    if (framework?.connected === true && framework.active) return undefined
    return {
      green: false,
      says: `leader, and ${framework === undefined ? 'not registered with Mesos' : 'not connected to Mesos'}`,
    }
  } catch (error) {
    if (!(error instanceof MesosAwayError)) throw error
    return { green: false, says: `leader, and ${error.message}`, waitsFor: 'mesos-master' }
  }
}
