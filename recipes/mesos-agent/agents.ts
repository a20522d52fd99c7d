import { agentHostname, type InventoryHost, type MesosAgent, PORTS } from '../../src/index.ts'

/** A host's agent among those that a master knows, matched by the address that it registered from. */
export const agentOf = (host: InventoryHost, agents: readonly MesosAgent[]): MesosAgent | undefined =>
  agents.find(({ ip, port }) => ip === host.privateAddress && port === PORTS.mesosAgent) ??
  agents.find(({ hostname, port }) => hostname === agentHostname(host) && port === PORTS.mesosAgent)
