import { agentHostname, type InventoryHost, type MesosAgent, PORTS } from '../../src/index.ts'

/** The agent of a host among those that a master knows: by the address it registered from. */
export const agentOf = (host: InventoryHost, agents: readonly MesosAgent[]): MesosAgent | undefined =>
  agents.find(({ ip, port }) => ip === host.privateAddress && port === PORTS.mesosAgent) ??
  agents.find(({ hostname, port }) => hostname === agentHostname(host) && port === PORTS.mesosAgent)
