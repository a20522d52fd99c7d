import { setTimeout as sleep } from 'node:timers/promises'
import {
  type Cluster,
  type Host,
  type InventoryHost,
  type Listens,
  masterDial,
  masterState,
  mastersOf,
  mesosOperator,
  type Net,
  PORTS,
  type Refusal,
  reachFrom,
  retiring,
  runningFlags,
  type Step,
  timeLimit,
} from '../../src/index.ts'
import { changedValues, readLines } from '../common/contents.ts'
import { foreignAddress } from '../common/facts.ts'
import { portsTaken, starts } from '../common/ports.ts'
import { seconds } from '../mesos/flags.ts'
import { beyondAgents, tooFar } from '../mesos/upgrade.ts'
import { majority, vars } from './masters.ts'

/** The file with a master's flags. */
export const ENV = '/etc/mesos/master.env'

/** A running master. */
interface Running {
  readonly name: string
  readonly quorum: number
  /** How many replicas it sees in ZooKeeper. */
  readonly ensemble: number
}

/** The masters that answer this host, including leaving ones. */
async function running(cluster: Cluster, net: Net): Promise<readonly Running[]> {
  const credential = mesosOperator(cluster)
  const ask = async (host: ReturnType<typeof mastersOf>[number]): Promise<Running> => {
    const [flags, state] = await Promise.all([
      runningFlags(masterDial(host, reachFrom(net)), credential),
      masterState(masterDial(host, reachFrom(net)), credential),
    ])
    return { name: host.name, quorum: Number(flags.quorum), ensemble: state.ensemble }
  }
  const answers = await Promise.allSettled([...mastersOf(cluster), ...retiring(cluster, 'mesos-master')].map(ask))
  return answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []))
}

/**
 * The same, once they have forgotten dead ones: a dead master, such as that of a recreated host, counts until its
 * ZooKeeper session has expired.
 */
async function settled(cluster: Cluster, net: Net): Promise<readonly Running[]> {
  const session = Math.max(...mastersOf(cluster).map((host) => seconds(vars(host).zkSessionTimeout ?? '10secs')))
  const isLast = timeLimit(1500 * session)
  for (;;) {
    const last = isLast()
    const found = await running(cluster, net)
    if (found.every(({ ensemble }) => ensemble <= found.length) || last) return found
    await sleep(500)
  }
}

const quorumOf = (cluster: Cluster, host: Host): number => vars(host).quorum ?? majority(mastersOf(cluster).length)

/** Refuses because a registry made for a quorum of 1 cannot be shared. */
const resets = (name: string): Refusal => ({
  refusal: 'mesos-reset-registry',
  reason: `${name} runs alone, with a quorum of 1: several masters cannot share a registry that was made for one.`,
  remedy: `Run provision over all masters and allow it: the registry of ${name} is removed (agents and tasks register again; quotas, weights and maintenance windows are lost), and all masters begin another.`,
  changes: [],
  everywhere: true,
})

/** Refuses a master that would join others with a different quorum. */
function joins(host: Host, wanted: number, others: readonly Running[], members: number): Refusal | undefined {
  const [other] = others.filter((each) => each.quorum !== wanted)
  const [first] = others
  if (others.length === 1 && first?.quorum === 1 && wanted > 1) return resets(first.name)
  if (other !== undefined)
    return {
      refusal: 'mesos-quorum',
      reason: `${other.name} runs with a quorum of ${other.quorum}, and ${wanted} is wanted: a master that joins now could let two halves decide.`,
      remedy: `First set vars.mesos-master.quorum to ${wanted} for the masters that run, without the new ones, and apply; then add these.`,
      changes: [],
      everywhere: true,
    }
  const most = Math.max(0, ...others.map((each) => each.ensemble))
  if (most < members) return undefined
  return {
    refusal: 'mesos-quorum',
    reason: `${most} masters already run, and ${host.name} is none of them: with one more, the registry's log can be corrupted.`,
    remedy: 'Stop, disable and mask the master that is not in the inventory any more, then run again.',
    changes: [],
    everywhere: true,
  }
}

/**
 * Refuses to change the quorum of running masters by more than one step, or to one that is too small for their number.
 */
function changes(host: Host, to: number, from: number, masters: readonly Running[]): Refusal | undefined {
  if (from === 1 && to > 1) return resets(host.name)
  const refusal = (reason: string, remedy: string): Refusal => ({
    refusal: 'mesos-quorum',
    reason,
    remedy,
    changes: [],
    everywhere: true,
  })
  if (Math.abs(to - from) > 1)
    return refusal(
      `Its quorum would change from ${from} to ${to} at once: on the way there, masters with either could both decide.`,
      'Change vars.mesos-master.quorum by one, apply, and so on.',
    )
  const most = Math.max(0, ...masters.map((each) => each.ensemble))
  if (to > from || most <= 2 * to - 1) return undefined
  return refusal(
    `${most} masters run, and a quorum of ${to} bears ${2 * to - 1}: the registry's log could be corrupted.`,
    'Stop, disable and mask the masters that are to go, then run again.',
  )
}

/** A master's port. */
export const listens = ({ privateAddress }: InventoryHost): readonly Listens[] => [
  { port: PORTS.mesosMaster, address: privateAddress },
]

/** Refuses masters with two different quorums, a registry left behind, and a port that another process has. */
export async function refuse(
  host: Host,
  cluster: Cluster,
  steps: readonly Step[],
  net: Net,
): Promise<readonly Refusal[]> {
  const changed = changedValues(steps, ENV, readLines)
  const refusals = [
    ...foreignAddress(host),
    ...tooFar(host, steps),
    ...(await beyondAgents(host, cluster, steps, net)),
    ...(await portsTaken(net, steps, 'mesos-master', listens(host))),
  ]
  const dir = changed.get('MESOS_WORK_DIR')
  if (dir?.from !== undefined && dir.to !== undefined)
    refusals.push({
      refusal: 'mesos-work-dir',
      reason: `Its work_dir would change from ${dir.from} to ${dir.to}, and its replica of the registry stays behind.`,
      remedy: 'Put it back; or stop the master, move its content, and allow it.',
      changes: [],
    })
  const quorum = changed.get('MESOS_QUORUM')
  const joining = starts(steps, 'mesos-master')
  if (!joining && quorum === undefined) return refusals
  const wanted = quorumOf(cluster, host)
  const masters = await settled(cluster, net)
  const others = masters.filter(({ name }) => name !== host.name)
  const refusal = joining
    ? joins(host, wanted, others, mastersOf(cluster).length)
    : changes(host, wanted, Number(quorum?.from), masters)
  return refusal === undefined ? refusals : [...refusals, refusal]
}
