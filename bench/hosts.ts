import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cgroupOf } from '../src/sandbox/cgroup.ts'
import { openSandbox, type Sandbox, type SandboxHost } from '../src/sandbox/index.ts'
import { type Artifacts, serve } from '../test/support/artifacts.ts'
import { onLayers } from '../test/support/layers.ts'
import { bridgeOf } from '../test/support/load-balancer.ts'
import { sourcesOf } from '../test/support/sources.ts'
import { LAYER } from '../test/support/zookeeper.ts'
import type { Command } from './measure.ts'
import { openssh, toAll } from './openssh.ts'
import { APP, writeOwn } from './roles.ts'

const BOX = 'bench'
const MAIN = fileURLToPath(new URL('../dist/src/cli/provision.cjs', import.meta.url))

/** Hosts to measure with, and the two ways to reach them. */
export interface Ground {
  readonly box: Sandbox
  /** One host with ZooKeeper. */
  readonly zookeeper: readonly [SandboxHost]
  /** A slave of a cluster with one master, that has all recipes of the role `mesos-slave`. */
  readonly slave: readonly [SandboxHost]
  /** Hosts with the role of 40 resources. */
  readonly light: readonly SandboxHost[]
  /** `provision`, from the built package as users run it. */
  program(...args: readonly string[]): Command
  /** The same over hosts; `own`: with the role of ten recipes in TypeScript. */
  provision(hosts: readonly SandboxHost[], ...flags: readonly string[]): Command
  own(hosts: readonly SandboxHost[], ...flags: readonly string[]): Command
  /** `ssh HOST true` to each of them, all at once. */
  openssh(hosts: readonly SandboxHost[]): Command
  /** Processor time that a host has spent since it was booted, in milliseconds, all its processes. */
  spent(host: SandboxHost): number
  delay(hosts: readonly SandboxHost[], ms: number): Promise<void>
  close(): Promise<void>
}

/** The hosts as they are booted. */
interface Booted {
  readonly zk: SandboxHost
  readonly master: SandboxHost
  readonly slave: SandboxHost
  readonly light: readonly SandboxHost[]
}

async function boot(box: Sandbox, count: number): Promise<Booted> {
  await box.down() // what a run left that was ended in its middle
  const [zk, master, slave, ...light] = (await box.up([
    { name: 'zk-1', layer: LAYER },
    { name: 'master-1', layer: LAYER },
    { name: 'slave-1', layer: LAYER },
    ...Array.from({ length: count }, (_, i) => ({ name: `light-${i + 1}`, light: true })),
  ])) as [SandboxHost, SandboxHost, SandboxHost, ...SandboxHost[]]
  return { zk, master, slave, light }
}

const sshOf = ({ user, identityFile }: SandboxHost) => ({ user, identityFile })

/** Writes the inventory of the cluster of one master and one slave; its path. */
async function writeCluster(folder: string, { zk, master, slave }: Booted, artifacts: Artifacts): Promise<string> {
  const member = ({ address, hostKey }: SandboxHost, role: string, vars: object = {}) => ({
    address,
    ssh: { hostKey },
    roles: [role],
    vars,
  })
  const { consul, ...sources } = await sourcesOf(artifacts)
  const vars = { ...sources, consul: { ...consul, datacenter: 'bench' }, zookeeper: { heapMb: 128 } }
  const hosts = {
    'master-1': member(master, 'mesos-master', { zookeeper: { id: 1 } }),
    'slave-1': member(slave, 'mesos-slave'),
  }
  const path = join(folder, 'cluster.json')
  writeFileSync(path, JSON.stringify({ ssh: sshOf(zk), vars, hosts }, null, 2))
  return path
}

/** Writes an inventory of hosts that all have this role, but for the one with ZooKeeper; its path. */
function writeInventory(folder: string, zk: SandboxHost, hosts: readonly SandboxHost[], role: string): string {
  const path = join(folder, `${role}-${hosts[0]?.name}-${hosts.length}.json`)
  const entries = hosts.map((host) => [
    host.name,
    {
      address: host.address,
      ssh: { hostKey: host.hostKey },
      ...(host === zk ? { roles: ['zookeeper'], vars: { zookeeper: { id: 1, heapMb: 128 } } } : { roles: [role] }),
    },
  ])
  writeFileSync(path, JSON.stringify({ ssh: sshOf(zk), hosts: Object.fromEntries(entries) }, null, 2))
  return path
}

/** OpenSSH, without its host and command. */
function opensshWith(folder: string, { zk, master, slave, light }: Booted): readonly [string, ...string[]] {
  const knownHosts = join(folder, 'known_hosts')
  writeFileSync(knownHosts, [zk, master, slave, ...light].map((host) => `${host.address} ${host.hostKey}\n`).join(''))
  return openssh(knownHosts, zk)
}

/** Processor time of a host's cgroup, in milliseconds. */
function spentBy({ name }: SandboxHost): number {
  const stat = readFileSync(join(cgroupOf(`${BOX}/hosts/${name}`), 'cpu.stat'), 'utf8')
  return Number(/^usage_usec (\d+)/m.exec(stat)?.[1]) / 1000
}

/** Boots the hosts, writes a project for them into a temporary folder, and converges them. */
export async function prepare(count: number, run: (command: Command) => Promise<unknown>): Promise<Ground> {
  const onProgress = (message: string) => process.stderr.write(`sandbox: ${message}\n`)
  const box = onLayers(await openSandbox({ name: BOX, onProgress }))
  const folder = mkdtempSync(join(tmpdir(), 'provision-bench-'))
  let artifacts: Artifacts | undefined
  const close = async (): Promise<void> => {
    await artifacts?.close()
    rmSync(folder, { recursive: true, force: true })
    await box.down()
  }
  try {
    const booted = await boot(box, count)
    const { zk, slave, light } = booted
    writeOwn(folder, 10)
    writeFileSync(join(folder, 'roles', 'app.js'), APP)
    const openssh = opensshWith(folder, booted)
    artifacts = await serve(bridgeOf(zk))
    const cluster = await writeCluster(folder, booted, artifacts)
    const inventory = (hosts: readonly SandboxHost[], role: string) => writeInventory(folder, zk, hosts, role)
    const ground: Ground = {
      box,
      zookeeper: [zk],
      slave: [slave],
      light,
      program: (...args) => ({
        argv: [process.execPath, MAIN, ...args],
        cwd: folder,
        env: { XDG_CACHE_HOME: join(folder, 'cache'), HOME: folder },
      }),
      provision: (hosts, ...flags) =>
        hosts[0] === slave
          ? ground.program('-i', cluster, '-l', slave.name, ...flags)
          : ground.program('-i', inventory(hosts, 'app'), '--forks', '99', ...flags),
      own: (hosts, ...flags) => ground.program('-i', inventory(hosts, 'own'), '--forks', '99', ...flags),
      openssh: (hosts) => toAll(openssh, folder, hosts),
      spent: spentBy,
      delay: async (hosts, ms) => {
        for (const host of hosts) await box.delay(host.name, ms)
      },
      close,
    }
    await run(ground.program('-i', cluster))
    for (const hosts of [ground.zookeeper, light]) await run(ground.provision(hosts))
    await run(ground.own(light.slice(0, 1)))
    return ground
  } catch (error) {
    await close()
    throw error
  }
}
