import { defineByHand } from '../../model/define-resource.ts'
import type { Change } from '../../model/resource.ts'
import { empty, sh } from '../../shell/script.ts'
import { type Fetched, fetched, fileName } from '../kit/fetch.ts'
import { dpkgList, PACKAGE_NAME } from './apt.ts'
import { transaction } from './pkg-transaction.ts'

/** A Debian package, as a recipe writes it. */
export interface PackageInput {
  /** Exactly this version (`3.8.0-11`), or any that begins so (`3.8*`: where none is installed, the newest such). Default: any. */
  readonly version?: string
  /** Held: upgrades leave it alone. Default: as it is. */
  readonly held?: boolean
  /**
   * Installed from this very file, fetched by the host or sent from this machine; what it depends on comes from the repositories. Its version is then
   * needed, and it is known by that: another file of the same version is no difference.
   */
  readonly deb?: { readonly source: string | { readonly file: string }; readonly sha256?: string; readonly sha512?: string }
  /** Install what it recommends, too. Default false. */
  readonly recommends?: boolean
  readonly ensure?: 'present' | 'absent'
  /** With `ensure: 'absent'`: also remove its configuration files. */
  readonly purge?: boolean
}

/** The same, defaults filled in. */
export interface PackageProps extends Omit<PackageInput, 'deb'> {
  readonly deb?: Fetched
  readonly recommends: boolean
  readonly ensure: 'present' | 'absent'
  readonly purge: boolean
}

/** What dpkg knows of a package. */
export interface PackageState {
  /** Wanted and actual state as dpkg's two letters: `ii`, `hi`, `rc`, `iU`… */
  readonly status: string
  readonly version: string
  /** dpkg was killed, or is at work: what its database says may be old. */
  readonly interrupted: boolean
}

const matches = (wanted: string | undefined, is: string): boolean =>
  wanted === undefined || (wanted.endsWith('*') ? is.startsWith(wanted.slice(0, -1)) : is === wanted)

const brokenStates: Readonly<Record<string, string>> = {
  H: 'half-installed',
  U: 'unpacked, not configured',
  F: 'half-configured',
  W: 'waits for triggers',
  t: 'has pending triggers',
}

/** A Debian package; neighbours are installed and removed in one transaction, which removes nothing that was not named. */
export const pkg = defineByHand<PackageInput, PackageProps, PackageState>(
  {
    name: 'package',
    observe: (items) => sh`
      ${dpkgList}
      interrupted=no
      for f in /var/lib/dpkg/updates/[0-9]*; do [ ! -e "$f" ] || interrupted=yes; done
      list=$(dpkg_list)
      names=${` ${items.map((i) => i.name).join(' ')} `}
      for name in $names; do printf '%s\t%s\tnone\n' "$name" "$interrupted"; done
      # sh reads a pipe byte by byte: what is not asked for is left out before
      printf '%s\n' "$list" | grep ${items.flatMap(({ name }) => ['-e', `^${name.replaceAll('.', '[.]')}\t`])} | while IFS=$tab read -r name status version arch; do
        case $names in *" $name "*) printf '%s\t%s\t%s\t%s\n' "$name" "$interrupted" "$status" "$version" ;; esac
      done`,
    // the first line says "none", one that follows says otherwise
    parse: (records) => {
      const [interrupted, status = '', version = ''] = records.at(-1) ?? []
      if (status === 'none') return interrupted === 'yes' ? { status: 'un', version: '', interrupted: true } : 'absent'
      return { status: status.trim(), version, interrupted: interrupted === 'yes' }
    },
    diff: (props, state) => {
      const is = state === 'absent' ? { status: 'un', version: '', interrupted: false } : state
      const actual = is.status.charAt(1)
      const mend: Change[] = is.interrupted ? [{ action: 'update', text: 'dpkg has begun what it has not finished' }] : []
      if (props.ensure === 'absent') {
        if (actual === 'n' || (actual === 'c' && !props.purge)) return mend
        return [
          ...mend,
          {
            action: 'remove',
            text: actual === 'c' ? 'purge its configuration files' : `${is.version}${props.purge ? ', with its configuration files' : ''}`,
          },
        ]
      }
      if (actual === 'n' || actual === 'c')
        return [
          {
            action: 'create',
            text: `${props.version ?? 'any version'}${props.deb ? `, from ${fileName(props.deb.source)}` : ''}${props.held ? ', held' : ''}`,
          },
        ]
      const changes: Change[] = [...mend]
      const broken = brokenStates[actual] ?? (is.status.length > 2 ? 'needs to be reinstalled' : undefined)
      if (broken !== undefined) changes.push({ action: 'update', text: broken })
      const held = is.status.startsWith('h')
      const other = !matches(props.version, is.version)
      if (other) changes.push({ action: 'update', text: `version ${is.version} → ${props.version}` })
      if (props.held !== undefined && props.held !== held) changes.push({ action: 'update', text: props.held ? 'hold' : 'hold no longer' })
      if (!other || !held || props.held !== undefined) return changes
      return {
        refusal: 'package-held',
        reason: `version ${is.version} is held on the host, by somebody else, and ${props.version} is wanted.`,
        remedy: 'Say "held" in the recipe, or release it on the host with apt-mark unhold.',
        changes,
      }
    },
    applyTogether: (items) => transaction(items),
    foresee: (items) => {
      const wanted = items.filter(({ props }) => props.ensure === 'present' && props.deb === undefined) // a file that is not there yet
      const words = wanted.map(({ name, props: { version } }) => (version === undefined ? name : `${name}=${version}`))
      const recommends = wanted.some(({ props }) => props.recommends) ? [] : ['--no-install-recommends']
      if (wanted.length === 0) return empty
      // fails where the lists are not there yet, or too old: then apt cannot tell either
      return sh`
        apt-get -s -q --no-remove ${recommends} install ${words} 2>/dev/null |
          sed -n 's/^Inst \([^ ]*\) .*(\([^ ]*\) .*/\1 \2/p' | grep -v ${wanted.flatMap(({ name }) => ['-e', `^${name.replaceAll('.', '[.]')} `])} || :`
    },
  },
  ({ version, held, deb, recommends = false, ensure = 'present', purge = false }, name) => {
    const say = (what: string): never => {
      throw new TypeError(`package ${JSON.stringify(name)}: ${what}`)
    }
    if (!PACKAGE_NAME.test(name)) say('this is not the name of a Debian package')
    if (version !== undefined && !/^[0-9][\w.+:~-]*\*?$/.test(version))
      say(`version ${JSON.stringify(version)} is not a Debian version; write it like "1.2.3-4" or "1.2*"`)
    if (ensure === 'absent' && (version !== undefined || held !== undefined || recommends || deb !== undefined))
      say('a package that is absent has no version, hold or recommendations')
    if (ensure === 'present' && purge) say('only a package that is absent can be purged')
    if (deb !== undefined && (version === undefined || version.endsWith('*'))) say('say the whole version of the deb: it is known by that')
    return {
      ...(version === undefined ? {} : { version }),
      ...(held === undefined ? {} : { held }),
      ...(deb === undefined ? {} : { deb: fetched(`package ${JSON.stringify(name)}: its deb`, deb.source, deb) }),
      recommends,
      ensure,
      purge,
    }
  },
  { version: true, held: true, deb: true, recommends: true, ensure: true, purge: true },
)
