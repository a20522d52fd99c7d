import { isIP } from 'node:net'
import * as v from 'valibot'
import {
  type Cluster,
  defineRecipe,
  directory,
  file,
  hostsFile,
  pkg,
  type Resource,
  service,
  sysctl,
} from '../src/index.ts'

const attributes = v.strictObject({
  domain: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[a-z0-9.-]+$/, 'a domain name in lower case'),
      v.description('If set, each host also has the name NAME.DOMAIN. Default: none.'),
    ),
  ),
  hosts: v.optional(
    v.pipe(
      v.record(v.string(), v.array(v.string())),
      v.description('Additional entries for /etc/hosts: addresses with their names. Default: none.'),
    ),
    {},
  ),
  tools: v.optional(
    v.pipe(v.array(v.string()), v.description('Packages that recipes and people expect on every host.')),
    ['bash', 'ca-certificates', 'curl', 'tar', 'unzip'],
  ),
  timeSync: v.optional(
    v.pipe(
      v.picklist(['chrony', 'none']),
      v.description('What synchronises the clock: chrony (the default), or "none" if something else does.'),
    ),
    'chrony',
  ),
  timeServers: v.optional(
    v.pipe(
      v.array(v.pipe(v.string(), v.regex(/^[\w.:-]+$/, 'a name or an address'))),
      v.description('Additional NTP servers (on EC2: 169.254.169.123). Default: none.'),
    ),
    [],
  ),
  sysctl: v.optional(
    v.pipe(
      v.record(v.string(), v.union([v.string(), v.number()])),
      v.description("Kernel parameters. The default is the kernel's own since 5.4."),
    ),
    { 'net.core.somaxconn': 4096 },
  ),
})

type Attributes = v.InferOutput<typeof attributes>

/**
 * The lines of /etc/hosts: every host whose private address is an IP address (a name needs no line), sorted by name, so
 * that all hosts get the same bytes.
 */
export function hostEntries(cluster: Cluster, { domain, hosts }: Pick<Attributes, 'domain' | 'hosts'>) {
  const ours = cluster.hosts
    .filter(({ retire }) => retire !== true)
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .filter((host) => isIP(host.privateAddress) !== 0)
    .map((host) => ({
      address: host.privateAddress,
      names: domain === undefined ? [host.name] : [`${host.name}.${domain}`, host.name],
    }))
  return [...ours, ...Object.entries(hosts).map(([address, names]) => ({ address, names }))]
}

function timeSync({ timeServers }: Attributes): readonly Resource[] {
  const sources = file('/etc/chrony/sources.d/provision.sources', {
    ...(timeServers.length === 0
      ? { ensure: 'absent' }
      : { content: timeServers.map((server) => `server ${server} iburst\n`).join('') }),
  })
  return [
    // They exclude each other, and an installation must not remove packages that nobody named.
    pkg('systemd-timesyncd', { ensure: 'absent' }),
    pkg('chrony', {}),
    sources,
    service('chrony', { restartOn: [sources] }),
  ]
}

/** The base of every host in a cluster: names, tools, the right time. */
export const base = defineRecipe({
  name: 'base',
  attributes,
  resources: (_host, cluster, attrs) => [
    // Before the hosts file: cloud-init may rewrite that at every boot.
    directory('/etc/cloud', {}),
    directory('/etc/cloud/cloud.cfg.d', {}),
    file('/etc/cloud/cloud.cfg.d/99-provision.cfg', { content: 'manage_etc_hosts: false\n' }),
    // Without 127.0.1.1: if its name resolves to a loopback address, ZooKeeper and Mesos listen there.
    hostsFile('/etc/hosts', { entries: hostEntries(cluster, attrs) }),
    ...attrs.tools.map((name) => pkg(name, {})),
    ...(attrs.timeSync === 'chrony' ? timeSync(attrs) : []),
    ...Object.entries(attrs.sysctl).map(([name, value]) => sysctl(name, { value })),
  ],
})
