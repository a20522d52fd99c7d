import * as v from 'valibot'
import { secret } from '../../src/index.ts'
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
const pem = (kind: string) => ({
  pattern: new RegExp(`^\\s*-----BEGIN [A-Z ]*${kind}-----[\\s\\S]+-----END [A-Z ]*${kind}-----\\s*$`),
  wanted: `in PEM form (-----BEGIN … ${kind}-----)`,
})

const zip = v.strictObject({
  zip: described(v.string(), 'URL, or path of a local file: consul_VERSION_linux_ARCH.zip as HashiCorp publishes it.'),
  sha256: described(
    v.pipe(v.string(), v.regex(/^[0-9a-fA-F]{64}(\s|$)/, 'a sum of 64 hexadecimal digits')),
    'Its sum: the line of consul_VERSION_SHA256SUMS.',
  ),
  version: version('Its version: names the directory under /opt.'),
})

const packaged = v.strictObject({
  package: described(
    v.picklist(['consul', 'consul-enterprise']),
    "HashiCorp's Debian package. Held, so that nobody upgrades it under a running agent.",
  ),
  version: v.optional(
    described(
      v.string(),
      'Version of the package, as apt writes it (1.21.0-1), or the beginning of one with a "*". Default: whatever is installed, else the newest.',
    ),
  ),
  key: described(
    v.string(),
    'Key that signs the repository: URL, or path of a local file. HashiCorp publishes it as https://apt.releases.hashicorp.com/gpg.',
  ),
  keySha256: v.optional(sha256('Sum of the key; needed where it is a URL.')),
  repository: v.optional(
    described(v.string(), "The repository, or a mirror of it. Default: HashiCorp's."),
    'https://apt.releases.hashicorp.com',
  ),
})

/**
 * The recipe's variables. Consul's reference: https://developer.hashicorp.com/consul/docs/agent/config/config-files.
 * "Its default" below is what that says.
 */
export const attributes = v.strictObject({
  source: described(
    v.union([zip, packaged]),
    'Where Consul comes from: its zip with its sum, or the package in an apt repository.',
  ),
  datacenter: described(
    v.pipe(
      v.string(),
      v.regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'a label of lower-case letters, digits and dashes (RFC 1035)'),
    ),
    'Name of the cluster: part of every name it answers to, and of what lies in its data. Cannot be changed later.',
  ),
  dataDir: v.optional(path("State, Raft's log, the node's id. Its package uses /opt/consul."), '/var/lib/consul'),
  encrypt: v.optional(
    secret({
      form: GOSSIP_KEY,
      description: 'Key of the gossip between agents (consul keygen). Default: none, the gossip is readable.',
    }),
  ),
  tls: v.optional(
    described(
      v.strictObject({
        ca: secret({
          form: pem('CERTIFICATE'),
          description: 'Certificate of the authority that signs those of the servers.',
        }),
        cert: v.optional(
          secret({
            form: pem('CERTIFICATE'),
            description:
              'Certificate of the agent; of servers with the name server.DATACENTER.consul, needed there. Without one, a client is given one by the servers (auto_encrypt).',
          }),
        ),
        key: v.optional(secret({ form: pem('PRIVATE KEY'), description: 'Its key.' })),
      }),
      'TLS between agents: verified in both directions, and servers by their name. Default: none, calls between agents are readable.',
    ),
  ),
  acl: v.optional(
    described(
      v.strictObject({
        defaultPolicy: v.optional(
          described(
            v.picklist(['deny', 'allow']),
            'What a request without a token may: nothing, or (while a live cluster gets its tokens) everything.',
          ),
          'deny',
        ),
        tokens: v.optional(
          described(
            v.strictObject({
              initialManagement: v.optional(
                secret({
                  form: UUID,
                  description:
                    'Token that may do all, made by the servers at their first bootstrap: no procedure is needed. Only given to servers.',
                }),
              ),
              agent: v.optional(
                secret({
                  form: UUID,
                  description:
                    "Token of the agent's own work: node:write of its node, agent:read. Needed by clients with auto_encrypt before they can join.",
                }),
              ),
              default: v.optional(
                secret({
                  form: UUID,
                  description:
                    'Token of requests that bring none: DNS, and programs on the host. Whoever reaches port 8500 has its rights.',
                }),
              ),
            }),
            'Tokens, by what they are for.',
          ),
          {},
        ),
      }),
      'Access control. Default: none, whoever reaches an agent may do all.',
    ),
  ),
  raftMultiplier: v.optional(
    whole(
      1,
      10,
      "Servers only: how patient they are with their leader. Its default of 5 is for machines of the smallest size; 1 is Consul's advice for production (an election takes 2 s).",
    ),
    1,
  ),
  ports: v.optional(
    described(
      v.strictObject({
        http: v.optional(whole(1, 65535, 'Port of the HTTP interface, which health checks use. Its default.'), 8500),
        https: v.optional(whole(-1, 65535, 'The same with TLS; -1 is off, its default.'), -1),
        dns: v.optional(
          whole(-1, 65535, 'Its default. 53 is possible where nothing else answers DNS at these addresses.'),
          8600,
        ),
      }),
      'Ports for programs on the host. Between agents 8300 and 8301 are used; the WAN gossip and gRPC are off.',
    ),
    {},
  ),
  clientAddresses: v.optional(
    described(
      v.array(v.pipe(v.string(), v.regex(/^[\da-f.:]+$/, 'an IP address'))),
      "Where programs reach the agent beside 127.0.0.1, e.g. the docker bridge's 172.17.0.1, which may come later (net.ipv4.ip_nonlocal_bind is then set). Default: nowhere else.",
    ),
    [],
  ),
  ui: v.optional(
    described(v.boolean(), 'Servers only: the web interface, on the HTTP port. Its default is off.'),
    true,
  ),
  logLevel: v.optional(
    described(v.picklist(['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR']), 'Its default. The log goes to the journal.'),
    'INFO',
  ),
  limits: v.optional(
    free(
      'Consul\'s "limits". Default: its own, but for {"http_max_conns_per_client": 2000}, which many watched services reach first (its default is 200).',
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
      "Files that the agent may have open. Its package's unit says 65536; more than a host's hard limit keeps the unit from starting (20000 in sandbox hosts).",
    ),
    16384,
  ),
  settings: settingsAttribute(
    OWN,
    "Whatever else Consul's configuration has, in its own words, for what no variable says. Default: none.",
  ),
})

/** The variables, with their defaults. */
export type Attributes = v.InferOutput<typeof attributes>
