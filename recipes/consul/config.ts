import { isIPv6 } from 'node:net'
import { consulPort, type InventoryHost, render, type Secret } from '../../src/index.ts'
import { merge, type Settings } from '../common/settings.ts'
import { listensAt } from './addresses.ts'
import type { Attributes } from './attributes.ts'

/**
 * The configuration's folder. The agent's command line names each file, so that it ignores others there (a packager's
 * own).
 */
export const CONFIG_DIR = '/etc/consul.d'
/** The user's own services: the agent reads every `.json` in it. */
export const SERVICES_DIR = `${CONFIG_DIR}/services`
/** The part without secrets. */
export const CONFIG = `${CONFIG_DIR}/consul.json`
/**
 * Settings that an agent reads only when it starts, and a server only while it has no data: changing them needs no
 * restart.
 */
export const JOIN = `${CONFIG_DIR}/join.json`
/** The gossip key and tokens. */
export const SECRETS = `${CONFIG_DIR}/secrets.json`
/** Certificates. */
export const TLS_DIR = `${CONFIG_DIR}/tls`

/**
 * Connections per address, over HTTP. Everything that watches Consul on a host uses the same address, and
 * consul-template has a connection per app; the default is 200.
 */
const CONNECTIONS = 2000

const text = (value: Settings): string => `${JSON.stringify(value, null, 2)}\n`

/** The agent's configuration. */
export function config(host: InventoryHost, attrs: Attributes, server: boolean): string {
  const { acl, tls, ports, limits, telemetry } = attrs
  const ours: Settings = {
    datacenter: attrs.datacenter,
    node_name: host.name,
    server,
    data_dir: attrs.dataDir,
    bind_addr: host.privateAddress,
    advertise_addr: host.privateAddress,
    client_addr: listensAt(attrs.clientAddresses).join(' '),
    // gRPC is for service meshes, the WAN gossip for several datacenters; every server would listen for both
    ports: {
      http: consulPort(host),
      https: ports.https ?? -1,
      dns: ports.dns ?? 8600,
      grpc: -1,
      grpc_tls: -1,
      serf_wan: -1,
    },
    retry_interval: '3s',
    // A client's default is true: with every restart of its agent, a host's services would vanish from all balancers.
    leave_on_terminate: false,
    skip_leave_on_interrupt: true,
    disable_update_check: true,
    log_level: attrs.logLevel,
    ...(server ? { performance: { raft_multiplier: attrs.raftMultiplier }, ui_config: { enabled: attrs.ui } } : {}),
    ...(acl === undefined
      ? {}
      : { acl: { enabled: true, default_policy: acl.defaultPolicy, down_policy: 'extend-cache' } }),
    ...(tls === undefined ? {} : tlsSettings(tls, server)),
    limits: { http_max_conns_per_client: CONNECTIONS, ...limits },
    ...(Object.keys(telemetry).length > 0 ? { telemetry } : {}),
  }
  return text(merge(ours, attrs.settings))
}

function tlsSettings({ cert }: NonNullable<Attributes['tls']>, server: boolean): Settings {
  const own = cert === undefined ? {} : { cert_file: `${TLS_DIR}/cert.pem`, key_file: `${TLS_DIR}/key.pem` }
  // an agent without its own certificate requests one from the servers
  const asks = cert === undefined ? { auto_encrypt: { tls: true } } : {}
  return {
    tls: {
      defaults: { ca_file: `${TLS_DIR}/ca.pem`, ...own, verify_incoming: server, verify_outgoing: true },
      internal_rpc: { verify_server_hostname: true },
      // programs on the host have no certificates
      ...(server ? { https: { verify_incoming: false } } : {}),
    },
    ...(server ? { auto_encrypt: { allow_tls: true } } : asks),
  }
}

/**
 * How agents find the servers, sorted by name, so that all hosts get the same bytes; that a server also joins itself is
 * harmless.
 */
export function join(servers: readonly InventoryHost[], server: boolean): string {
  const retry_join = servers.map(({ privateAddress }) =>
    isIPv6(privateAddress) ? `[${privateAddress}]` : privateAddress,
  )
  const n = servers.length
  // min_quorum: a server that is away remains a voter until another has taken its place. Without it, autopilot removes
  // the server after some ten seconds, and of three servers the remaining two must then both stay up.
  return text(server ? { bootstrap_expect: n, autopilot: { min_quorum: n }, retry_join } : { retry_join })
}

/** The gossip key and tokens; undefined if there are none. */
export function secrets({ encrypt, acl }: Attributes, server: boolean): string | Secret | undefined {
  const { initialManagement, agent, default: standard } = acl?.tokens ?? {}
  const tokens = [
    { name: 'initial_management', value: server ? initialManagement : undefined },
    { name: 'agent', value: agent },
    { name: 'default', value: standard },
  ].filter(({ value }) => value !== undefined)
  if (encrypt === undefined && tokens.length === 0) return undefined
  return render('consul/secrets.json.ejs', { encrypt: encrypt ?? '', tokens })
}
