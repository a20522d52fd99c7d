import { existsSync, readFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import { inCgroups, makeCgroup, makeHostCgroups, processesIn } from '../cgroup.ts'
import { attempt, type Ended, launch, PATIENCE, SandboxError, until } from '../exec.ts'
import { wire } from '../network/network.ts'
import type { HostRecord, hostPaths } from '../state.ts'

type Paths = ReturnType<typeof hostPaths>

/**
 * Capabilities that hosts must not have, because they reach the whole machine (one `timedatectl` with SYS_TIME moved
 * its clock by an hour).
 */
const DROPPED = ['sys_time', 'sys_module', 'wake_alarm', 'syslog']
const BOUNDING = `--bounding-set=${DROPPED.map((name) => `-${name}`).join(',')}`

/** A reboot inside the host ends nspawn with status 133, because with --keep-unit nothing else would boot it again. */
const LOOP = 'while :; do "$@"; [ $? = 133 ] || break; done'

const nspawn = (host: HostRecord, at: Paths): string[] => [
  'systemd-nspawn',
  '--quiet',
  '--boot',
  '--register=no',
  '--keep-unit',
  `--directory=${at.mount}`,
  `--machine=${wire(host.address)}`, // other sandboxes may have hosts of the same name
  `--hostname=${host.name}`,
  `--network-namespace-path=/run/netns/${wire(host.address)}`,
  '--capability=all',
  `--drop-capability=${DROPPED.map((name) => `CAP_${name.toUpperCase()}`).join(',')}`,
  '--system-call-filter=@keyring @mount add_key keyctl bpf',
  '--resolv-conf=off',
  '--timezone=off',
  '--link-journal=no',
  '--console=pipe',
  `--bind=${at.docker}:/var/lib/docker`, // overlay2 does not work on an overlay
  ...host.nspawn,
]

/**
 * What a light host does before its sshd: mounts file systems of its own; /proc/sys is read-only, because it is the
 * machine's. $1 name, $2 root.
 */
const LIGHT = `set -e
hostname "$1"; cd "$2"
mount -t proc proc proc; mount --bind proc/sys proc/sys; mount -o remount,bind,ro proc/sys
mount -t tmpfs -o mode=755 tmpfs run; mkdir run/sshd
mount --rbind /dev dev; mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
pivot_root . .; umount -l . # or it would hold the machine's mounts, other hosts' disks among them
exec setpriv ${BOUNDING} chroot . /usr/sbin/sshd -D -e -o UsePAM=no`

const light = (host: HostRecord, at: Paths): string[] => [
  'nsenter',
  `--net=/run/netns/${wire(host.address)}`,
  ...['unshare', '-m', '-p', '-u', '-i', '--fork', '--kill-child', '--propagation', 'private'],
  ...['sh', '-c', LIGHT, 'light', host.name, at.mount],
]

/** Starts a host whose disk is mounted and whose network exists; returns its cgroups. Does not wait. */
export const startHost = (cgroup: string, host: HostRecord, at: Paths): readonly string[] => {
  const { all, enter } = makeHostCgroups(cgroup, host.light || host.unified)
  const inside = inCgroups(host.light ? enter.slice(0, 1) : enter, host.light ? light(host, at) : nspawn(host, at))
  const settings = {
    SYSTEMD_NSPAWN_UNIFIED_HIERARCHY: host.unified ? '1' : '0',
    SYSTEMD_NSPAWN_API_VFS_WRITABLE: 'network',
    SYSTEMD_NSPAWN_LOCK: '0', // the state folder's own record is the lock; nspawn's would outlive a kill
  }
  // The loop stays outside `run`; otherwise that cgroup would have both processes and children, which v2 forbids if
  // controllers are enabled.
  launch(inCgroups([makeCgroup(`${cgroup}/loop`)], ['sh', '-c', LOOP, 'loop', ...inside]), at.console, settings)
  return all
}

/** The pid, as this machine sees it, of a host's process 1; undefined if it does not run. */
export const initPid = (cgroup: string): number | undefined =>
  processesIn(cgroup).find((pid) => {
    try {
      const ids = /^NSpid:\s*(.*)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]?.split(/\s+/)
      return ids?.length === 2 && ids[1] === '1'
    } catch {
      return false
    }
  })

/** True if an SSH server sends its greeting. */
const greets = (address: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = createConnection({ host: address, port: 22, timeout: 10_000 })
    const end = (is: boolean): void => {
      socket.destroy()
      resolve(is)
    }
    socket.once('data', (data) => end(data.toString('latin1').startsWith('SSH-2')))
    for (const event of ['error', 'timeout', 'close']) socket.once(event, () => end(false))
  })

/**
 * Waits until a host accepts logins (sshd greets, /run/nologin is gone). @throws SandboxError with the end of its
 * console
 */
export const waitForLogin = async (cgroup: string, host: HostRecord, at: Paths): Promise<void> => {
  const admits = (): boolean => {
    const pid = initPid(cgroup)
    return pid !== undefined && !existsSync(`/proc/${pid}/root/run/nologin`)
  }
  if (await until(async () => (await greets(host.address)) && admits(), PATIENCE, 30)) return
  const words = readFileSync(at.console, 'utf8').trim().split('\n').slice(-8).join(' | ')
  throw new SandboxError(
    `${host.name}: no SSH at ${host.address} after ${PATIENCE / 1000} s. Its console (${at.console}): ${words}`,
  )
}

/**
 * Runs sh as root inside a host, without SSH, so that it works with the link cut. Runs without the capabilities that
 * hosts lack.
 */
export const shell = (cgroup: string, name: string, command: string, input?: string): Promise<Ended> => {
  const pid = initPid(cgroup)
  if (pid === undefined) throw new SandboxError(`${name} does not run: boot it first`)
  const inside = [
    'nsenter',
    '-t',
    `${pid}`,
    '-m',
    '-u',
    '-i',
    '-n',
    '-p',
    '-C',
    '-r',
    '-w',
    '--',
    '/bin/sh',
    '-c',
    command,
  ]
  return attempt('setpriv', [BOUNDING, ...inside], input)
}
