import {
  type AgentState,
  agentDial,
  agentHostname,
  agentState,
  type Cluster,
  type Host,
  type InventoryHost,
  type Listens,
  type Net,
  PORTS,
  type Refusal,
  reachFrom,
  type Step,
  TransportError,
} from '../../src/index.ts'
import { type Changed, changedValues, readLines } from '../common/contents.ts'
import { foreignAddress } from '../common/facts.ts'
import { varsOf } from '../common/host.ts'
import { portsTaken, restarts } from '../common/ports.ts'
import type { Attributes as Common } from '../mesos/attributes.ts'
import { releaseOf } from '../mesos/package.ts'
import { beforeMasters, tooFar } from '../mesos/upgrade.ts'
import type { Attributes } from './attributes.ts'
import {
  attributesText,
  type Identity,
  incompatible,
  offeredPorts,
  readValue,
  resourcesOf,
  resourcesText,
  type Value,
  valuesOf,
} from './identity.ts'

/** The file with an agent's flags. */
export const ENV = '/etc/mesos/agent.env'

const values = (of: Readonly<Record<string, string | number>>): Readonly<Record<string, Value>> =>
  Object.fromEntries(Object.entries(of).map(([name, value]) => [name, readValue(value)]))

/** The agent's wanted identity. */
function wantedIdentity(host: Host, attrs: Attributes): Identity {
  return {
    hostname: agentHostname(host),
    port: PORTS.mesosAgent,
    attributes: valuesOf(attributesText(attrs.attributes)),
    resources: valuesOf(resourcesText(resourcesOf(attrs, host.facts))),
  }
}

/**
 * The running agent's identity by its own account; undefined if it does not run, `unsaid` if it requires a login or
 * recovers.
 */
async function running(host: Host, net: Net): Promise<AgentState | 'unsaid' | undefined> {
  try {
    return (await agentState(agentDial(host, reachFrom(net)))) ?? 'unsaid'
  } catch (error) {
    if (error instanceof TransportError && error.failure === 'refused') return undefined
    throw error
  }
}

/** The previous identity, according to the file's changed lines; the rest as wanted. */
function toldIdentity(changes: ReadonlyMap<string, Changed>, wanted: Identity): Identity {
  const before = (name: string): string | undefined => changes.get(name)?.from
  const list = (name: string, or: Identity['attributes']) => {
    const changed = changes.get(name)
    return changed === undefined ? or : valuesOf(changed.from ?? '')
  }
  return {
    hostname: before('MESOS_HOSTNAME') ?? wanted.hostname,
    port: Number(before('MESOS_PORT') ?? wanted.port),
    attributes: list('MESOS_ATTRIBUTES', wanted.attributes),
    resources: list('MESOS_RESOURCES', wanted.resources),
  }
}

const own = ({ privateAddress }: InventoryHost): Listens => ({ port: PORTS.mesosAgent, address: privateAddress })

/** The agent's own port, and those that it offers to tasks. */
export function listens(host: InventoryHost): readonly Listens[] {
  const { resources = {} } = varsOf<Partial<Attributes>>(host, 'mesos-agent')
  const said = resources.ports === undefined ? {} : { variable: 'resources.ports' }
  return [own(host), ...offeredPorts(resources.ports).map((range) => ({ ...range, ...said }))]
}

/**
 * Refuses above all what would make the agent exit: when it starts, it compares its identity with the previous one, and
 * exits again and again if they do not fit. Refuses nothing for an agent that does not run: starting it cannot make
 * that worse, and shows why it does not stay up.
 */
export async function refuse(
  host: Host,
  cluster: Cluster,
  steps: readonly Step[],
  net: Net,
): Promise<readonly Refusal[]> {
  const attrs = varsOf<Attributes>(host, 'mesos-agent')
  const unit = releaseOf(varsOf<Common>(host, 'mesos')).agentUnit
  const refusals = [
    ...foreignAddress(host),
    ...tooFar(host, steps),
    ...(await beforeMasters(host, cluster, steps, net)),
    ...(await portsTaken(net, steps, unit, [own(host)])),
  ]
  const changed = changedValues(steps, ENV, readLines)
  const dir = changed.get('MESOS_WORK_DIR')
  if (dir?.from !== undefined && dir.to !== undefined)
    refusals.push({
      refusal: 'mesos-work-dir',
      reason: `Its work_dir would change from ${dir.from} to ${dir.to}: it would lose its identity and kill all its tasks as orphans.`,
      remedy: 'Put it back; or drain the agent first, and allow it.',
      changes: [],
    })
  if (!restarts(steps, unit)) return refusals
  const state = await running(host, net)
  if (state === undefined) return refusals
  const wanted = wantedIdentity(host, attrs)
  const is =
    state === 'unsaid'
      ? toldIdentity(changed, wanted)
      : { ...state, attributes: values(state.attributes), resources: values(state.resources) }
  const reasons = incompatible(is, wanted, attrs.reconfigurationPolicy)
  if (reasons.length > 0)
    refusals.push({
      refusal: 'mesos-agent-identity',
      reason: `The agent would refuse to start: ${reasons.join('; ')}${attrs.reconfigurationPolicy === 'equal' ? ' (its reconfigurationPolicy is "equal")' : ''}.`,
      remedy: `Put it back. Or give it a new identity: drain it, stop its unit, remove ${attrs.workDir}/meta/slaves/latest, and run again.`,
      changes: [],
    })
  return refusals
}
