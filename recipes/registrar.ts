import { isIPv6 } from 'node:net'
import {
  agentHostname,
  archive,
  type Cluster,
  defineRecipe,
  directory,
  file,
  type Host,
  type InventoryHost,
  type Mistake,
  marathonCredentials,
  marathonPort,
  PORTS,
  pkg,
  type Resource,
  registrarProgram,
  render,
  type Secret,
  service,
  systemdUnit,
  user,
} from '../src/index.ts'
import { varsOf } from './common/host.ts'
import { missingTokens } from './consul/token.ts'
import { type Attributes, attributes } from './registrar/attributes.ts'
import { health, STATUS } from './registrar/health.ts'

const USER = 'provision-registrar'
const PROGRAM = '/usr/local/lib/provision/registrar.mjs'
const FOLDER = '/etc/provision-registrar'
const CONFIG = `${FOLDER}/registrar.json`
const CREDENTIALS = `${FOLDER}/marathon.credentials`
const TOKEN = `${FOLDER}/consul.token`

const at = (address: string, port: number): string => `http://${isIPv6(address) ? `[${address}]` : address}:${port}`

/** The credentials for Marathon: those of Marathon's own recipe work here. */
const credentialsOf = (cluster: Cluster, { credentials }: Attributes): Secret | undefined =>
  credentials ?? marathonCredentials(cluster)

/** The configuration file: addresses of everything, and the paths of secrets. */
export function configuration(host: InventoryHost, cluster: Cluster, attrs: Attributes) {
  const { name, privateAddress } = host
  const { cluster: of, marathon, agent, consul, consulToken, reconcileSeconds, debounceMs } = attrs
  const hostnames = attrs.hostnames ?? [...new Set([agentHostname(host), privateAddress, name])]
  return {
    cluster: of,
    address: privateAddress,
    hostnames,
    marathon: marathon ?? cluster.withRecipe('marathon').map((host) => at(host.privateAddress, marathonPort(host))),
    ...(credentialsOf(cluster, attrs) === undefined ? {} : { credentials: CREDENTIALS }),
    consul,
    ...(consulToken === undefined ? {} : { consulToken: TOKEN }),
    agent: agent ?? at(privateAddress, PORTS.mesosAgent),
    status: STATUS,
    reconcileSeconds,
    debounceMs,
  }
}

/** The resources that install Node, and its path. */
function runtime({ node }: Attributes): { readonly resources: readonly Resource[]; readonly path: string } {
  if (node === 'debian') return { resources: [pkg('nodejs', {})], path: '/usr/bin/node' }
  const folder = `/opt/node-${node.version}`
  const source = /^https?:/.test(node.tarball) ? node.tarball : { file: node.tarball }
  return {
    resources: [pkg('xz-utils', {}), archive(folder, { source, sha256: node.sha256, strip: 1 })],
    path: `${folder}/bin/node`,
  }
}

function resources(host: Host, cluster: Cluster, attrs: Attributes): readonly Resource[] {
  const { resources: node, path } = runtime(attrs)
  const readable = { group: USER, mode: '0640' }
  const program = file(PROGRAM, { content: registrarProgram() })
  const config = file(CONFIG, {
    content: `${JSON.stringify(configuration(host, cluster, attrs), null, 2)}\n`,
    ...readable,
  })
  const secret = (path: string, content: Secret | undefined) =>
    file(path, content === undefined ? { ensure: 'absent' } : { content, ...readable })
  const unit = systemdUnit('provision-registrar.service', {
    content: render('registrar/provision-registrar.service.ejs', {
      user: USER,
      node: path,
      program: PROGRAM,
      config: CONFIG,
      caFile: attrs.caFile ?? '',
      memoryMb: attrs.memoryMb,
    }),
  })
  return [
    ...node,
    user(USER, { system: true, home: '/nonexistent', shell: '/usr/sbin/nologin' }),
    directory('/usr/local/lib/provision', {}),
    program,
    directory(FOLDER, { group: USER, mode: '0750' }),
    // read again for each request, so a change needs no restart
    secret(CREDENTIALS, credentialsOf(cluster, attrs)),
    secret(TOKEN, attrs.consulToken),
    config,
    unit,
    // An update of Debian's Node package causes no restart: it takes effect with the next one.
    service('provision-registrar', {
      restartOn: [...node.filter(({ type }) => type.name === 'archive'), program, config, unit],
    }),
  ]
}

/** Without a Marathon, there is nothing to follow. */
function withoutMarathon(cluster: Cluster): readonly Mistake[] {
  if (cluster.withRecipe('marathon').length > 0) return []
  return cluster
    .withRecipe('registrar')
    .filter((host) => host.vars.registrar?.marathon === undefined)
    .map((host) => ({
      path: `hosts.${host.name}.vars.registrar.marathon`,
      message: 'is missing: no host runs marathon, so give its address, ["http://ADDRESS:8080"]',
    }))
}

const check = (cluster: Cluster): readonly Mistake[] => [
  ...withoutMarathon(cluster),
  ...missingTokens(cluster, 'registrar', 'consulToken', 'service:write of all that it registers'),
]

/** The registrar: keeps the local Consul agent's services in line with Marathon's tasks on this slave. */
export const registrar = defineRecipe({
  name: 'registrar',
  unit: 'provision-registrar.service',
  attributes,
  resources,
  check,
  health: (host, _cluster, net) => health(net, varsOf<Attributes>(host, 'registrar')),
})
