import * as v from 'valibot'
import { pem, secret } from '../../src/index.ts'
import { path, sha256, whole } from '../common/attributes.ts'
import { settingsAttribute } from '../common/settings.ts'
import { OWN } from './settings.ts'

const described = <S extends v.GenericSchema>(schema: S, text: string) => v.pipe(schema, v.description(text))
const version = (text: string) =>
  described(v.pipe(v.string(), v.regex(/^\d+\.\d+\.\d+[\w.+-]*$/, 'a version like 1.21.0')), text)
/** Consul's own names and values. */
const free = (text: string) => described(v.record(v.string(), v.unknown()), text)

const UUID = {
  pattern: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  wanted: 'a UUID in lower case, as uuidgen makes it',
}
const GOSSIP_KEY = {
  pattern: /^([A-Za-z0-9+/]{43}=|[A-Za-z0-9+/]{32}|[A-Za-z0-9+/]{22}==)$/,
  wanted: 'a gossip key of 32, 24 or 16 bytes in base64, as consul keygen makes it',
}
const zip = v.strictObject({
  zip: described(v.string(), 'URL, or path of a local file: consul_VERSION_linux_ARCH.zip as HashiCorp publishes it.'),
  sha256: described(
    v.pipe(v.string(), v.regex(/^[0-9a-fA-F]{64}(\s|$)/, 'a sum of 64 hexadecimal digits')),
    'Its checksum: the line in consul_VERSION_SHA256SUMS.',
  ),
  version: version('Its version: names the directory under /opt.'),
})

const packaged = v.strictObject({
  package: described(
    v.picklist(['consul', 'consul-enterprise']),
    "HashiCorp's Debian package, held so that nothing upgrades it under a running agent.",
  ),
  version: v.optional(
    described(
      v.string(),
      'Version of the package, in apt\'s form (1.21.0-1), or a prefix with a "*". Default: the installed one, else the newest.',
    ),
  ),
  key: described(
    v.string(),
    'Signing key of the repository: URL, or path of a local file. HashiCorp publishes it at https://apt.releases.hashicorp.com/gpg.',
  ),
  keySha256: v.optional(sha256('Checksum of the key; required for a URL.')),
  repository: v.optional(
    described(v.string(), 'The repository, or a mirror of it.'),
    'https://apt.releases.hashicorp.com',
  ),
})

/**
 * The recipe's variables. Consul's reference: https://developer.hashicorp.com/consul/docs/agent/config/config-files.
 */
export const attributes = v.strictObject({
  source: described(
    v.union([zip, packaged]),
    'The source of Consul: its zip with a checksum, or the package in an apt repository.',
  ),
  datacenter: described(
    v.pipe(
      v.string(),
      v.regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'a label of lower-case letters, digits and dashes (RFC 1035)'),
    ),
    'Name of the cluster. It is part of every DNS name and of the stored data, and cannot be changed later.',
  ),
  dataDir: v.optional(
    path("Directory of the state, the Raft log and the node id. (HashiCorp's package uses /opt/consul.)"),
    '/var/lib/consul',
  ),
  encrypt: v.optional(
    secret({
      form: GOSSIP_KEY,
      description: 'Gossip encryption key (consul keygen). Default: none, gossip is not encrypted.',
    }),
  ),
  tls: v.optional(
    described(
      v.strictObject({
        ca: pem('certificates', "Certificate of the CA that signs the servers' certificates."),
        cert: v.optional(
          pem(
            'certificates',
            'Certificate of the agent. Servers need one, with the name server.DATACENTER.consul; clients without one get it from the servers (auto_encrypt).',
          ),
        ),
        key: v.optional(pem('key', 'Its key.')),
      }),
      'TLS between agents, verified in both directions, servers by name. Default: none, calls between agents are not encrypted.',
    ),
  ),
  acl: v.optional(
    described(
      v.strictObject({
        defaultPolicy: v.optional(
          described(
            v.picklist(['deny', 'allow']),
            'What a request without a token may do: nothing, or everything (while a live cluster gets its tokens).',
          ),
          'deny',
        ),
        tokens: v.optional(
          described(
            v.strictObject({
              initialManagement: v.optional(
                secret({
                  form: UUID,
                  description: 'Management token, created by the servers when they bootstrap. Only servers get it.',
                }),
              ),
              agent: v.optional(
                secret({
                  form: UUID,
                  description:
                    "Token for the agent's own operations: node:write for its node, agent:read. Clients with auto_encrypt need it to join.",
                }),
              ),
              default: v.optional(
                secret({
                  form: UUID,
                  description:
                    'Token for requests without one: DNS, and programs on the host. Anyone who reaches port 8500 has its rights.',
                }),
              ),
            }),
            'Tokens, by purpose.',
          ),
          {},
        ),
      }),
      'Access control (ACLs). Default: none, anyone who reaches an agent may do anything.',
    ),
  ),
  raftMultiplier: v.optional(
    whole(
      1,
      10,
      "Servers only: Raft timeouts. 1 is Consul's recommendation for production (an election takes 2 s); Consul's own default of 5 is for very small machines.",
    ),
    1,
  ),
  ports: v.optional(
    described(
      v.strictObject({
        http: v.optional(whole(1, 65535, 'Port of the HTTP API, which health checks use.'), 8500),
        https: v.optional(whole(-1, 65535, 'Port of the HTTPS API; -1 disables it.'), -1),
        dns: v.optional(
          whole(-1, 65535, 'Port of DNS. 53 is possible if nothing else answers DNS at these addresses.'),
          8600,
        ),
      }),
      'Ports for programs on the host. Agents use 8300 and 8301 among themselves; WAN gossip and gRPC are off.',
    ),
    {},
  ),
  clientAddresses: v.optional(
    described(
      v.array(v.pipe(v.string(), v.regex(/^[\da-f.:]+$/, 'an IP address'))),
      "Additional addresses where programs reach the agent besides 127.0.0.1, e.g. the Docker bridge's 172.17.0.1, which need not exist yet (net.ipv4.ip_nonlocal_bind is then set). Default: none.",
    ),
    [],
  ),
  ui: v.optional(described(v.boolean(), 'Servers only: serve the web UI on the HTTP port.'), true),
  logLevel: v.optional(
    described(v.picklist(['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR']), 'Log level. The log goes to the journal.'),
    'INFO',
  ),
  limits: v.optional(
    free(
      'Consul\'s "limits". Default: Consul\'s own, except {"http_max_conns_per_client": 2000} instead of 200, which many watched services exceed.',
    ),
    {},
  ),
  telemetry: v.optional(
    free('Consul\'s "telemetry", e.g. {"prometheus_retention_time": "60s"}. Default: its own.'),
    {},
  ),
  limitNofile: v.optional(
    whole(
      1024,
      1048576,
      "Maximum open files. The package's unit has 65536, but a value above the host's hard limit (20000 in sandbox hosts) prevents the start.",
    ),
    16384,
  ),
  settings: settingsAttribute(
    OWN,
    "Additional configuration in Consul's own JSON, for what no variable covers. Default: none.",
  ),
})

/** The variables, with their defaults. */
export type Attributes = v.InferOutput<typeof attributes>
