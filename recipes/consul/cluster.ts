import { type Cluster, type Consul, type InventoryHost, type Mistake, memberMistake } from '../../src/index.ts'
import { addressMistakes } from '../common/facts.ts'
import { varsOf } from '../common/host.ts'
import { deafContainers } from './addresses.ts'
import type { Attributes } from './attributes.ts'

/** An agent's variables; unvalidated, because `check` runs on hosts that may have mistakes. */
export const vars = (host: InventoryHost): Partial<Attributes> => varsOf(host, 'consul')

/** All servers, by name. */
export const servers = (cluster: Cluster): readonly InventoryHost[] => cluster.withRecipe('consul-server')

/** Is a host one of the servers? */
export const isServer = (host: Pick<InventoryHost, 'name'>, cluster: Cluster): boolean =>
  servers(cluster).some(({ name }) => name === host.name)

/** May the agent be asked questions that require a token? */
export const mayAsk = (host: InventoryHost, { token }: Consul): boolean =>
  vars(host).acl === undefined || token !== undefined

/** How messages show a variable; of secrets, and of variables that contain any, only whether they are set. */
function said(name: keyof Attributes, value: unknown): string {
  if (value === undefined) return 'none'
  return name === 'datacenter' ? JSON.stringify(value) : 'one'
}

/** Variables that all agents of a cluster must share. */
const AGREED: readonly (readonly [keyof Attributes, why: string])[] = [
  ['datacenter', 'agents of one cluster are in one datacenter'],
  ['encrypt', 'agents with a gossip key and agents without one do not hear each other'],
  ['tls', 'servers with TLS do not answer agents without it'],
  ['acl', 'access control is of a cluster, not of an agent'],
]

/** Agents that could never form one cluster, and servers without the settings that a server needs. */
export function check(cluster: Cluster): readonly Mistake[] {
  const agents = cluster.withRecipe('consul')
  const [first] = agents
  if (first === undefined) return []
  const mistakes: Mistake[] = [...addressMistakes(cluster, 'consul', 'Consul')]
  const at = (host: InventoryHost, where: string, message: string) =>
    mistakes.push({ path: `hosts.${host.name}.${where}`, message })
  if (servers(cluster).length === 0)
    at(first, 'roles', 'runs a Consul agent, and no host is a server: give one, three or five the role consul-server')
  for (const host of agents) {
    for (const [name, why] of AGREED) {
      const [own, others] = [said(name, vars(host)[name]), said(name, vars(first)[name])]
      if (own !== others) at(host, `vars.consul.${name}`, `here it is ${own}, on ${first.name} ${others}: ${why}`)
    }
    const { source, settings } = vars(host)
    const deaf = deafContainers(host, cluster, settings)
    if (deaf !== undefined) at(host, 'vars.consul.settings.recursors', deaf)
    if (source !== undefined && 'key' in source && /^https?:/.test(source.key) && source.keySha256 === undefined)
      at(host, 'vars.consul.source.keySha256', 'is missing: a key that is fetched is known by its sum')
    for (const { where, says } of wrongTls(host, isServer(host, cluster))) at(host, `vars.consul.${where}`, says)
  }
  return mistakes
}

/** What is wrong with the certificates of an agent. */
function wrongTls(host: InventoryHost, server: boolean): readonly { readonly where: string; readonly says: string }[] {
  const { tls, datacenter } = vars(host)
  if (tls === undefined) return []
  const { ca, cert, key } = tls
  if (cert === undefined && key === undefined)
    return server ? [{ where: 'tls', says: 'a server needs cert and key' }] : []
  if (cert === undefined || key === undefined)
    return [{ where: 'tls', says: 'has one of cert and key: give both, or none' }]
  // agents know servers by this name
  const wrong = memberMistake({ ca, cert, key }, server ? `server.${datacenter}.consul` : undefined)
  return wrong === undefined ? [] : [{ where: `tls.${wrong.at}`, says: wrong.says }]
}
