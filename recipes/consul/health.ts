import { setTimeout as sleep } from 'node:timers/promises'
import {
  type Cluster,
  type Consul,
  ConsulError,
  consulLeader,
  consulMembers,
  consulNode,
  consulOf,
  consulPort,
  type Health,
  type InventoryHost,
  type Net,
  TransportError,
  unitState,
  whyDown,
} from '../../src/index.ts'
import { certificatesAt, ending, validityAt } from '../common/certificates.ts'
import { isUp } from '../common/down.ts'
import { isServer, mayAsk, servers, vars } from './cluster.ts'
import { TLS_DIR } from './config.ts'

/** The variable with the agent's own token. */
export const AGENT_TOKEN = 'vars.consul.acl.tokens.agent'

/** What the agent says about its leader: its address, that there is none, or why the agent does not answer. */
export type Lead =
  | { readonly leader: string }
  | { readonly red: Health }
  | { readonly leaderless: string /** Not even a server answers it. */; readonly alone: boolean }

/** A leader is known, and does not answer: it has just died, or is cut off, and the others have not noticed yet. */
export const LEADER_SILENT = "the servers' leader does not answer"

/** Asks the host's agent who leads. @throws an error that is not about the agent's own state */
export async function lead(host: InventoryHost, consul: Consul, net: Net): Promise<Lead> {
  try {
    const leader = await consulLeader(consul)
    return leader === undefined ? { leaderless: 'the servers have no leader', alone: false } : { leader }
  } catch (error) {
    if (error instanceof TransportError && error.failure === 'refused')
      return { red: { green: false, down: true, says: await whyClosed(consulPort(host), net) } }
    if (error instanceof ConsulError && error.status === 500) return { leaderless: 'no server answers it', alone: true }
    throw error
  }
}

/** The reason, from its log, why a running agent does not serve. */
async function whyClosed(port: number, net: Net): Promise<string> {
  const unit = await unitState(net, 'consul')
  if (isUp(unit.state)) return `starts, and port ${port} refuses yet${unit.words === '' ? '' : `: ${unit.words}`}`
  return `not running: port ${port} refuses${whyDown(unit)}`
}

/** How many milliseconds a server may take to accept a connection. One that is off never refuses it. */
const LATE = 2000

/** How many servers accept connections from this host. */
async function answering(cluster: Cluster, net: Net): Promise<number> {
  const accepts = ({ privateAddress }: InventoryHost): Promise<boolean> =>
    net.dial(privateAddress, 8300).then(
      (connection) => connection.destroy() !== undefined,
      () => false,
    )
  const all = await Promise.all(
    servers(cluster).map((server) => Promise.race([accepts(server), sleep(LATE, false, { ref: false })])),
  )
  return all.filter(Boolean).length
}

/** Why the catalogue does not recognise this agent. */
async function notKnown(host: InventoryHost, consul: Consul): Promise<string | undefined> {
  if (!mayAsk(host, consul)) return undefined
  const members = await consulMembers(consul)
  const own = members.find(({ name }) => name === host.name)
  if (own === undefined || own.id === '') return undefined
  const twin = members.find(({ name, id, status }) => id === own.id && name !== host.name && status !== 'left')
  if (twin !== undefined)
    return `has the node id of ${twin.name}, too, as a copy of its disk has: on the copy, run systemctl stop consul; rm ${vars(host).dataDir}/node-id; systemctl start consul`
  const known = await consulNode(consul, host.name)
  if (known === undefined) return 'the catalogue does not have it yet'
  return known.id === own.id ? undefined : `the catalogue has another node of this name (${known.id.slice(0, 8)})`
}

/** A server's agent: the rest is its own recipe's. */
const AGENT: Health = { green: true, says: 'agent' }

/** A client whose servers have no leader, or do not answer it. */
async function lonely(
  { leaderless, alone }: Extract<Lead, { leaderless: string }>,
  cluster: Cluster,
  net: Net,
): Promise<Health> {
  const n = servers(cluster).length
  const some = await answering(cluster, net)
  if (some > n / 2 && alone)
    return {
      green: false,
      says: `knows no server, though ${some} of ${n} answer this host: another gossip key, certificate or token?`,
    }
  return { green: false, says: leaderless, waitsFor: 'consul-server' }
}

/**
 * An agent is healthy if it knows a leader, and the catalogue recognises it. For a server that is all: its own recipe
 * reports the server's health. A client whose servers are away is unhealthy, but not by its own fault.
 */
async function ofAgent(host: InventoryHost, cluster: Cluster, net: Net): Promise<Health> {
  const consul = consulOf(host, net)
  const found = await lead(host, consul, net)
  const server = isServer(host, cluster)
  if ('red' in found) {
    // a client that gets its certificate from the servers does not listen until they answer
    const waits =
      !server &&
      vars(host).tls !== undefined &&
      vars(host).tls?.cert === undefined &&
      (await answering(cluster, net)) === 0
    return waits ? { ...found.red, waitsFor: 'consul-server' } : found.red
  }
  if ('leaderless' in found) return server ? AGENT : lonely(found, cluster, net)
  try {
    const why = await notKnown(host, consul)
    if (why !== undefined) return { green: false, says: why }
  } catch (error) {
    if (!(error instanceof ConsulError)) throw error
    if (error.leaderSilent) return server ? AGENT : { green: false, says: LEADER_SILENT, waitsFor: 'consul-server' }
    if (error.status !== 403) throw error
    return {
      green: false,
      variable: AGENT_TOKEN,
      says: `Consul refuses the agent's token, ${AGENT_TOKEN}: ${error.message}`,
    }
  }
  return server ? AGENT : { green: true, says: 'client' }
}

/** The agent's health, with what is to be said of the certificates that it has. */
export async function health(host: InventoryHost, cluster: Cluster, net: Net): Promise<Health> {
  const own = await ofAgent(host, cluster, net)
  const tls = vars(host).tls
  if (!own.green || tls === undefined) return own
  const files = [
    { what: "the CA of Consul's agents", path: `${TLS_DIR}/ca.pem` },
    ...(tls.cert === undefined ? [] : [{ what: "the agent's certificate", path: `${TLS_DIR}/cert.pem` }]),
  ]
  const printed = await net.read(certificatesAt(files.map(({ path }) => path)))
  const found = files.flatMap((each) => {
    const is = validityAt(printed, each.path)
    return is === undefined ? [] : [{ ...each, ...is }]
  })
  const { says, red } = ending(found, Date.now() / 1000)
  return says === '' ? own : { ...own, green: !red, outside: true, says: `${own.says}; ${says}` }
}
