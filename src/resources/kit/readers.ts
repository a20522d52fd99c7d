import type { Resource } from '../../model/resource.ts'
import { empty, join, type Script, sh } from '../../shell/script.ts'
import { overruledBy, overruledFunctions, TOGETHER } from './fragments/overruled.ts'
import { baseName, dirName } from './path.ts'

/** Which names a program reads in a folder. */
interface Names {
  readonly pattern: RegExp
  /** The same in words; absent if a file of another name may still be read. */
  readonly says?: string
}

/** A program that checks new files, as accepts.sh knows it. */
export interface Reader {
  readonly program: string
}

/** What else a file must be for the program to read it. */
interface Access {
  fits(mode: number, owner: string): boolean
  readonly says: string
}

/** What else is known of how it reads them. */
interface How {
  readonly access?: Access
  /** How the files of the folder are read together. */
  readonly together?: keyof typeof TOGETHER
}

/**
 * Who reads some files: its name for people, the program that checks them, if one can, the paths of single files, a
 * folder of fragments with the names that are read there (any, if none are stated), and which files it passes over.
 */
type Row = readonly [
  reads: string,
  checks: string | undefined,
  files?: RegExp | undefined,
  folder?: RegExp | undefined,
  names?: Names | undefined,
  how?: How,
]

const ROOTS: How = {
  access: {
    fits: (mode, owner) => (mode & 0o022) === 0 && owner === 'root',
    says: 'reads a file only if it belongs to root and nobody else may write it',
  },
}
const RUNS: How = {
  access: { fits: (mode) => (mode & 0o111) !== 0, says: 'runs only executable files there' },
}

const ending = (...endings: readonly string[]): Names => ({
  pattern: new RegExp(`[^/](${endings.map((each) => each.replace('.', '\\.')).join('|')})$`),
  says: `it must end in ${endings.join(' or ')}`,
})
const CONF = ending('.conf')
const RUN_PARTS: Names = { pattern: /^[\w-]+$/, says: 'it may have letters, digits, - and _ only' }
const noDotOr = (end: string): Names => ({
  pattern: new RegExp(`^([\\w-]+|[\\w.-]+\\${end})$`),
  says: `it must have no dot, or end in ${end}`,
})
const SUDO: Names = { pattern: /^[^.]*[^.~]$/, says: 'it must have no dot, and no ~ at its end' }

/**
 * Files in which one bad line does harm that shows late or everywhere at once: root access, logins or package
 * installation break, the host does not boot, a daemon does not restart, a job never runs. And folders in which a file
 * of another name is never read.
 */
const READERS: readonly Row[] = [
  ['sudo', 'visudo', /^\/etc\/sudoers$/, /^\/etc\/sudoers\.d$/, SUDO, { ...ROOTS, together: 'sudo' }],
  ['PAM', 'PAM', /^\/etc\/pam\.conf$/, /^\/etc\/pam\.d$/],
  [
    'pam_limits',
    'pam_limits',
    /^\/etc\/security\/limits\.conf$/,
    /^\/etc\/security\/limits\.d$/,
    CONF,
    { together: 'limits' },
  ],
  ['sshd', 'sshd', /^\/etc\/ssh\/sshd_config$/, /^\/etc\/ssh\/sshd_config\.d$/, CONF, { together: 'sshd' }],
  ['ssh', 'ssh', /^\/etc\/ssh\/ssh_config$/, /^\/etc\/ssh\/ssh_config\.d$/, CONF],
  ['mount', 'mount', /^\/etc\/fstab$/],
  ['systemd', 'systemd', undefined, /^\/etc\/systemd\/system$/],
  ['systemd', 'systemd', undefined, /^\/etc\/systemd\/system\/[^/]+\.d$/, CONF, { together: 'ini' }],
  ['systemd', undefined, undefined, /^\/etc\/systemd\/[^/]+\.conf\.d$/, CONF, { together: 'ini' }],
  ['udev', 'udevadm', undefined, /^\/etc\/udev\/rules\.d$/, ending('.rules')],
  ['ifupdown', 'ifquery', /^\/etc\/network\/interfaces$/, /^\/etc\/network\/interfaces\.d$/, { pattern: /^[\w-]+$/ }],
  ['netplan', 'netplan', undefined, /^\/etc\/netplan$/, ending('.yaml')],
  ['nft', 'nft', /^\/etc\/nftables\.conf$/],
  ['apt', 'apt-get', /^\/etc\/apt\/sources\.list$/, /^\/etc\/apt\/sources\.list\.d$/, ending('.list', '.sources')],
  ['apt', 'apt-config', /^\/etc\/apt\/apt\.conf$/, /^\/etc\/apt\/apt\.conf\.d$/, noDotOr('.conf'), { together: 'apt' }],
  ['apt', 'apt-cache', /^\/etc\/apt\/preferences$/, /^\/etc\/apt\/preferences\.d$/, noDotOr('.pref')],
  ['apt', undefined, undefined, /^\/etc\/apt\/trusted\.gpg\.d$/, ending('.gpg', '.asc')],
  ['dpkg', 'dpkg', /^\/etc\/dpkg\/dpkg\.cfg$/, /^\/etc\/dpkg\/dpkg\.cfg\.d$/, RUN_PARTS],
  ['the shell', 'bash', /^\/etc\/(profile|bash\.bashrc)$/, /^\/etc\/profile\.d$/, ending('.sh'), { together: 'shell' }],
  ['grub', 'bash', /^\/etc\/default\/grub$/, /^\/etc\/default\/grub\.d$/, ending('.cfg'), { together: 'shell' }],
  ['cron', 'cron', /^\/etc\/crontab$/, /^\/etc\/cron\.d$/, RUN_PARTS, ROOTS],
  ['cron', undefined, undefined, /^\/etc\/cron\.(hourly|daily|weekly|monthly)$/, RUN_PARTS, RUNS],
  ['pam_motd', undefined, undefined, /^\/etc\/update-motd\.d$/, undefined, RUNS],
  ['cron', 'crontab', undefined, /^\/var\/spool\/cron\/crontabs$/],
  ['rsyslogd', 'rsyslogd', /^\/etc\/rsyslog\.conf$/, /^\/etc\/rsyslog\.d$/, CONF],
  ['modprobe', 'modprobe', undefined, /^\/etc\/modprobe\.d$/, CONF, { together: 'modprobe' }],
  ['systemd', undefined, undefined, /^\/etc\/modules-load\.d$/, CONF],
  ['systemd', 'systemd-sysctl', /^\/etc\/sysctl\.conf$/, /^\/etc\/sysctl\.d$/, CONF, { together: 'sysctl' }],
  ['systemd', 'systemd-tmpfiles', undefined, /^\/etc\/tmpfiles\.d$/, CONF, { together: 'tmpfiles' }],
  ['systemd', 'systemd-sysusers', undefined, /^\/etc\/sysusers\.d$/, CONF],
  ['every program', 'getent', /^\/etc\/nsswitch\.conf$/],
  ['dnsmasq', 'dnsmasq', /^\/etc\/dnsmasq\.conf$/, /^\/etc\/dnsmasq\.d$/],
  [
    'logrotate',
    'logrotate',
    /^\/etc\/logrotate\.conf$/,
    /^\/etc\/logrotate\.d$/,
    undefined,
    { ...ROOTS, together: 'logrotate' },
  ],
  ['chronyd', 'chronyd', /^\/etc\/chrony\/chrony\.conf$/, /^\/etc\/chrony\/conf\.d$/, CONF],
  ['chronyd', 'chronyd', undefined, /^\/etc\/chrony\/sources\.d$/, ending('.sources')],
  ['dockerd', 'dockerd', /^\/etc\/docker\/daemon\.json$/],
]

/** Who reads a file, by its name and place: `skips`, who reads others there, and in words, which. */
function whoReads(path: string): {
  readonly checks?: string | undefined
  readonly skips?: string
  readonly reads?: string
  readonly access?: Access | undefined
  /** The arguments of sh that asks which other files win. */
  readonly others?: readonly string[]
} {
  for (const [reads, checks, files, folder, names, { access, together } = {}] of READERS) {
    if (files?.test(path)) return { checks, reads, access }
    if (!folder?.test(dirName(path))) continue
    const others =
      together === undefined ? {} : { others: overruledBy(path, names?.pattern ?? /./, TOGETHER[together]) }
    if (names === undefined || names.pattern.test(baseName(path))) return { checks, reads, access, ...others }
    return names.says === undefined ? {} : { skips: `${reads} does not read a file of this name there: ${names.says}` }
  }
  return {}
}

/** The reader that checks new content for a path, unless the recipe names a check. */
export function readerOf(path: string): Reader | undefined {
  const { checks } = whoReads(path)
  return checks === undefined ? undefined : { program: checks }
}

/** The arguments of `overruled` for a file that others beside it may overrule. */
export const othersOf = (path: string): readonly string[] => whoReads(path).others ?? []

/** A file as its program finds it; an edited one keeps its mode and owner. */
interface Found {
  readonly name: string
  readonly path: string
  readonly mode?: string
  readonly owner?: string
  /** What the resource writes there, if it may be shown. */
  readonly text?: string | undefined
}

/** Why no program will read a file, because of its name, mode or owner. */
function passedOver({ path, mode, owner }: Found): string | undefined {
  const { skips, reads, access } = whoReads(path)
  if (skips !== undefined || access === undefined || mode === undefined || owner === undefined) return skips
  return access.fits(Number.parseInt(mode, 8), owner) ? undefined : `${reads} ${access.says}`
}

/**
 * sh that warns, like `foresee`, of files that no program will read, and of others that win.
 * @param steps what else changes in this run: what is there now of such a file does not matter
 */
export function foreseeRead(files: readonly Found[], steps: readonly Resource[]): Script {
  const skipped = files.map((file) => {
    const why = passedOver(file)
    return why === undefined ? empty : sh`printf '!\t%s\t%s\n' ${[file.name, why]}`
  })
  const overruled = files.flatMap(({ name, path, text }) => {
    const others = othersOf(path)
    return others.length === 0 || text === undefined
      ? []
      : [sh`printf '%s\n' ${text} | foresee_overruled ${[name, ...others]}`]
  })
  const changed = steps.flatMap(({ type, name, props }) => (type.places?.(name, props) ?? []).map(({ path }) => path))
  return join([...skipped, ...(overruled.length === 0 ? [] : [overruledFunctions(changed), ...overruled])])
}
