import { mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '../exec.ts'
import type { Release } from '../state.ts'

/** Increase it when `customise` changes what it does: an image's name depends on what made it. */
export const REVISION = 1

/** Like a fresh cloud image: systemd and sshd, no Python. */
export const PACKAGES = [
  'systemd',
  'systemd-sysv',
  'libpam-systemd',
  'dbus',
  'openssh-server',
  'sudo',
  'ca-certificates',
  'iproute2',
  'iputils-ping',
  'procps',
  'curl',
  'netbase',
  'less',
  'kmod',
]

/**
 * Units for which a container has no hardware or rights; unmasked, they keep `systemctl is-system-running` from
 * `running`.
 */
const MASKED = [
  'systemd-networkd.service',
  'systemd-networkd.socket',
  'systemd-networkd-wait-online.service',
  'systemd-timesyncd.service',
  'getty.target',
  'console-getty.service',
  'getty@tty1.service',
  'apt-daily.timer',
  'apt-daily-upgrade.timer',
  'e2scrub_all.timer',
  'fstrim.timer',
  'dpkg-db-backup.timer',
  'systemd-udevd.service',
  'systemd-udev-trigger.service',
  'systemd-modules-load.service',
  'sys-kernel-debug.mount',
  'sys-kernel-tracing.mount',
  'sys-kernel-config.mount',
  'sys-fs-fuse-connections.mount',
  'dev-hugepages.mount',
  'dev-mqueue.mount',
  'systemd-binfmt.service',
  'proc-sys-fs-binfmt_misc.automount',
]

/**
 * Hosts have no CAP_SYS_TIME (it would reach the machine's clock), so chrony's unit would never start. This unit runs a
 * chronyd that measures the clock and does not set it (`-x`).
 */
const CHRONY = `[Unit]
ConditionCapability=

[Service]
ExecStart=
ExecStart=!/usr/sbin/chronyd -x $DAEMON_OPTS
`

/** nspawn mounts v1's controllers read-only; Docker and Mesos in a host need to write to their own. */
const CGROUP_RW = `[Unit]
DefaultDependencies=no
Before=sysinit.target
ConditionPathIsDirectory=/sys/fs/cgroup/memory

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -c "for c in cpu cpuacct cpuset memory devices freezer blkio pids; do mount -o remount,bind,rw /sys/fs/cgroup/$$c; done"
`

const sshd = (release: Release): string =>
  [
    'UseDNS no',
    'MaxSessions 100',
    'MaxStartups 200:30:400',
    'PermitRootLogin prohibit-password',
    // Debian 13's sshd locks out an address after failed logins, and here all logins come from one address.
    ...(release === '12' ? [] : ['PerSourcePenalties no']),
    '',
  ].join('\n')

const write = (root: string, path: string, text: string, mode = 0o644): void => {
  mkdirSync(join(root, path, '..'), { recursive: true })
  writeFileSync(join(root, path), text, { mode })
}

const UNITS = 'etc/systemd/system'

/** The files that make a bare Debian a sandbox host. */
export const customise = async (root: string, release: Release, sources: string): Promise<void> => {
  for (const path of [
    'etc/apt/sources.list',
    'etc/dpkg/dpkg.cfg.d/99mmdebstrap',
    'etc/apt/apt.conf.d/99mmdebstrap',
    'usr/sbin/policy-rc.d',
    'etc/hostname',
  ])
    rmSync(join(root, path), { force: true })
  for (const name of readdirSync(join(root, 'etc/ssh')))
    if (name.startsWith('ssh_host_')) rmSync(join(root, 'etc/ssh', name))
  rmSync(join(root, 'etc/apt/sources.list.d'), { recursive: true, force: true })
  write(root, 'etc/apt/sources.list.d/debian.sources', sources)
  write(root, 'etc/apt/apt.conf.d/10sandbox', 'Acquire::Languages "none";\n')
  write(root, 'etc/ssh/sshd_config.d/sandbox.conf', sshd(release))
  // Java's postinst fails without man1.
  for (let n = 1; n <= 8; n++) mkdirSync(join(root, `usr/share/man/man${n}`), { recursive: true })
  for (const user of ['admin', 'ubuntu'])
    await run('chroot', [root, 'useradd', '-m', '-p', '*', '-s', '/bin/bash', '-G', 'sudo,adm,systemd-journal', user])
  write(
    root,
    'etc/sudoers.d/90-cloud-init-users',
    'admin ALL=(ALL) NOPASSWD:ALL\nubuntu ALL=(ALL) NOPASSWD:ALL\n',
    0o440,
  )
  for (const unit of MASKED) {
    rmSync(join(root, UNITS, unit), { force: true })
    symlinkSync('/dev/null', join(root, UNITS, unit))
  }
  write(root, `${UNITS}/chrony.service.d/sandbox.conf`, CHRONY)
  write(root, `${UNITS}/sandbox-cgroup.service`, CGROUP_RW)
  mkdirSync(join(root, UNITS, 'sysinit.target.wants'), { recursive: true })
  symlinkSync('../sandbox-cgroup.service', join(root, UNITS, 'sysinit.target.wants/sandbox-cgroup.service'))
  for (const path of ['etc/machine-id', 'etc/resolv.conf']) {
    rmSync(join(root, path), { force: true })
    write(root, path, '')
  }
}

/**
 * Everything written here that goes into an image, except for what {@link customise} does: an image's name depends on
 * it.
 */
export const madeOf = (release: Release) => [PACKAGES, MASKED, CHRONY, CGROUP_RW, sshd(release)]
