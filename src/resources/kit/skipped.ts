import { empty, join, type Script, sh } from '../../shell/script.ts'
import { dirName } from './path.ts'

/** A folder of fragments: which names its program reads, as a pattern and in words. */
type Fragments = readonly [folders: RegExp, program: string, names: RegExp, words: string]

const endingIn = (...endings: readonly string[]): readonly [RegExp, string] => [
  new RegExp(`(${endings.map((each) => each.replace('.', '\\.')).join('|')})$`),
  `it must end in ${endings.join(' or ')}`,
]
const RUN_PARTS = [/^[\w-]+$/, 'it may have letters, digits, - and _ only'] as const

const FRAGMENTS: readonly Fragments[] = [
  [/^\/etc\/sudoers\.d$/, 'sudo', /^[^.]*[^.~]$/, 'it must have no dot, and no ~ at its end'],
  [/^\/etc\/cron\.(d|hourly|daily|weekly|monthly)$/, 'cron', ...RUN_PARTS],
  [/^\/etc\/dpkg\/dpkg\.cfg\.d$/, 'dpkg', ...RUN_PARTS],
  [/^\/etc\/apt\/sources\.list\.d$/, 'apt', ...endingIn('.list', '.sources')],
  [/^\/etc\/apt\/apt\.conf\.d$/, 'apt', /^([\w-]+|[\w.-]+\.conf)$/, 'it must have no dot, or end in .conf'],
  [/^\/etc\/apt\/preferences\.d$/, 'apt', /^([\w-]+|[\w.-]+\.pref)$/, 'it must have no dot, or end in .pref'],
  [/^\/etc\/apt\/trusted\.gpg\.d$/, 'apt', ...endingIn('.gpg', '.asc')],
  [/^\/etc\/ssh\/sshd_config\.d$/, 'sshd', ...endingIn('.conf')],
  [/^\/etc\/ssh\/ssh_config\.d$/, 'ssh', ...endingIn('.conf')],
  [/^\/etc\/profile\.d$/, 'the shell', ...endingIn('.sh')],
  [/^\/etc\/netplan$/, 'netplan', ...endingIn('.yaml')],
  [/^\/etc\/udev\/rules\.d$/, 'udev', ...endingIn('.rules')],
  [/^\/etc\/security\/limits\.d$/, 'pam_limits', ...endingIn('.conf')],
  [/^\/etc\/rsyslog\.d$/, 'rsyslogd', ...endingIn('.conf')],
  [/^\/etc\/modprobe\.d$/, 'modprobe', ...endingIn('.conf')],
  [/^\/etc\/(sysctl|modules-load|tmpfiles|sysusers|systemd\/[^/]+\.conf)\.d$/, 'systemd', ...endingIn('.conf')],
  [/^\/etc\/systemd\/system\/[^/]+\.d$/, 'systemd', ...endingIn('.conf')],
]

/** Why the program for which a file is meant would not read it; undefined if it does, or if no program is known. */
export function skipped(path: string): string | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const fragments = FRAGMENTS.find(([folders]) => folders.test(dirName(path)))
  if (fragments === undefined) return undefined
  const [, program, names, words] = fragments
  return names.test(name) ? undefined : `${program} does not read a file of this name there: ${words}`
}

/** sh that warns, like `foresee`, of files that no program will read because of their names. */
export const foreseeSkipped = (files: readonly { readonly name: string; readonly path: string }[]): Script =>
  join(
    files.map(({ name, path }) => {
      const why = skipped(path)
      return why === undefined ? empty : sh`printf '!\t%s\t%s\n' ${[name, why]}`
    }),
  )
