import {
  archive,
  type Cluster,
  defineRecipe,
  directory,
  file,
  type Host,
  haproxyHardStop,
  link,
  type Mistake,
  pkg,
  type Resource,
  render,
  service,
  systemdUnit,
  template,
} from '../src/index.ts'
import { varsOf } from './common/host.ts'
import { missingTokens } from './consul/token.ts'
import { type Attributes, attributes } from './consul-template/attributes.ts'
import { health } from './consul-template/health.ts'
import type { Attributes as Haproxy } from './haproxy/attributes.ts'
import { PATHS } from './haproxy/paths.ts'
import { UNSET } from './haproxy/site.ts'

const CONFIG = '/etc/consul-template/consul-template.hcl'
const TOKEN = '/etc/consul-template/token'
const PROGRAM = '/usr/local/bin/consul-template'

/** Protects a user's own lines from consul-template, which would read them as a template. */
const literal = (lines: readonly string[]): readonly string[] => lines.map((line) => line.replaceAll('{{', '{{"{{"}}'))

/** The template's variables: those of HAProxy, with only the paths of certificates. */
function templateVars({ tls, extra, ...haproxy }: Haproxy, privateAddress: string) {
  const { global, defaults, frontend, sections } = extra
  return {
    ...UNSET,
    ...haproxy,
    hardStopSeconds: haproxyHardStop(haproxy),
    privateAddress,
    certs: PATHS.certs,
    defaultBackend: haproxy.defaultBackend ?? '',
    tls: tls && { ...tls, certificates: tls.certificates.map(({ name }) => ({ name })) },
    extra: {
      global: literal(global),
      defaults: literal(defaults),
      frontend: literal(frontend),
      sections: literal(sections),
    },
  }
}

/** The cluster whose services to use: another cluster may share the same Consul. */
const clusterOf = ({ vars }: Host): string =>
  typeof vars.registrar?.cluster === 'string' ? vars.registrar.cluster : 'main'

function resources(host: Host, _cluster: Cluster, attrs: Attributes): readonly Resource[] {
  const { source, token, consul, logLevel, wait } = attrs
  const haproxy = varsOf<Haproxy>(host, 'haproxy')
  const folder = `/opt/consul-template-${source.version}`
  const place = /^https?:/.test(source.zip) ? source.zip : { file: source.zip }
  const release = archive(folder, { source: place, sha256: source.sha256 })
  const program = link(PROGRAM, { to: `${folder}/consul-template` })
  const secret = file(TOKEN, token === undefined ? { ensure: 'absent' } : { content: token })
  const config = template(CONFIG, {
    from: 'consul-template/consul-template.hcl.ejs',
    vars: { ...PATHS, consul, logLevel, wait, source: PATHS.template, tokenFile: token === undefined ? '' : TOKEN },
  })
  const rendered = template(PATHS.template, {
    from: 'consul-template/haproxy.ctmpl.ejs',
    vars: { ...templateVars(haproxy, host.privateAddress), cluster: clusterOf(host) },
  })
  const unit = systemdUnit('consul-template.service', {
    content: render('consul-template/consul-template.service.ejs', { ...PATHS, program: PROGRAM, config: CONFIG }),
  })
  return [
    pkg('unzip', {}),
    release,
    program,
    directory('/etc/consul-template', {}),
    directory('/var/lib/consul-template', { mode: '0755' }),
    secret,
    config,
    rendered,
    unit,
    service('consul-template', { restartOn: [release, program, secret, config, rendered, unit] }),
  ]
}

/** It renders for HAProxy, according to that recipe's variables. */
const check = (cluster: Cluster): readonly Mistake[] => [
  ...cluster
    .withRecipe('consul-template')
    .filter((host) => !cluster.withRecipe('haproxy').includes(host))
    .map((host) => ({
      path: `hosts.${host.name}.roles`,
      message: 'consul-template is of no use without haproxy: add a role that has both',
    })),
  ...missingTokens(
    cluster,
    'consul-template',
    'token',
    'service:read and node:read of all, agent:read of its own, key:read of lb/',
  ),
]

/**
 * consul-template: renders HAProxy's configuration from Consul, and passes it to the go-live script of the recipe
 * haproxy.
 */
export const consulTemplate = defineRecipe({
  name: 'consul-template',
  unit: 'consul-template.service',
  attributes,
  resources,
  check,
  health: (host, _cluster, net) => health(net, varsOf<Attributes>(host, 'consul-template')),
})
