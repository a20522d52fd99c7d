import {
  type Cluster,
  defineRecipe,
  directory,
  file,
  type Host,
  mastersOf,
  PORTS,
  type Resource,
  service,
  systemdUnit,
  template,
} from '../src/index.ts'
import { environmentFile, type Variables } from './common/env.ts'
import { varsOf } from './common/host.ts'
import { holdsDeployments } from './marathon/deployments.ts'
import type { Attributes as Common } from './mesos/attributes.ts'
import { boundedLogs } from './mesos/logs.ts'
import { libraries, mesosPackage, releaseOf } from './mesos/package.ts'
import { ZK_FILE, zkFile } from './mesos/zookeeper.ts'
import { alone, endRegistry } from './mesos-master/alone.ts'
import { type Attributes, attributes } from './mesos-master/attributes.ts'
import { check } from './mesos-master/check.ts'
import { health } from './mesos-master/health.ts'
import { majority } from './mesos-master/masters.ts'
import { ENV, listens, refuse } from './mesos-master/refuse.ts'
import { yields } from './mesos-master/yields.ts'

const CREDENTIALS = '/etc/mesos/credentials.json'
const ACLS = '/etc/mesos/acls.json'

/** The master's flags as environment variables: no shell interprets them, and they do not appear in `ps`. */
function variables(host: Host, cluster: Cluster, attrs: Attributes, logDir: string): Variables {
  const { operator, credentials, acls } = attrs
  return [
    ['MESOS_ZK', `file://${ZK_FILE}`],
    ['MESOS_QUORUM', attrs.quorum ?? majority(mastersOf(cluster).length)],
    ['MESOS_WORK_DIR', attrs.workDir],
    ['MESOS_LOG_DIR', logDir],
    ['MESOS_LOGBUFSECS', 0],
    ...(attrs.cluster === undefined ? [] : ([['MESOS_CLUSTER', attrs.cluster]] as const)),
    ['MESOS_IP', host.privateAddress],
    ['MESOS_PORT', PORTS.mesosMaster],
    ['MESOS_HOSTNAME', attrs.hostname ?? host.privateAddress],
    ['MESOS_HOSTNAME_LOOKUP', false],
    ['MESOS_AGENT_PING_TIMEOUT', attrs.agentPingTimeout],
    ['MESOS_MAX_AGENT_PING_TIMEOUTS', attrs.maxAgentPingTimeouts],
    ['MESOS_AGENT_REREGISTER_TIMEOUT', attrs.agentReregisterTimeout],
    ['MESOS_OFFER_TIMEOUT', attrs.offerTimeout],
    ['MESOS_ZK_SESSION_TIMEOUT', attrs.zkSessionTimeout],
    ...(attrs.authenticateAgents ? ([['MESOS_AUTHENTICATE_AGENTS', true]] as const) : []),
    ...(attrs.authenticateFrameworks ? ([['MESOS_AUTHENTICATE_FRAMEWORKS', true]] as const) : []),
    ...(attrs.authenticateHttp
      ? ([
          ['MESOS_AUTHENTICATE_HTTP_READONLY', true],
          ['MESOS_AUTHENTICATE_HTTP_READWRITE', true],
        ] as const)
      : []),
    ...(operator !== undefined || credentials.length > 0
      ? ([['MESOS_CREDENTIALS', `file://${CREDENTIALS}`]] as const)
      : []),
    ...(acls === undefined ? [] : ([['MESOS_ACLS', `file://${ACLS}`]] as const)),
    ...Object.entries(attrs.flags)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => [`MESOS_${name.toUpperCase()}`, value] as const),
  ]
}

function resources(host: Host, cluster: Cluster, attrs: Attributes): readonly Resource[] {
  const common = varsOf<Common>(host, 'mesos')
  const { bin } = releaseOf(common)
  const { operator, credentials, acls } = attrs
  const logins = operator === undefined ? credentials : [operator, ...credentials]
  const release = mesosPackage(common)
  const zk = zkFile(cluster, common)
  const env = file(ENV, {
    content: environmentFile('mesos-master', variables(host, cluster, attrs, common.logDir)),
    mode: '0600',
  })
  const unit = systemdUnit('mesos-master.service.d/provision.conf', { content: dropIn(bin) })
  const files = [
    ...(logins.length === 0 ? [] : [template(CREDENTIALS, { from: 'mesos/credentials.json.ejs', vars: { logins } })]),
    ...(acls === undefined ? [] : [file(ACLS, { content: `${JSON.stringify(acls, undefined, 2)}\n`, mode: '0600' })]),
  ]
  return [
    directory(attrs.workDir, {}),
    zk,
    ...files,
    env,
    unit,
    release,
    libraries(`${bin}/mesos-master`),
    ...boundedLogs(host, common),
    service('mesos-master', { listens: PORTS.mesosMaster, restartOn: [release, zk, ...files, env, unit] }),
  ]
}

/**
 * The package's own unit runs a wrapper that turns every file of a folder into a flag, and logs the daemon's output to
 * syslog as errors.
 */
const dropIn = (
  bin: string,
): string => `# Written by provision (recipe mesos-master). What is changed here by hand is overwritten.
[Unit]
After=network-online.target zookeeper.service
Wants=network-online.target
# A master that has lost ZooKeeper or the registry ends, and must be started again and again.
StartLimitIntervalSec=0

[Service]
EnvironmentFile=${ENV}
ExecStart=
ExecStart=${bin}/mesos-master
Restart=always
RestartSec=5
LimitNOFILE=65536
`

/** A Mesos master. */
export const mesosMaster = defineRecipe({
  name: 'mesos-master',
  unit: 'mesos-master.service',
  timers: ['mesos-logs'],
  attributes,
  resources,
  check,
  listens,
  refuse,
  health,
  // restarting the leader costs its ZooKeeper session, 10 s, and an election; each change of leader ends the leading
  // Marathon
  rolling: { services: ['mesos-master.service'], deadline: 120, holds: holdsDeployments },
  // Running masters learn the larger quorum first: https://mesos.apache.org/documentation/latest/operational-guide/
  membership: {
    title: 'Mesos masters',
    refusals: ['mesos-quorum'],
    yields,
    meanwhile: (cluster) => ({ quorum: majority(mastersOf(cluster).length) }),
    anew: { alone, until: { quorum: undefined }, end: endRegistry },
  },
})
