import type { InventoryHost, MesosAgent, Net } from '../../src/index.ts'
import { varsOf } from '../common/host.ts'
import type { Attributes } from './attributes.ts'

/** Where agents listen. */
export const AGENT_PORT = 5051

/** What an agent calls itself. */
export const hostnameOf = (host: InventoryHost): string =>
  varsOf<Partial<Attributes>>(host, 'mesos-agent').hostname ?? host.privateAddress

/** How an agent's port is reached. */
export const dialTo = (net: Net, host: InventoryHost) => () => net.dial(host.privateAddress, AGENT_PORT)

/** The agent of a host among those that a master knows: by the address it registered from. */
export const agentOf = (host: InventoryHost, agents: readonly MesosAgent[]): MesosAgent | undefined =>
  agents.find(({ ip, port }) => ip === host.privateAddress && port === AGENT_PORT) ??
  agents.find(({ hostname, port }) => hostname === hostnameOf(host) && port === AGENT_PORT)
