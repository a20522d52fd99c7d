import {
  type Cluster,
  consulMembers,
  consulOf,
  type Host,
  type Net,
  type Refusal,
  type Script,
  type Secret,
  type Step,
  sh,
  validityIn,
} from '../../src/index.ts'
import { type Dated, refuseInvalid } from '../common/certificates.ts'
import { changedValues } from '../common/contents.ts'
import { foreignAddress, hasAddress } from '../common/facts.ts'
import { portsTaken } from '../common/ports.ts'
import { bridgeOf, isAny } from './addresses.ts'
import { vars } from './cluster.ts'
import { CONFIG, SECRETS, TLS_DIR } from './config.ts'
import { listens } from './ports.ts'
import { besideServers } from './upgrade.ts'

/** The settings in consul.json that are strings. */
function readSettings(text: string): ReadonlyMap<string, string> {
  try {
    return new Map(
      Object.entries<unknown>(JSON.parse(text)).filter(
        (entry): entry is [string, string] => typeof entry[1] === 'string',
      ),
    )
  } catch {
    return new Map() // absent, or written by a person in another format
  }
}

/** A setting's old and new value; undefined if it does not change. */
export function changed(
  steps: readonly Step[],
  setting: string,
): { readonly from: string; readonly to: string } | undefined {
  const { from, to } = changedValues(steps, CONFIG, readSettings).get(setting) ?? {}
  return from === undefined || to === undefined ? undefined : { from, to }
}

/**
 * sh that compares the agent's own keyring, which overrides its configuration, with the wanted gossip key: `new` (the
 * agent has no data yet), `none` (it runs without a key), `has` (it has the key), `other`.
 */
export const keyring = (dataDir: string, encrypt: Secret): Script => sh`
  wanted=${encrypt} keyring=${dataDir}/serf/local.keyring
  if [ ! -d ${dataDir}/serf ]; then echo new
  elif [ ! -s "$keyring" ]; then echo none
  else case $(cat "$keyring") in *"\"$wanted\""*) echo has ;; *) echo other ;; esac
  fi`

const TO_DO = 'See "To change the gossip key" in the documents.'

/** Refuses a node id that another host of the inventory has, because this host was copied from it. */
function copied(host: Host, cluster: Cluster, steps: readonly Step[]): readonly Refusal[] {
  const from = changed(steps, 'node_name')?.from
  const address = changed(steps, 'bind_addr')?.from
  const other = cluster
    .withRecipe('consul')
    .find(({ name, privateAddress }) => name === from && privateAddress === address)
  if (other === undefined || other.name === host.name) return []
  return [
    {
      refusal: 'consul-node-id',
      reason: `This host was made from the disk of ${other.name}, and would displace it in the catalogue: both have the same node id.`,
      remedy: `Run on this host: systemctl stop consul; rm -rf ${vars(host).dataDir}/node-id ${vars(host).dataDir}/serf ${vars(host).dataDir}/raft`,
      changes: [],
    },
  ]
}

/** Refuses a new name that an agent on another machine has, as after two hosts' addresses were swapped. */
async function taken(host: Host, steps: readonly Step[], net: Net): Promise<readonly Refusal[]> {
  const from = changed(steps, 'node_name')?.from
  if (from === undefined) return []
  const members = await consulMembers(consulOf(host, net)).catch(() => [])
  const other = members.find(
    ({ name, status, address }) => name === host.name && address !== host.privateAddress && status === 'alive',
  )
  if (other === undefined) return []
  return [
    {
      refusal: 'consul-node-name',
      reason: `This host is ${from} in Consul, and would become ${host.name}, which runs at ${other.address}: no two nodes may have a name, even for a moment.`,
      remedy: 'If addresses were mixed up in the inventory, put them back. Otherwise, give this host another name.',
      changes: [],
    },
  ]
}

/** The certificates of an agent. */
function datedTls(host: Host): readonly Dated[] {
  const { ca, cert } = vars(host).tls ?? {}
  return [
    ...(ca === undefined ? [] : [{ what: "The CA of Consul's agents", path: `${TLS_DIR}/ca.pem`, ...validityIn(ca) }]),
    ...(cert === undefined
      ? []
      : [{ what: "The agent's certificate", path: `${TLS_DIR}/cert.pem`, ...validityIn(cert) }]),
  ]
}

/** Refuses client addresses that no interface has, and that Docker will not create either. */
function foreignClients(host: Host, cluster: Cluster): readonly Refusal[] {
  const foreign = (vars(host).clientAddresses ?? []).filter(
    (address) => !hasAddress(host, address) && !isAny(address) && !bridgeOf(host, cluster).includes(address),
  )
  if (foreign.length === 0 || host.facts.addresses.length === 0) return []
  return [
    {
      refusal: 'consul-client-address',
      reason: `hosts.${host.name}.vars.consul.clientAddresses: ${foreign.join(', ')} is not an address of this host, which has ${host.facts.addresses.join(', ')}.`,
      remedy: 'Remove it, or allow it if the address will exist later.',
      changes: [],
    },
  ]
}

/**
 * Refuses another datacenter or data directory for a running agent, a gossip key that would lock it out, and addresses
 * and ports that it cannot have.
 */
export async function refuse(
  host: Host,
  cluster: Cluster,
  steps: readonly Step[],
  net: Net,
): Promise<readonly Refusal[]> {
  const refusals: Refusal[] = [
    ...foreignAddress(host),
    ...foreignClients(host, cluster),
    ...copied(host, cluster, steps),
    ...(await taken(host, steps, net)),
    ...refuseInvalid(datedTls(host), steps, Date.now() / 1000),
    ...(await besideServers(host, cluster, steps, net)),
    ...(await portsTaken(net, steps, 'consul', listens(host, cluster))),
  ]
  const datacenter = changed(steps, 'datacenter')
  if (datacenter !== undefined)
    refusals.push({
      refusal: 'consul-datacenter',
      reason: `The datacenter would change from ${datacenter.from} to ${datacenter.to}: an agent does not join a datacenter other than that of its data.`,
      remedy: `Set vars.consul.datacenter to ${datacenter.from}, or give all agents empty data directories.`,
      changes: [],
    })
  const data = changed(steps, 'data_dir')
  if (data !== undefined)
    refusals.push({
      refusal: 'consul-data',
      reason: `The data directory would change from ${data.from} to ${data.to}, and its content would be left behind.`,
      remedy: 'Stop the agent and move its data, then allow it.',
      changes: [],
    })
  const { dataDir = '', encrypt } = vars(host)
  if (encrypt !== undefined && steps.some(({ name }) => name === SECRETS)) {
    const is = (await net.read(keyring(dataDir, encrypt))).trim()
    if (is === 'other')
      refusals.push({
        refusal: 'consul-encrypt',
        reason: 'The agent has another gossip key in its keyring: with a new one it would no longer hear the others.',
        remedy: `Rotate the key on the cluster while it runs, then set vars.consul.encrypt. ${TO_DO}`,
        changes: [],
      })
    if (is === 'none')
      refusals.push({
        refusal: 'consul-encrypt',
        reason: 'The agent runs without a gossip key: the first ones that have one would no longer hear the others.',
        remedy: `Turn it on in three steps. ${TO_DO}`,
        changes: [],
      })
  }
  return refusals
}
