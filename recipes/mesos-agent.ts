import {
  agentHostname,
  type Cluster,
  defineRecipe,
  directory,
  file,
  type Host,
  PORTS,
  pkg,
  type Resource,
  service,
  systemdUnit,
  template,
} from '../src/index.ts'
import { environmentFile, type Variables } from './common/env.ts'
import { runs, varsOf } from './common/host.ts'
import { LOGINS, logins } from './docker/registries.ts'
import type { Attributes as Common } from './mesos/attributes.ts'
import { boundedLogs } from './mesos/logs.ts'
import { libraries, mesosPackage, releaseOf } from './mesos/package.ts'
import { ZK_FILE, zkFile } from './mesos/zookeeper.ts'
import { type Attributes, attributes } from './mesos-agent/attributes.ts'
import { check } from './mesos-agent/check.ts'
import * as farewell from './mesos-agent/farewell.ts'
import { health } from './mesos-agent/health.ts'
import { attributesText, resourcesOf, resourcesText } from './mesos-agent/identity.ts'
import { ENV, listens, refuse } from './mesos-agent/refuse.ts'
import { replaces } from './mesos-agent/replaces.ts'
import { strangers } from './mesos-agent/strangers.ts'

const CREDENTIAL = '/etc/mesos/agent-credential.json'
/** It must exist, and may be empty: without both CNI flags, every Docker task dies at once. */
const CNI = '/etc/mesos/cni'

/** On cgroup v1, the program aborts with its own default isolation, unless its launcher is another one, too. */
const isolationOf = ({ isolation, launcher }: Attributes, { facts: { cgroup } }: Host): string | undefined =>
  isolation?.join(',') ?? (cgroup === 1 && launcher === 'linux' ? 'cgroups/cpu,cgroups/mem' : undefined)

/**
 * Mesos pulls images with a separate home for each task, where Docker's client finds no logins. The flag docker_config
 * would expose them in the log and at /flags, and is read only once.
 */
const pullsAs = (host: Host, cluster: Cluster, { flags }: Attributes): Variables =>
  flags.docker_config === undefined && runs(cluster, host, 'docker') && logins(host).length > 0
    ? [['DOCKER_CONFIG', LOGINS.folder]]
    : []

function variables(host: Host, attrs: Attributes, logDir: string): Variables {
  const isolation = isolationOf(attrs, host)
  const labels = attributesText(attrs.attributes)
  return [
    ['MESOS_MASTER', `file://${ZK_FILE}`],
    ['MESOS_WORK_DIR', attrs.workDir],
    ['MESOS_RUNTIME_DIR', '/var/run/mesos'],
    ['MESOS_LOG_DIR', logDir],
    ['MESOS_LOGBUFSECS', 0],
    ['MESOS_IP', host.privateAddress],
    ['MESOS_PORT', PORTS.mesosAgent],
    ['MESOS_HOSTNAME', agentHostname(host)],
    ['MESOS_HOSTNAME_LOOKUP', false],
    ['MESOS_CONTAINERIZERS', attrs.containerizers.join(',')],
    ['MESOS_SYSTEMD_ENABLE_SUPPORT', false],
    ['MESOS_LAUNCHER', attrs.launcher],
    ...(isolation === undefined ? [] : ([['MESOS_ISOLATION', isolation]] as const)),
    ['MESOS_EXECUTOR_REGISTRATION_TIMEOUT', attrs.executorRegistrationTimeout],
    ['MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD', attrs.executorShutdownGracePeriod],
    ['MESOS_DOCKER_REMOVE_DELAY', attrs.dockerRemoveDelay],
    ['MESOS_GC_DELAY', attrs.gcDelay],
    ['MESOS_RESOURCES', resourcesText(resourcesOf(attrs, host.facts))],
    ...(labels === '' ? [] : ([['MESOS_ATTRIBUTES', labels]] as const)),
    ['MESOS_RECONFIGURATION_POLICY', attrs.reconfigurationPolicy],
    ['MESOS_NETWORK_CNI_CONFIG_DIR', CNI],
    ['MESOS_NETWORK_CNI_PLUGINS_DIR', '/usr/lib/cni'],
    ...(attrs.credential === undefined ? [] : ([['MESOS_CREDENTIAL', `file://${CREDENTIAL}`]] as const)),
    ...Object.entries(attrs.flags)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => [`MESOS_${name.toUpperCase()}`, value] as const),
  ]
}

function resources(host: Host, cluster: Cluster, attrs: Attributes): readonly Resource[] {
  const common = varsOf<Common>(host, 'mesos')
  const { bin, agentUnit } = releaseOf(common)
  const release = mesosPackage(common)
  const zk = zkFile(cluster, common)
  const credential =
    attrs.credential === undefined
      ? []
      : [template(CREDENTIAL, { from: 'mesos/credential.json.ejs', vars: { ...attrs.credential } })]
  const env = file(ENV, {
    content: environmentFile('mesos-agent', [
      ...variables(host, attrs, common.logDir),
      ...pullsAs(host, cluster, attrs),
    ]),
    mode: '0600',
  })
  const unit = systemdUnit(`${agentUnit}.service.d/provision.conf`, { content: dropIn(bin, host.facts.cgroup) })
  return [
    // HTTP health checks of tasks use curl: without it, healthy tasks are killed
    pkg('curl', {}),
    directory(attrs.workDir, {}),
    directory(CNI, {}),
    zk,
    ...credential,
    env,
    unit,
    release,
    libraries(`${bin}/mesos-agent`),
    ...boundedLogs(host, common),
    service(agentUnit, { listens: PORTS.mesosAgent, restartOn: [release, zk, ...credential, env, unit] }),
  ]
}

/** Tasks live in the unit's own cgroup: KillMode=process keeps them alive when the agent restarts. */
const dropIn = (
  bin: string,
  cgroup: 1 | 2,
): string => `# Written by provision (recipe mesos-agent). What is changed here by hand is overwritten.
[Unit]
After=network-online.target docker.service
# Not Requires: a restart of Docker must not stop the agent.
Wants=network-online.target docker.service
StartLimitIntervalSec=0

[Service]
EnvironmentFile=${ENV}
${cgroup === 2 ? '# Without it the first task that is not in Docker ends the agent.\nExecStartPre=/bin/mkdir -p /sys/fs/cgroup/mesos\n' : ''}ExecStart=
ExecStart=${bin}/mesos-agent
KillMode=process
Delegate=true
Restart=always
RestartSec=10
LimitNOFILE=65536
TasksMax=infinity
CPUAccounting=true
MemoryAccounting=true
`

/** A Mesos agent. Its restart keeps its tasks, so a rolling restart does not move them. */
export const mesosAgent = defineRecipe({
  name: 'mesos-agent',
  unit: 'mesos-agent.service',
  timers: ['mesos-logs'],
  attributes,
  resources,
  check,
  listens,
  refuse,
  health,
  strangers,
  farewell: { refuse: farewell.refuse, leave: farewell.leave, forget: farewell.forget, replaces },
  rolling: {
    services: ['mesos-agent.service', 'mesos-slave.service'],
    unavailable: (agents) => Math.max(1, Math.floor(agents / 10)),
  },
})
