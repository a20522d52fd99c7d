import * as v from 'valibot'
import { isObject } from '../lib/json.ts'
import { hopsIn, readJump } from '../lib/net/jump.ts'
import type { SshSettings } from '../transport/transport.ts'
import { cloudSchema, hostCloudSchema, roleCloudSchema } from './cloud/schema.ts'
import { text, whole } from './fields/words.ts'

/** A host's name, which is also a DNS label. */
export const HOST_NAME = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/

/** A key among the hosts: a name, or a range of numbered names. */
const HOST_KEY = /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?|([a-z0-9-]{0,61})?[0-9]\.\.[0-9]+)$/

const octet = '(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])'
const label = '[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?'
// The last label of a name contains a letter: otherwise 10.0.0.300 would be a name.
const lastLabel = '([0-9_][0-9_-]*)?[A-Za-z]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?'
const sextet = '[0-9A-Fa-f]{1,4}'
const ipv6 = `(${sextet}:){7}${sextet}|(?=[^.]*::)(?!.*::.*::)((${sextet})?:){2,7}(${sextet})?`

/**
 * An IPv4 or IPv6 address, or a DNS name. It uses only what JSON Schema's patterns support, and no flags, because the
 * JSON Schema contains it too.
 */
export const ADDRESS = new RegExp(`^((${octet}\\.){3}${octet}|${ipv6}|(${label}\\.)*${lastLabel}\\.?)$`)

/** What an address is instead. The parts that `ssh` takes in the same word have keys of their own. */
function noAddress({ input }: { readonly input: string }): string {
  const [, user, host = '', port] = /^(?:ssh:\/\/)?(?:([^@:/]+)@)?(\[[^\]]+\]|[^:@/]+)(?::(\d+))?\/?$/.exec(input) ?? []
  const bare = host.replace(/^\[(.*)\]$/, '$1')
  if (bare === input || !ADDRESS.test(bare)) return 'is neither an IP address nor a name'
  const settings = [...(user ? [`"user": "${user}"`] : []), ...(port ? [`"port": ${port}`] : [])].join(', ')
  return `must be only ${bare}${settings && `; write "ssh": { ${settings} } for the rest`}`
}
const address = (description: string) => v.pipe(v.string(), v.regex(ADDRESS, noAddress), v.description(description))

/** A bastion is an address, a name of ~/.ssh/config, or a host of the file. */
const isBastion = (hop: string): boolean => {
  const host = readJump(hop)?.host
  return host !== undefined && (ADDRESS.test(host) || HOST_NAME.test(host))
}
const noBastion = ({ input }: { readonly input: string }): string =>
  `${JSON.stringify(hopsIn(input).find((hop) => !isBastion(hop)))} is not a bastion: write user@host:port, or the name of a host`

const NO_PASSWORD = 'must be "ask": a password does not belong in a file'

/** How to log in; see {@link SshSettings}. */
const sshSchema = v.object({
  transport: v.exactOptional(
    v.pipe(v.picklist(['ssh', 'local']), v.description('"local" converges this machine, without SSH.')),
  ),
  user: v.exactOptional(
    v.pipe(
      v.string(),
      v.regex(/^[A-Za-z0-9_][^\s@:/]*$/, 'is not a user name'),
      v.description('Login name; default: ~/.ssh/config, then your own.'),
    ),
  ),
  port: v.exactOptional(whole(1, 65535, 'TCP port of sshd; default: ~/.ssh/config, then 22.')),
  identityFile: v.exactOptional(text('Private key: a path relative to this file, or one that starts with / or ~.')),
  proxyJump: v.exactOptional(
    v.pipe(
      text('Bastions, first hop first, separated by commas: user@host:port, or names of hosts in this file; "none".'),
      v.check((jump) => hopsIn(jump).every(isBastion), noBastion),
    ),
  ),
  hostKey: v.exactOptional(
    v.pipe(
      v.string(),
      v.regex(
        /^[a-z0-9][a-z0-9@.-]+ [A-Za-z0-9+/]+={0,2}( .*)?$/,
        'is not a public key as known_hosts has it: "ssh-ed25519 AAAA…"',
      ),
      v.description('The only host key accepted, as in known_hosts: "ssh-ed25519 AAAA…".'),
    ),
  ),
  hostKeyCheck: v.exactOptional(
    v.pipe(
      v.picklist(['strict', 'accept-new']),
      v.description('"strict" (default): the key must be known. "accept-new": an unknown key is recorded.'),
    ),
  ),
  connectTimeout: v.exactOptional(whole(1, 3600, 'Seconds to wait for a login.')),
  retries: v.exactOptional(whole(0, 100, 'How often to retry a failed connection.')),
  keepalive: v.exactOptional(whole(0, 3600, 'Seconds between keepalive messages; 0: none.')),
  // The message must not repeat the value: it may be a password.
  password: v.exactOptional(
    v.pipe(v.literal('ask', NO_PASSWORD), v.description('"ask": prompt once for the login password.')),
  ),
  sudoPassword: v.exactOptional(
    v.pipe(v.literal('ask', NO_PASSWORD), v.description('"ask": prompt once for the sudo password.')),
  ),
})

/** How to reach a host. Checks what the transport accepts. */
export const ssh: v.GenericSchema<unknown, SshSettings> = sshSchema

/** A host needs one of these. The JSON Schema requires the same (scripts/schema.ts). */
export const ADDRESSED = ['address', 'cloud'] as const

/** A host has an address of its own, or gets one from the cloud. */
function addressed<T>({ dataset: { value }, addIssue }: v.RawCheckContext<T>): void {
  if (!isObject(value)) return
  const host = { ...value }
  if (host.address !== undefined || (host.cloud !== undefined && host.cloud !== false)) return
  addIssue({
    message: 'is missing',
    input: undefined,
    path: [{ type: 'object', origin: 'value', input: host, key: 'address', value: undefined }],
  })
}

/**
 * The inventory's schema, the single source for the validator (which accepts any roles and variables) and for the
 * editors' JSON Schema (which knows the built-in ones).
 */
export function inventorySchema<
  Role extends v.GenericSchema,
  Vars extends v.GenericSchema,
  RoleVars extends v.GenericSchema,
>(role: Role, vars: Vars, roles: (settings: v.GenericSchema) => RoleVars) {
  const entries = v.object({
    address: v.exactOptional(address('Where SSH connects: an IP address or a name (~/.ssh/config names work).')),
    privateAddress: v.exactOptional(address("Where the cluster's own traffic goes; default: the address.")),
    roles: v.pipe(v.array(role), v.description("The host's roles, in order.")),
    vars: v.exactOptional(v.pipe(vars, v.description('Variables of this host, by recipe. They override all others.'))),
    ssh: v.exactOptional(v.pipe(sshSchema, v.description('How to log in to this host.'))),
    cloud: v.exactOptional(hostCloudSchema),
    retire: v.exactOptional(
      v.pipe(
        v.boolean(),
        v.description(
          'True: the host is drained, leaves the cluster, and its services end. Afterwards it may be taken out of this file.',
        ),
      ),
    ),
  })
  const host = v.pipe(entries, v.rawCheck(addressed))
  const roleSettings = v.object({
    vars: v.exactOptional(v.pipe(vars, v.description('Variables of all hosts of the role, by recipe.'))),
    ssh: v.exactOptional(v.pipe(sshSchema, v.description('How to log in to hosts of the role.'))),
    cloud: v.exactOptional(roleCloudSchema),
  })
  return v.object({
    $schema: v.exactOptional(v.pipe(v.string(), v.description('The JSON Schema of this file, for editors.'))),
    ssh: v.exactOptional(v.pipe(sshSchema, v.description('How to log in, unless a role or host says otherwise.'))),
    vars: v.exactOptional(v.pipe(vars, v.description('Variables of all hosts, by recipe.'))),
    cloud: v.exactOptional(cloudSchema),
    roles: v.exactOptional(
      v.pipe(roles(roleSettings), v.description('Settings by role. Of several roles of a host, the later one wins.')),
    ),
    hosts: v.pipe(
      v.record(
        v.pipe(v.string(), v.regex(HOST_KEY, 'is not a host name: lower-case letters, digits and dashes')),
        host,
      ),
      v.description('The hosts, by name: lower-case letters, digits, dashes; "slave-1..6" is six hosts.'),
    ),
  })
}

const anyVars = v.record(v.string(), v.record(v.string(), v.unknown()))

/** The schema that the validator applies, before it consults roles and recipes. */
export const fileSchema = inventorySchema(v.string(), anyVars, (settings) => v.record(v.string(), settings))
