import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SandboxHost } from '../../src/sandbox/index.ts'
import { type Deb, pack } from '../standins/build/deb.ts'
import { aventerMesos } from '../standins/build/mesos.ts'
import type { LayerName } from './layers.ts'
import { apply, ensemble, finish, memory, outcomes, reasons } from './zookeeper.ts'

/**
 * The layer with the dependencies of ZooKeeper, Docker and the stand-ins, unconfigured; Docker does not start at boot.
 */
export const STANDINS: LayerName = 'standins-12'

/** Runs a command on a host and returns its output. @throws if it fails */
export async function ok(host: SandboxHost, command: string, input?: string): Promise<string> {
  const { code, stdout, stderr } = await host.sh(command, input)
  assert.equal(code, 0, `${host.name}: ${command}\n${stderr}\n${stdout}`)
  return stdout.trim()
}

/** Installs a stand-in's package on hosts. */
export async function install(hosts: readonly SandboxHost[], deb?: Deb): Promise<void> {
  const file = pack(deb ?? (await aventerMesos()), mkdtempSync(join(tmpdir(), 'provision-standins-')))
  const text = readFileSync(file).toString('base64')
  await Promise.all(
    hosts.map((host) =>
      ok(host, 'base64 -d >/tmp/standin.deb && dpkg -i /tmp/standin.deb && rm /tmp/standin.deb', text),
    ),
  )
}

/** Makes an ensemble of these hosts, with the recipe. */
export async function zooKeeperOn(hosts: readonly SandboxHost[]): Promise<void> {
  const result = await finish(apply, ensemble(hosts), memory())
  assert.ok(
    Object.values(outcomes(result)).every((o) => o === 'changed' || o === 'in-sync'),
    reasons(result),
  )
}

export const zkUrl = (hosts: readonly SandboxHost[]): string =>
  `zk://${hosts.map((h) => `${h.address}:2181`).join(',')}/mesos`

type Env = Readonly<Record<string, string>>

const unit = (daemon: string, more: string): string => `[Unit]
StartLimitIntervalSec=0
[Service]
EnvironmentFile=/etc/mesos/${daemon}.env
ExecStart=
ExecStart=/usr/bin/mesos-${daemon}
Restart=always
RestartSec=1
${more}`

async function configure(host: SandboxHost, daemon: string, env: Env, more = ''): Promise<void> {
  const folder = `/etc/systemd/system/mesos-${daemon}.service.d`
  await ok(
    host,
    `install -d ${folder} /etc/mesos/cni /var/log/mesos /var/lib/mesos/${daemon}; cat >${folder}/override.conf`,
    unit(daemon, more),
  )
  await ok(
    host,
    `umask 077; cat >/etc/mesos/${daemon}.env`,
    Object.entries(env)
      .map(([k, v]) => `MESOS_${k}=${v}\n`)
      .join(''),
  ) // prettier-ignore
  await ok(host, 'umask 077; cat >/etc/mesos/zk; systemctl daemon-reload', env.ZK ?? env.MASTER ?? '')
}

/** A recorded master's environment, with a test's changes. */
export const masterEnv = (host: SandboxHost, zk: string, quorum: number, more: Env = {}): Env => ({
  ZK: zk,
  QUORUM: String(quorum),
  WORK_DIR: '/var/lib/mesos/master',
  LOG_DIR: '/var/log/mesos',
  LOGBUFSECS: '0',
  CLUSTER: 'sandbox',
  IP: host.address,
  PORT: '5050',
  HOSTNAME: host.address,
  HOSTNAME_LOOKUP: 'false',
  AGENT_PING_TIMEOUT: '15secs',
  MAX_AGENT_PING_TIMEOUTS: '20',
  AGENT_REREGISTER_TIMEOUT: '10mins',
  OFFER_TIMEOUT: '2mins',
  ZK_SESSION_TIMEOUT: '10secs',
  WEBUI_DIR: '/usr/share/mesos/webui',
  ...more,
})

/** The same for an agent on cgroup v1. */
export const agentEnv = (host: SandboxHost, zk: string, more: Env = {}): Env => ({
  MASTER: zk,
  WORK_DIR: '/var/lib/mesos/agent',
  RUNTIME_DIR: '/var/run/mesos',
  LOG_DIR: '/var/log/mesos',
  LOGBUFSECS: '0',
  IP: host.address,
  PORT: '5051',
  HOSTNAME: host.address,
  HOSTNAME_LOOKUP: 'false',
  CONTAINERIZERS: 'docker,mesos',
  SYSTEMD_ENABLE_SUPPORT: 'false',
  LAUNCHER: 'linux',
  ISOLATION: 'cgroups/cpu,cgroups/mem',
  EXECUTOR_REGISTRATION_TIMEOUT: '10mins',
  EXECUTOR_SHUTDOWN_GRACE_PERIOD: '90secs',
  DOCKER_REMOVE_DELAY: '1hrs',
  GC_DELAY: '2days',
  RESOURCES: 'cpus:2;mem:2048;disk:4096;ports:[31000-32000]',
  ATTRIBUTES: 'rack:r4;zone:a',
  RECONFIGURATION_POLICY: 'equal',
  NETWORK_CNI_CONFIG_DIR: '/etc/mesos/cni',
  NETWORK_CNI_PLUGINS_DIR: '/usr/lib/cni',
  ...more,
})

/** Configures and starts a master. */
export async function startMaster(host: SandboxHost, env: Env): Promise<void> {
  await configure(host, 'master', env)
  await ok(host, 'systemctl restart mesos-master')
}

/** Configures and starts an agent; Docker must be running already. */
export async function startAgent(host: SandboxHost, env: Env): Promise<void> {
  await configure(host, 'agent', env, 'KillMode=process\nDelegate=true\n')
  await ok(host, 'systemctl start docker; systemctl restart mesos-agent')
}

/** Creates an image on a host that contains only busybox. */
export const busyboxImage = (host: SandboxHost, name = 'bb:1'): Promise<string> =>
  ok(
    host,
    `d=$(mktemp -d); mkdir $d/bin $d/tmp; cp /bin/busybox $d/bin; for a in sh httpd hostname env sleep cat mkdir echo wget trap kill; do ln -s busybox $d/bin/$a; done
    tar -C $d -c . | docker import - ${name}`,
  )
