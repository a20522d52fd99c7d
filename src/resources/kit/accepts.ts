import { join, type Script, sh, shFile } from '../../shell/script.ts'
import { understoodFunction } from '../systemd/understood.ts'

/** How a new file is tried out: a command's words; its path stands for `%s`, or comes last where no word has that. */
export type Validate = readonly string[]

/** Who reads the files of some paths, and tries out new ones. */
export interface Reader {
  readonly program: string
  readonly paths: RegExp
}

/**
 * Files with which a mistake in one line does harm that shows later, or all at once: nobody could become root, log in
 * or install anything, the host would not boot, a daemon would not start again, a job would never run. Where a reader
 * leaves out files by their names, so does its pattern.
 */
const READERS: readonly Reader[] = (
  [
    ['visudo', /^\/etc\/sudoers(\.d\/[^/.]*[^/.~])?$/],
    ['PAM', /^\/etc\/pam\.(conf|d\/[^/]+)$/],
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
    ['logrotate', /^\/etc\/logrotate\.(conf|d\/[^/]+)$/],
    ['chronyd', /^\/etc\/chrony\/(chrony\.conf|conf\.d\/[^/]+\.conf|sources\.d\/[^/]+\.sources)$/],
    ['dockerd', /^\/etc\/docker\/daemon\.json$/],
  ] as const
).map(([program, paths]) => ({ program, paths }))

const script = shFile(import.meta.url, './accepts.sh')

/** Who tries out what shall be at a path, where the recipe does not say. */
export const readerOf = (path: string): Reader | undefined => READERS.find(({ paths }) => paths.test(path))

/** sh that fails unless `candidate` is accepted as the new content of `path`. */
export function accepts(path: string, by: Validate | Reader, candidate: string): Script {
  const [name, call] =
    'program' in by
      ? [by.program, sh`sh -c ${textOf(by)} ${[by.program, candidate, path]}`]
      : [by[0] ?? '', validateWords(by, candidate)]
  return sh`${call} </dev/null || { echo ${`${path}: ${name} refused the new content; the file is as it was`} >&2; exit 1; }`
}

/** What systemd understands is asked as of units, but a drop-in's directory is not this file's to remove. */
const textOf = ({ program }: Reader): string =>
  (program === 'systemd' ? join([understoodFunction, sh`unit_dir=$trial`, script]) : script).text

function validateWords(validate: Validate, candidate: string): Script {
  const words = validate.some((w) => w.includes('%s'))
    ? validate.map((w) => w.replaceAll('%s', () => candidate))
    : [...validate, candidate]
  return sh`${words}`
}
