import {
  aptRepository,
  archive,
  type Cluster,
  consulPort,
  defineRecipe,
  directory,
  file,
  type Host,
  link,
  pkg,
  type Resource,
  render,
  service,
  systemdUnit,
  user,
} from '../src/index.ts'
import { nonlocalBind } from './consul/addresses.ts'
import { type Attributes, attributes } from './consul/attributes.ts'
import { check, isServer, servers } from './consul/cluster.ts'
import { CONFIG, CONFIG_DIR, config, JOIN, join, SECRETS, SERVICES_DIR, secrets, TLS_DIR } from './consul/config.ts'
import { forget, leave } from './consul/farewell.ts'
import { firstStart } from './consul/first-start.ts'
import { health } from './consul/health.ts'
import { listens } from './consul/ports.ts'
import { refuse } from './consul/refuse.ts'
import { strangers } from './consul/strangers.ts'

/** Where people and programs on the host find consul. */
const PROGRAM = '/usr/local/bin/consul'

/** The host fetches a URL; this machine sends a file. */
const place = (where: string): string | { readonly file: string } => (/^https?:/.test(where) ? where : { file: where })

/** The resources that install the program, what must exist before, and the program's path. */
function release(
  host: Host,
  { source }: Attributes,
): { readonly before: readonly Resource[]; readonly program: readonly Resource[]; readonly path: string } {
  if ('zip' in source) {
    const directory = `/opt/consul-${source.version}`
    return {
      path: PROGRAM,
      before: [pkg('unzip', {})],
      program: [
        archive(directory, { source: place(source.zip), sha256: source.sha256 }),
        link(PROGRAM, { to: `${directory}/consul` }),
      ],
    }
  }
  const { key, keySha256 = '', repository, version } = source
  return {
    path: '/usr/bin/consul',
    before: [
      aptRepository('hashicorp', {
        uris: repository,
        suites: host.facts.codename,
        components: 'main',
        key: /^https?:/.test(key) ? { url: key, sha256: keySha256 } : { file: key },
      }),
    ],
    program: [
      pkg(source.package, { held: true, ...(version === undefined ? {} : { version }) }),
      link(PROGRAM, { ensure: 'absent' }),
    ],
  }
}

function resources(host: Host, cluster: Cluster, attrs: Attributes): readonly Resource[] {
  const server = isServer(host, cluster)
  const { before, program, path } = release(host, attrs)
  // every installation and upgrade of the package gives all files there to the user consul
  const owner = { owner: 'zip' in attrs.source ? 'root' : 'consul', group: 'consul' }
  const access = { ...owner, mode: '0640' }
  const folder = (path: string) => directory(path, { ...owner, mode: '0750' })
  const main = file(CONFIG, {
    content: config(host, attrs, server),
    ...access,
    validate: [path, 'validate', '-quiet', '%s'],
  })
  const secret = secrets(attrs, server)
  const hidden = file(SECRETS, secret === undefined ? { ensure: 'absent' } : { content: secret, ...access })
  const certificates = Object.entries(attrs.tls ?? {}).flatMap(([name, content]) =>
    content === undefined ? [] : [file(`${TLS_DIR}/${name}.pem`, { content, ...access })],
  )
  const unit = systemdUnit('consul.service', {
    content: render('consul/consul.service.ejs', {
      program: path,
      files: [CONFIG, JOIN, ...(secret === undefined ? [] : [SECRETS])],
      services: SERVICES_DIR,
      limitNofile: attrs.limitNofile,
      lowPorts: Object.values(attrs.ports).some((port) => port > 0 && port < 1024),
    }),
  })
  // with access control, every request needs a token
  const first =
    attrs.acl === undefined || Object.keys(attrs.acl.tokens).length > 0 ? firstStart(host, attrs, server) : undefined
  return [
    pkg('curl', {}),
    user('consul', { system: true, home: attrs.dataDir, shell: '/usr/sbin/nologin' }),
    folder(CONFIG_DIR),
    folder(SERVICES_DIR),
    ...before,
    ...program,
    ...(certificates.length === 0 ? [] : [folder(TLS_DIR), ...certificates]),
    main,
    hidden,
    file(JOIN, { content: join(servers(cluster), server), ...access }),
    directory(attrs.dataDir, { owner: 'consul', group: 'consul', mode: '0700' }),
    unit,
    ...nonlocalBind(host, attrs.clientAddresses),
    ...(first === undefined ? [] : [first.before]),
    service('consul', {
      listens: consulPort(host),
      // a changed join list needs no restart: the agent reads it only at its start
      restartOn: [...program, main, hidden, unit],
      reloadOn: certificates,
    }),
    ...(first === undefined ? [] : [first.after]),
  ]
}

/**
 * A Consul agent, from HashiCorp's zip or package, with its own unit: a server if the host has the recipe
 * consul-server, otherwise a client.
 */
export const consul = defineRecipe({
  name: 'consul',
  unit: 'consul.service',
  attributes,
  resources,
  check,
  listens,
  refuse,
  health,
  strangers,
  farewell: { leave, forget },
})
