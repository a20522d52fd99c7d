import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { parseZkUrl } from '../../zookeeper.ts'
import type { Flags } from '../common/flags.ts'
import type { Log } from '../common/log.ts'
import { hostCgroups, moveToOwn } from './cgroups.ts'
import { containerizers } from './containerizers.ts'

/** Ends a start as a real agent ends it, where its flags and this host do not go together. */
export function checkStart(flags: Flags, log: Log): void {
  if (flags.text('master') === undefined && flags.text('master_detector') === undefined)
    log.exit('main.cpp:380', 'Missing required option `--master` or `--master_detector`')
  if (flags.text('work_dir') === undefined) log.exit('main.cpp:385', 'Missing required option `--work_dir`')
  const zk = flags.text('master') ?? ''
  if (zk.startsWith('zk://') && parseZkUrl(zk).path === '/')
    log.exit(
      'main.cpp:830',
      "Failed to create a master detector: Expecting a (chroot) path for ZooKeeper ('/' is not supported)",
    )
  const policy = flags.text('reconfiguration_policy')
  if (policy !== 'equal' && policy !== 'additive')
    log.exit(
      'slave.cpp:410',
      `Unknown option for 'reconfiguration_policy' flag ${policy}. Please run the agent with '--help' to see the valid options.`,
    )
  const cgroups = hostCgroups()
  const subsystems = flags.text('agent_subsystems')
  if (subsystems !== undefined && cgroups === 'v2') {
    try {
      moveToOwn(
        flags.text('cgroups_root') ?? 'mesos',
        subsystems.split(',').filter((s) => s !== ''),
      )
    } catch (error) {
      log.exit('main.cpp:560', (error as Error).message)
    }
  }
  const systemd = systemdTrouble(flags)
  if (systemd !== undefined) log.exit('main.cpp:697', `Failed to initialize systemd: ${systemd}`)
  const docker = spawnSync(flags.text('docker') ?? 'docker', ['--version'], { stdio: 'ignore' })
  const verdict = containerizers(flags, { cgroups, exists: existsSync, docker: docker.status ?? 127 })
  if (verdict === undefined) return
  if ('abort' in verdict) log.abort(verdict.at, verdict.abort)
  else log.exit('main.cpp:810', verdict.exit)
}

function systemdTrouble(flags: Flags): string | undefined {
  if (!flags.on('systemd_enable_support')) return undefined
  const runtime = flags.text('systemd_runtime_directory') ?? ''
  if (!existsSync(runtime)) return `Failed to locate systemd runtime directory: ${runtime}`
  return existsSync('/sys/fs/cgroup/systemd')
    ? undefined
    : "Failed to locate systemd cgroups hierarchy: '/sys/fs/cgroup/systemd' is not a valid hierarchy"
}
