import { object } from '../../lib/json.ts'
import type { Net } from '../../model/health.ts'
import type { InventoryHost } from '../../model/host.ts'
import { Secret } from '../../shell/secret.ts'
import type { Consul } from '../consul.ts'
import { PORTS } from './ports.ts'

/** The HTTP port of a host's agent. */
export function consulPort({ vars }: InventoryHost): number {
  const { http } = object(vars.consul?.ports)
  return typeof http === 'number' ? http : PORTS.consul
}

/** The most privileged token in a host's inventory, if it has any. */
export function consulToken({ vars }: InventoryHost): Secret | undefined {
  const tokens = object(object(vars.consul?.acl).tokens)
  return [tokens.initialManagement, tokens.agent, tokens.default].find((token) => token instanceof Secret)
}

/** A client of a host's own agent. */
export const consulOf = (host: InventoryHost, net: Pick<Net, 'dial'>): Consul => ({
  dial: () => net.dial('127.0.0.1', consulPort(host)),
  token: consulToken(host),
})
