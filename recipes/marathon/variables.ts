import { type Cluster, type Host, PORTS, type Secret } from '../../src/index.ts'
import { quoted } from '../common/env.ts'
import { varsOf } from '../common/host.ts'
import type { Attributes as Common } from '../mesos/attributes.ts'
import { zkHosts } from '../mesos/zookeeper.ts'
import type { Attributes } from './attributes.ts'

/** The file with its secret for the masters. */
export const SECRET_FILE = '/etc/marathon/mesos-secret'

/** A variable's name and the parts of its value, some of which may be secret. */
export type Variable = readonly [name: string, parts: readonly (string | number | Secret)[]]

/** `zk://user:password@a:2181,b:2181/path`: the login appears once, before the first host. */
function zk(cluster: Cluster, { zkUser, zkPassword }: Partial<Common>, path: string): Variable[1] {
  const hosts = `${zkHosts(cluster)}${path}`
  return zkUser === undefined || zkPassword === undefined
    ? [`zk://${hosts}`]
    : [`zk://${zkUser}:`, zkPassword, `@${hosts}`]
}

/**
 * A flag as an environment variable of Marathon: an enabled switch is empty, a disabled one has another name or is
 * omitted.
 */
function flag([name, value]: readonly [string, string | number | boolean]): readonly Variable[] {
  const upper = `MARATHON_${name.toUpperCase()}`
  if (typeof value !== 'boolean') return [[upper, [value]]]
  if (value) return [[upper, ['']]]
  return /^(disable_|leader_proxy_ssl_ignore)/.test(name) ? [] : [[`MARATHON_DISABLE_${name.toUpperCase()}`, ['']]]
}

/**
 * Defaults that differ from Marathon's. A new leader that has not read its apps within Marathon's default of 10 s
 * exits, and on a busy host so does each of its successors.
 */
const FLAGS = { zk_timeout: 60_000 }

/** The variables for Marathon and its libmesos. */
export function variables(host: Host, cluster: Cluster, attrs: Attributes): readonly Variable[] {
  const [master] = cluster.withRecipe('mesos-master')
  const common: Partial<Common> = master === undefined ? {} : varsOf(master, 'mesos')
  const image = 'image' in attrs.source
  const all: readonly Variable[] = [
    ['MARATHON_MASTER', zk(cluster, common, common.zkPath ?? '/mesos')],
    ['MARATHON_ZK', zk(cluster, common, attrs.zkPath)],
    ['MARATHON_HOSTNAME', [attrs.hostname ?? host.privateAddress]],
    ['MARATHON_HTTP_ADDRESS', [host.privateAddress]],
    ['MARATHON_HTTP_PORT', [PORTS.marathon]],
    ['MARATHON_FRAMEWORK_NAME', [attrs.frameworkName]],
    ['MARATHON_MESOS_USER', [attrs.mesosUser]],
    ...(attrs.features.length === 0 ? [] : ([['MARATHON_ENABLE_FEATURES', [attrs.features.join(',')]]] as const)),
    ['MARATHON_TASK_LAUNCH_TIMEOUT', [attrs.taskLaunchTimeout]],
    ['MARATHON_TASK_LAUNCH_CONFIRM_TIMEOUT', [attrs.taskLaunchConfirmTimeout]],
    ['MARATHON_SCALE_APPS_INTERVAL', [attrs.scaleAppsInterval]],
    ['MARATHON_FAILOVER_TIMEOUT', [attrs.failoverTimeout]],
    ['MARATHON_ZK_SESSION_TIMEOUT', [attrs.zkSessionTimeout]],
    ...(attrs.credentials === undefined ? [] : ([['MARATHON_HTTP_CREDENTIALS', [attrs.credentials]]] as const)),
    ...(attrs.mesosPrincipal === undefined
      ? []
      : ([
          ['MARATHON_MESOS_AUTHENTICATION', ['']],
          ['MARATHON_MESOS_AUTHENTICATION_PRINCIPAL', [attrs.mesosPrincipal]],
          ['MARATHON_MESOS_AUTHENTICATION_SECRET_FILE', [SECRET_FILE]],
        ] as const)),
    ...Object.entries({ ...FLAGS, ...attrs.flags })
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(flag),
    // otherwise it picks an address itself, registers, and gets no offers
    ['LIBPROCESS_IP', [host.privateAddress]],
    ['LIBPROCESS_PORT', [attrs.libprocessPort]],
    ['JAVA_OPTS', [`-Xmx${attrs.heapMb}m`]],
    ...('libmesos' in attrs.source ? ([['MESOS_NATIVE_JAVA_LIBRARY', [attrs.source.libmesos]]] as const) : []),
  ]
  // Docker reads values literally, systemd as a shell would; secrets contain nothing that either would change
  if (image) return all
  return all.map(([name, parts]) => [
    name,
    parts.map((part) => (typeof part === 'string' && parts.length === 1 ? quoted(part) : part)),
  ])
}
