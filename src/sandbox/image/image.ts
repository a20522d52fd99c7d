import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { machineSources } from '../available.ts'
import { cgroupOf, dropCgroups, inCgroups, killCgroup, makeCgroup, pruneCgroups } from '../cgroup.ts'
import { run, SandboxError } from '../exec.ts'
import { locked } from '../lock.ts'
import { readMounts, unmountAll } from '../mounts.ts'
import { foldersIn, paths, type Release } from '../state.ts'
import { forRelease, renderDeb822, throughCache } from './apt-sources.ts'
import { ensureCache } from './package-cache.ts'

/** Raise it when `customise` changes what it does: images are known by what made them. */
const REVISION = 1

/** Says what is being done, one line at a time. */
export type Progress = (message: string) => void

const CODENAMES: Readonly<Record<Release, string>> = { 12: 'bookworm', 13: 'trixie' }

/** Like a fresh cloud image: systemd and sshd, no Python. */
const PACKAGES = [
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

/** What a container has no hardware or rights for: unmasked, it keeps `systemctl is-system-running` from `running`. */
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
 * Hosts hold no CAP_SYS_TIME (it would reach the machine's clock), so chrony's unit, once installed, would never start.
 * This runs it as what it can honestly be here: a chronyd that measures the clock and does not set it (`-x`).
 */
const CHRONY = `[Unit]
ConditionCapability=

[Service]
ExecStart=
ExecStart=!/usr/sbin/chronyd -x $DAEMON_OPTS
`

/** v1's controllers are mounted read-only by nspawn; Docker and Mesos in a host need to write to their own. */
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
    // Debian 13's sshd locks an address out that failed to log in often, and here all logins come from one.
    ...(release === '12' ? [] : ['PerSourcePenalties no']),
    '',
  ].join('\n')

const write = (root: string, path: string, text: string, mode = 0o644): void => {
  mkdirSync(join(root, path, '..'), { recursive: true })
  writeFileSync(join(root, path), text, { mode })
}

const UNITS = 'etc/systemd/system'

/** The files that make a bare Debian a sandbox host. */
const customise = async (root: string, release: Release, sources: string): Promise<void> => {
  for (const path of [
    'etc/apt/sources.list',
    'etc/dpkg/dpkg.cfg.d/99mmdebstrap',
    'etc/apt/apt.conf.d/99mmdebstrap',
    'usr/sbin/policy-rc.d',
    'etc/hostname',
  ])
    rmSync(join(root, path), { force: true })
  for (const name of readdirSync(join(root, 'etc/ssh'))) if (name.startsWith('ssh_host_')) rmSync(join(root, 'etc/ssh', name))
  rmSync(join(root, 'etc/apt/sources.list.d'), { recursive: true, force: true })
  write(root, 'etc/apt/sources.list.d/debian.sources', sources)
  write(root, 'etc/apt/apt.conf.d/10sandbox', 'Acquire::Languages "none";\n')
  write(root, 'etc/ssh/sshd_config.d/sandbox.conf', sshd(release))
  // Java's postinst fails without man1.
  for (let n = 1; n <= 8; n++) mkdirSync(join(root, `usr/share/man/man${n}`), { recursive: true })
  for (const user of ['admin', 'ubuntu'])
    await run('chroot', [root, 'useradd', '-m', '-p', '*', '-s', '/bin/bash', '-G', 'sudo,adm,systemd-journal', user])
  write(root, 'etc/sudoers.d/90-cloud-init-users', 'admin ALL=(ALL) NOPASSWD:ALL\nubuntu ALL=(ALL) NOPASSWD:ALL\n', 0o440)
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

/** This machine's own settings about stale release files (a mirror that is a snapshot needs them) hold for hosts too. */
export const aptSettings = async (): Promise<string[]> =>
  (await run('apt-config', ['dump'])).split('\n').filter((line) => /^Acquire::Check-(Valid-Until|Date) /.test(line))

/** A keyring that the release's own debian-archive-keyring installs. */
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'

const build = async (images: string, name: string, release: Release, state: string, progress: Progress): Promise<void> => {
  const codename = CODENAMES[release]
  const archives = forRelease(machineSources(), codename)
  const proxy = await ensureCache(state)
  const work = mkdtempSync(join(images, `.build-${release}-`))
  const root = join(work, 'root')
  const cgroup = makeCgroup(`build/${basename(work)}`)
  try {
    const sources = join(work, 'debian.sources')
    const hostSources = archives.map((source) => ({ ...source, uri: throughCache(source.uri) }))
    writeFileSync(sources, renderDeb822(hostSources))
    progress(`building Debian ${release} (${codename}) with mmdebstrap, about a minute, once`)
    const began = performance.now()
    const apt = [`Acquire::http::Proxy "${proxy}"`, 'Acquire::Languages "none"', ...(await aptSettings())]
    const paths = [
      'exclude=/usr/share/man/*',
      'exclude=/usr/share/locale/*',
      'exclude=/usr/share/doc/*',
      'include=/usr/share/doc/*/copyright',
    ]
    const [command = '', ...args] = inCgroups(
      [cgroup],
      [
        'mmdebstrap',
        '--mode=root',
        '--variant=minbase',
        ...apt.map((setting) => `--aptopt=${setting}`),
        ...paths.map((path) => `--dpkgopt=path-${path}`),
        `--include=${PACKAGES.join(',')}`,
        codename,
        root,
        sources,
      ],
    )
    await run(command, args)
    await customise(root, release, renderDeb822(hostSources, KEYRING))
    await run('tar', ['--xattrs', '--zstd', '-C', root, '-cf', join(work, 'image.tar.zst'), '.'])
    renameSync(join(work, 'image.tar.zst'), join(images, `${name}.tar.zst`))
    renameSync(root, join(images, name))
    progress(`Debian ${release} is built: ${((performance.now() - began) / 1000).toFixed(0)} s`)
  } finally {
    await clearBuild(work)
  }
}

/** Ends and removes a build, also one that a crash of the tool has left. */
const clearBuild = async (work: string): Promise<void> => {
  const cgroup = cgroupOf(`build/${basename(work)}`)
  await killCgroup(cgroup)
  pruneCgroups([cgroup])
  dropCgroups([dirname(cgroup)])
  await unmountAll(work)
  rmSync(work, { recursive: true, force: true })
}

/** Clears every build of a release (or all) that a crash of the tool has left, running or not. */
export const clearBuilds = async (images: string, release = ''): Promise<void> => {
  for (const entry of foldersIn(images)) if (entry.startsWith(`.build-${release}`)) await clearBuild(join(images, entry))
}

/** Images of this release made from other recipes or sources, which no host stands on. */
const prune = (images: string, name: string, release: Release): void => {
  const mounts = readMounts()
  for (const entry of readdirSync(images)) {
    if (!entry.startsWith(`debian-${release}-`) || entry.startsWith(name) || mounts.includes(join(images, entry.replace('.tar.zst', ''))))
      continue
    rmSync(join(images, entry), { recursive: true })
  }
}

/** The folder of a release's base image, which is built at the first call and kept; another recipe or mirror is another image. @throws SandboxError */
export const ensureImage = async (state: string, release: Release, progress: Progress): Promise<string> => {
  const { images, locks } = paths(state)
  const archives = forRelease(machineSources(), CODENAMES[release])
  if (archives.length === 0)
    throw new SandboxError("this machine's apt sources name no Debian archive: set PROVISION_SANDBOX_MIRROR to a mirror's URI")
  const recipe = JSON.stringify([PACKAGES, MASKED, CHRONY, CGROUP_RW, sshd(release), archives, REVISION])
  const name = `debian-${release}-${createHash('sha256').update(recipe).digest('hex').slice(0, 8)}`
  const folder = join(images, name)
  const tar = `${folder}.tar.zst`
  if (existsSync(folder)) return folder
  mkdirSync(images, { recursive: true })
  return locked(join(locks, `image-${release}`), async () => {
    if (existsSync(folder)) return folder // another process has built it meanwhile
    await clearBuilds(images, release)
    if (existsSync(tar)) {
      progress(`unpacking Debian ${release}`)
      const work = mkdtempSync(join(images, `.build-${release}-`))
      await run('tar', ['--xattrs', '--xattrs-include=*', '--zstd', '-C', work, '-xpf', tar])
      renameSync(work, folder)
    } else await build(images, name, release, state, progress)
    prune(images, name, release)
    return folder
  })
}
