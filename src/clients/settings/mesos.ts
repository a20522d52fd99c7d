import { list, object, text } from '../../lib/json.ts'
import type { InventoryHost } from '../../model/host.ts'
import type { Cluster } from '../../model/recipe.ts'
import { Secret } from '../../shell/secret.ts'
import type { Dial } from '../http.ts'
import type { MesosCredential } from '../mesos/master.ts'
import { type Mesos, mesos } from '../mesos/mesos.ts'
import { PORTS } from './ports.ts'
import type { Reach } from './reach.ts'

/** All masters, by name. */
export const mastersOf = (cluster: Cluster): readonly InventoryHost[] => cluster.withRecipe('mesos-master')

/** The login for the masters, if they require one: `vars.mesos-master.operator`. */
export function mesosOperator(cluster: Cluster): MesosCredential | undefined {
  for (const { vars } of mastersOf(cluster)) {
    const { principal, secret } = object(vars['mesos-master']?.operator)
    if (typeof principal === 'string' && secret instanceof Secret) return { principal, secret }
  }
  return undefined
}

/** Opens connections to a master. */
export const masterDial = (host: InventoryHost, reach: Reach): Dial => reach(host, PORTS.mesosMaster)

/** Opens connections to an agent. */
export const agentDial = (host: InventoryHost, reach: Reach): Dial => reach(host, PORTS.mesosAgent)

/** A client of a cluster's masters. */
export function mesosOf(cluster: Cluster, reach: Reach): Mesos {
  const credential = mesosOperator(cluster)
  return mesos({
    masters: mastersOf(cluster).map((host) => ({ name: host.name, dial: masterDial(host, reach) })),
    ...(credential === undefined ? {} : { credential }),
  })
}

const saidOf = ({ vars }: InventoryHost): string | undefined => {
  const said = vars['mesos-agent']?.hostname
  return typeof said === 'string' ? said : undefined
}

/** The hostname that an agent registers with. */
export const agentHostname = (host: InventoryHost): string => saidOf(host) ?? host.privateAddress

/** The hostnames that Mesos may use for a host, including those of an agent that provision did not set up. */
export function agentHostnames(host: InventoryHost): readonly string[] {
  const said = saidOf(host)
  return [host.privateAddress, host.address, host.name, ...(said === undefined ? [] : [said])]
}

/** Where an agent keeps its state, and its tasks' sandboxes. */
export function agentWorkDir({ vars }: InventoryHost): string {
  const said = vars['mesos-agent']?.workDir
  return typeof said === 'string' ? said : '/var/lib/mesos/agent' // the recipe's default
}

/** What an agent runs tasks with. */
export interface Containerizers {
  /** The host's name in the inventory. */
  readonly host: string
  /** The hostname that the agent registers with. */
  readonly hostname: string
  readonly names: readonly string[]
  /** Does Mesos' own containerizer run Docker images? */
  readonly images: boolean
}

/** What the agent of a host runs tasks with, as the inventory has it. */
export function containerizersOf(host: InventoryHost): Containerizers {
  const { containerizers = ['docker', 'mesos'], isolation, flags } = host.vars['mesos-agent'] ?? {}
  const providers = text(object(flags).image_providers).split(',')
  const isolators = list(isolation)
  return {
    host: host.name,
    hostname: agentHostname(host),
    names: list(containerizers).map(text),
    images:
      providers.includes('docker') && ['filesystem/linux', 'docker/runtime'].every((one) => isolators.includes(one)),
  }
}
