import {
  agentHostname,
  type Cluster,
  type Host,
  type InventoryHost,
  masterDial,
  mastersOf,
  mesosOf,
  mesosVersion,
  type Net,
  type Refusal,
  reachFrom,
  type Step,
} from '../../src/index.ts'
import { runs, varsOf } from '../common/host.ts'
import {
  packageVersions,
  RULES,
  type Running,
  refuseAhead,
  refuseTooFarAhead,
  refuseUpgrade,
} from '../common/upgrades.ts'
import type { Attributes } from './attributes.ts'
import { releaseOf } from './package.ts'

const REFUSAL = 'mesos-version'

const release = (host: InventoryHost) => releaseOf(varsOf<Attributes>(host, 'mesos'))

/** Refuses an upgrade of Mesos across too many versions, or a downgrade. */
export function tooFar(host: InventoryHost, steps: readonly Step[]): readonly Refusal[] {
  const { name: its } = release(host)
  return refuseUpgrade(
    RULES.mesos,
    REFUSAL,
    packageVersions(steps, (name) => name === its),
  )
}

/** The version that the steps would install, if they touch the package and it is known. */
function brings(host: InventoryHost, steps: readonly Step[]): string | undefined {
  const { name: its, version } = release(host)
  if (!steps.some(({ type, name }) => type === 'package' && name === its)) return undefined
  return packageVersions(steps, (name) => name === its)?.to ?? version
}

/** Refuses an agent that would be newer than running masters. A host that is both has one package. */
export async function beforeMasters(
  host: Host,
  cluster: Cluster,
  steps: readonly Step[],
  net: Net,
): Promise<readonly Refusal[]> {
  const to = brings(host, steps)
  if (to === undefined || runs(cluster, host, 'mesos-master')) return []
  const masters = mastersOf(cluster).map(async (master): Promise<Running> => {
    const version = await mesosVersion(masterDial(master, reachFrom(net))).catch(() => '')
    return { name: master.name, version }
  })
  return refuseAhead(RULES.mesos, REFUSAL, to, await Promise.all(masters))
}

/** Refuses a master that agents could no longer talk to. */
export async function beyondAgents(
  host: Host,
  cluster: Cluster,
  steps: readonly Step[],
  net: Net,
): Promise<readonly Refusal[]> {
  const to = brings(host, steps)
  if (to === undefined) return []
  const known = await mesosOf(cluster, reachFrom(net))
    .agents()
    .then(
      ({ agents }) => agents.filter(({ active }) => active),
      () => [],
    )
  const names = new Map(cluster.withRecipe('mesos-agent').map((each) => [agentHostname(each), each.name]))
  return refuseTooFarAhead(
    RULES.mesos,
    REFUSAL,
    to,
    known.map(({ hostname, version }) => ({ name: names.get(hostname) ?? hostname, version })),
  )
}
