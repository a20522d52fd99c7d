import { empty, join, type Script, sh } from '../../shell/script.ts'
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

/**
 * Who reads some files: its name for people, the program that checks them, if one can, the paths of single files, and a
 * folder of fragments with the names that are read there (any, if none are stated).
 */
type Row = readonly [
  reads: string,
  checks: string | undefined,
  files?: RegExp | undefined,
  folder?: RegExp,
  names?: Names,
]

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
  ['sudo', 'visudo', /^\/etc\/sudoers$/, /^\/etc\/sudoers\.d$/, SUDO],
  ['PAM', 'PAM', /^\/etc\/pam\.conf$/, /^\/etc\/pam\.d$/],
  ['pam_limits', 'pam_limits', /^\/etc\/security\/limits\.conf$/, /^\/etc\/security\/limits\.d$/, CONF],
  ['sshd', 'sshd', /^\/etc\/ssh\/sshd_config$/, /^\/etc\/ssh\/sshd_config\.d$/, CONF],
  ['ssh', 'ssh', /^\/etc\/ssh\/ssh_config$/, /^\/etc\/ssh\/ssh_config\.d$/, CONF],
  ['mount', 'mount', /^\/etc\/fstab$/],
  ['systemd', 'systemd', undefined, /^\/etc\/systemd\/system$/],
  ['systemd', 'systemd', undefined, /^\/etc\/systemd\/system\/[^/]+\.d$/, CONF],
  ['systemd', undefined, undefined, /^\/etc\/systemd\/[^/]+\.conf\.d$/, CONF],
  ['udev', 'udevadm', undefined, /^\/etc\/udev\/rules\.d$/, ending('.rules')],
  ['ifupdown', 'ifquery', /^\/etc\/network\/interfaces$/, /^\/etc\/network\/interfaces\.d$/, { pattern: /^[\w-]+$/ }],
  ['netplan', 'netplan', undefined, /^\/etc\/netplan$/, ending('.yaml')],
  ['nft', 'nft', /^\/etc\/nftables\.conf$/],
  ['apt', 'apt-get', /^\/etc\/apt\/sources\.list$/, /^\/etc\/apt\/sources\.list\.d$/, ending('.list', '.sources')],
  ['apt', 'apt-config', /^\/etc\/apt\/apt\.conf$/, /^\/etc\/apt\/apt\.conf\.d$/, noDotOr('.conf')],
  ['apt', 'apt-cache', /^\/etc\/apt\/preferences$/, /^\/etc\/apt\/preferences\.d$/, noDotOr('.pref')],
  ['apt', undefined, undefined, /^\/etc\/apt\/trusted\.gpg\.d$/, ending('.gpg', '.asc')],
  ['dpkg', 'dpkg', /^\/etc\/dpkg\/dpkg\.cfg$/, /^\/etc\/dpkg\/dpkg\.cfg\.d$/, RUN_PARTS],
  ['the shell', 'bash', /^\/etc\/(profile|bash\.bashrc)$/, /^\/etc\/profile\.d$/, ending('.sh')],
  ['grub', 'bash', /^\/etc\/default\/grub$/, /^\/etc\/default\/grub\.d$/, ending('.cfg')],
  ['cron', 'cron', /^\/etc\/crontab$/, /^\/etc\/cron\.d$/, RUN_PARTS],
  ['cron', undefined, undefined, /^\/etc\/cron\.(hourly|daily|weekly|monthly)$/, RUN_PARTS],
  ['cron', 'crontab', undefined, /^\/var\/spool\/cron\/crontabs$/],
  ['rsyslogd', 'rsyslogd', /^\/etc\/rsyslog\.conf$/, /^\/etc\/rsyslog\.d$/, CONF],
  ['modprobe', 'modprobe', undefined, /^\/etc\/modprobe\.d$/, CONF],
  ['systemd', undefined, undefined, /^\/etc\/modules-load\.d$/, CONF],
  ['systemd', 'systemd-sysctl', /^\/etc\/sysctl\.conf$/, /^\/etc\/sysctl\.d$/, CONF],
  ['systemd', 'systemd-tmpfiles', undefined, /^\/etc\/tmpfiles\.d$/, CONF],
  ['systemd', 'systemd-sysusers', undefined, /^\/etc\/sysusers\.d$/, CONF],
  ['every program', 'getent', /^\/etc\/nsswitch\.conf$/],
  ['dnsmasq', 'dnsmasq', /^\/etc\/dnsmasq\.conf$/, /^\/etc\/dnsmasq\.d$/],
  ['logrotate', 'logrotate', /^\/etc\/logrotate\.conf$/, /^\/etc\/logrotate\.d$/],
  ['chronyd', 'chronyd', /^\/etc\/chrony\/chrony\.conf$/, /^\/etc\/chrony\/conf\.d$/, CONF],
  ['chronyd', 'chronyd', undefined, /^\/etc\/chrony\/sources\.d$/, ending('.sources')],
  ['dockerd', 'dockerd', /^\/etc\/docker\/daemon\.json$/],
]

/** Who reads a file, by its name and place: `skips`, who reads others there, and in words, which. */
function whoReads(path: string): { readonly checks?: string | undefined; readonly skips?: string } {
  for (const [reads, checks, files, folder, names] of READERS) {
    if (files?.test(path)) return { checks }
    if (!folder?.test(dirName(path))) continue
    if (names === undefined || names.pattern.test(baseName(path))) return { checks }
    return names.says === undefined ? {} : { skips: `${reads} does not read a file of this name there: ${names.says}` }
  }
  return {}
}

/** The reader that checks new content for a path, unless the recipe names a check. */
export function readerOf(path: string): Reader | undefined {
  const { checks } = whoReads(path)
  return checks === undefined ? undefined : { program: checks }
}

/** sh that warns, like `foresee`, of files that no program will read because of their names. */
export const foreseeSkipped = (files: readonly { readonly name: string; readonly path: string }[]): Script =>
  join(
    files.map(({ name, path }) => {
      const { skips } = whoReads(path)
      return skips === undefined ? empty : sh`printf '!\t%s\t%s\n' ${[name, skips]}`
    }),
  )
