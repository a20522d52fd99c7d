import { join, type Script, sh, shFile } from '../../shell/script.ts'
import { understoodFunction } from '../systemd/understood.ts'

/** How to check a new file: a command's words. `%s` stands for the file's path; without it, the path comes last. */
export type Validate = readonly string[]

/** The program that reads the files at some paths, and checks new ones. */
export interface Reader {
  readonly program: string
  readonly paths: RegExp
}

/**
 * Files in which one bad line does harm that shows late or everywhere at once: root access, logins or package
 * installation break, the host does not boot, a daemon does not restart, a job never runs. If a reader ignores files
 * because of their names, so does its pattern.
 */
const READERS: readonly Reader[] = (
  [
    ['visudo', /^\/etc\/sudoers(\.d\/[^/.]*[^/.~])?$/],
    ['PAM', /^\/etc\/pam\.(conf|d\/[^/]+)$/],
    ['pam_limits', /^\/etc\/security\/limits\.(conf|d\/[^/]+\.conf)$/],
    ['sshd', /^\/etc\/ssh\/sshd_config(\.d\/[^/]+\.conf)?$/],
    ['ssh', /^\/etc\/ssh\/ssh_config(\.d\/[^/]+\.conf)?$/],
    ['mount', /^\/etc\/fstab$/],
    ['systemd', /^\/etc\/systemd\/system\/([^/]+|[^/]+\.d\/[^/]+\.conf)$/],
    ['udevadm', /^\/etc\/udev\/rules\.d\/[^/]+\.rules$/],
    ['ifquery', /^\/etc\/network\/interfaces(\.d\/[\w-]+)?$/],
    ['netplan', /^\/etc\/netplan\/[^/]+\.yaml$/],
    ['nft', /^\/etc\/nftables\.conf$/],
    ['apt-get', /^\/etc\/apt\/(sources\.list|sources\.list\.d\/[^/]+\.(list|sources))$/],
    ['apt-config', /^\/etc\/apt\/(apt\.conf|apt\.conf\.d\/([^/.]+|[^/]+\.conf))$/],
    ['apt-cache', /^\/etc\/apt\/(preferences|preferences\.d\/([^/.]+|[^/]+\.pref))$/],
    ['dpkg', /^\/etc\/dpkg\/dpkg\.cfg(\.d\/[\w-]+)?$/],
    ['bash', /^\/etc\/(profile|bash\.bashrc|profile\.d\/[^/]+\.sh|default\/grub(\.d\/[^/]+\.cfg)?)$/],
    ['cron', /^\/etc\/(crontab|cron\.d\/[\w-]+)$/],
    ['crontab', /^\/var\/spool\/cron\/crontabs\/[^/]+$/],
    ['rsyslogd', /^\/etc\/rsyslog\.(conf|d\/[^/]+\.conf)$/],
    ['modprobe', /^\/etc\/modprobe\.d\/[^/]+\.conf$/],
    ['systemd-sysctl', /^\/etc\/sysctl\.(conf|d\/[^/]+\.conf)$/],
    ['systemd-tmpfiles', /^\/etc\/tmpfiles\.d\/[^/]+\.conf$/],
    ['systemd-sysusers', /^\/etc\/sysusers\.d\/[^/]+\.conf$/],
    ['getent', /^\/etc\/nsswitch\.conf$/],
    ['dnsmasq', /^\/etc\/dnsmasq\.(conf|d\/[^/]+)$/],
    ['logrotate', /^\/etc\/logrotate\.(conf|d\/[^/]+)$/],
    ['chronyd', /^\/etc\/chrony\/(chrony\.conf|conf\.d\/[^/]+\.conf|sources\.d\/[^/]+\.sources)$/],
    ['dockerd', /^\/etc\/docker\/daemon\.json$/],
  ] as const
).map(([program, paths]) => ({ program, paths }))

const script = shFile(import.meta.url, './accepts.sh')

/** The reader that checks new content for a path, unless the recipe names a check. */
export const readerOf = (path: string): Reader | undefined => READERS.find(({ paths }) => paths.test(path))

/** sh that fails unless `candidate` is accepted as the new content of `path`. */
export function accepts(path: string, by: Validate | Reader, candidate: string): Script {
  const [name, call] =
    'program' in by
      ? [by.program, sh`sh -c ${textOf(by)} ${[by.program, candidate, path]}`]
      : [by[0] ?? '', validateWords(by, candidate)]
  return sh`${call} </dev/null || { echo ${`${path}: ${name} refused the new content; the file is as it was`} >&2; exit 1; }`
}

/** systemd checks the file as a unit, but must not remove a drop-in's directory, which this file does not own. */
const textOf = ({ program }: Reader): string =>
  (program === 'systemd' ? join([understoodFunction, sh`unit_dir=$trial`, script]) : script).text

function validateWords(validate: Validate, candidate: string): Script {
  const words = validate.some((w) => w.includes('%s'))
    ? validate.map((w) => w.replaceAll('%s', () => candidate))
    : [...validate, candidate]
  return sh`${words}`
}
