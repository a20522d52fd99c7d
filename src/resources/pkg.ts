import { type Change, defineResource, type Item } from '../engine/resource.ts'
import { join, type Script, sh } from '../shell/script.ts'
import { aptFunctions, dpkgList, PACKAGE_NAME } from './apt.ts'

/** A Debian package, as a recipe writes it. */
export interface PackageInput {
  /** Exactly this version (`3.8.0-11`), or any that begins so (`3.8*`: where none is installed, the newest such). Default: any. */
  readonly version?: string
  /** Held: upgrades leave it alone. Default: as it is. */
  readonly held?: boolean
  /** Install what it recommends, too. Default false. */
  readonly recommends?: boolean
  readonly ensure?: 'present' | 'absent'
  /** With `ensure: 'absent'`: also remove its configuration files. */
  readonly purge?: boolean
}

/** The same, defaults filled in. */
export interface PackageProps extends PackageInput {
  readonly recommends: boolean
  readonly ensure: 'present' | 'absent'
  readonly purge: boolean
}

/** What dpkg knows of a package. */
export interface PackageState {
  /** Wanted and actual state as dpkg's two letters: `ii`, `hi`, `rc`, `iU`… */
  readonly status: string
  readonly version: string
  /** dpkg was killed while it wrote its database: what it says may be old. */
  readonly interrupted: boolean
}

/** Seconds that an installation waits for another process's lock. */
const PATIENCE = 600

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
export const pkg = defineResource<PackageInput, PackageProps, PackageState>(
  {
    name: 'package',
    together: true,
    observe: (items) => sh`
      ${dpkgList}
      interrupted=no
      for f in /var/lib/dpkg/updates/[0-9]*; do [ ! -e "$f" ] || interrupted=yes; done
      list=$(dpkg_list)
      names=${` ${items.map((i) => i.name).join(' ')} `}
      for name in $names; do printf '%s\t%s\tnone\n' "$name" "$interrupted"; done
      printf '%s\n' "$list" | while IFS=$tab read -r name status version arch; do
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
      const mend: Change[] = is.interrupted ? [{ action: 'update', text: 'dpkg was interrupted: finish what it began' }] : []
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
        return [{ action: 'create', text: `${props.version ?? 'any version'}${props.held ? ', held' : ''}` }]
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
    apply: (items) => transaction(items),
  },
  ({ version, held, recommends = false, ensure = 'present', purge = false }, name) => {
    const say = (what: string): never => {
      throw new TypeError(`package ${JSON.stringify(name)}: ${what}`)
    }
    if (!PACKAGE_NAME.test(name)) say('this is not the name of a Debian package')
    if (version !== undefined && !/^[0-9][\w.+:~-]*\*?$/.test(version))
      say(`version ${JSON.stringify(version)} is not a Debian version; write it like "1.2.3-4" or "1.2*"`)
    if (ensure === 'absent' && (version !== undefined || held !== undefined || recommends))
      say('a package that is absent has no version, hold or recommendations')
    if (ensure === 'present' && purge) say('only a package that is absent can be purged')
    return { ...(version === undefined ? {} : { version }), ...(held === undefined ? {} : { held }), recommends, ensure, purge }
  },
)

/** One package-manager transaction for all items. */
export function transaction(items: readonly Item<PackageProps>[], patience: number = PATIENCE): Script {
  const flag = (v: boolean | undefined) => (v === undefined ? 'as-is' : v ? 'yes' : 'no')
  return join([
    sh`(`,
    aptFunctions(patience),
    dpkgList,
    functions,
    ...items.map(({ name, props }) =>
      props.ensure === 'absent'
        ? sh`absent ${name} ${flag(props.purge)}`
        : sh`present ${name} ${props.version ?? '*'} ${flag(props.held)} ${flag(props.recommends)}`,
    ),
    sh`
      commit
      )`,
  ])
}

/** `present` and `absent` compare one package with dpkg's list and note what is to do; `commit` does it. */
const functions: Script = sh`
  apt_mend
  list=$(dpkg_list)
  ready= install= recommended= remove= purge= hold= unhold= downgrade=
  # what dpkg knows of package $1: status, has
  look() {
    line=$(printf '%s\n' "$list" | sed -n "s/^$(printf '%s' "$1" | sed 's/[.]/\\./g')$tab//p")
    status=$(printf '%s' "$line" | cut -f 1) has=$(printf '%s' "$line" | cut -f 2)
  }
  candidate() { apt-cache policy "$1" | sed -n 's/^  Candidate: //p' | grep -vxF '(none)'; }
  offers() { apt-cache madison "$1" | cut -d '|' -f 2 | tr -d ' ' | uniq; }
  # the version of package $1 to install, that fits pattern $2: apt's own choice, or the newest that fits
  choose() {
    version=$(candidate "$1") || return 1
    [ "$2" != '*' ] || return 0
    version=
    for v in $(offers "$1"); do
      case $v in $2) [ -n "$version" ] && dpkg --compare-versions "$v" le "$version" || version=$v ;; esac
    done
    [ -n "$version" ]
  }
  lacking() {
    offers=$(offers "$1" | head -n 8 | tr '\n' ' ')
    [ -z "$offers" ] || give_up "package $1: no repository of this host has version $2; they have: \${offers% }"
    makers=$(apt-cache showpkg "$1" 2>/dev/null | sed -n '/^Reverse Provides:/,$ { /^Reverse/d; s/ .*//; p; }' | sort -u | head -n 8 | tr '\n' ' ')
    [ -z "$makers" ] || give_up "package $1: this is only a name that other packages provide; write one of: \${makers% }"
    give_up "package $1: no repository of this host has it; is it spelt right, and its aptRepository listed before it?"
  }
  # NAME PATTERN HELD RECOMMENDS
  present() {
    look "$1"
    held=no keep=$3 fits=no
    case $status in h*) held=yes ;; esac
    [ "$keep" != as-is ] || keep=$held
    case $has in $2) fits=yes ;; esac
    case $status$fits in
      ?i' yes' | ?iyes) ;;
      ?[UFWt]*yes) add "$1" "$has" "$4" ;;
      *)
        [ -n "$ready" ] || { apt_ready; ready=yes; }
        choose "$1" "$2" || { [ -n "$refreshed" ] || apt_refresh; choose "$1" "$2"; } || lacking "$1" "$2"
        case $status in ?i*) ! dpkg --compare-versions "$has" gt "$version" || downgrade=--allow-downgrades ;; esac
        add "$1" "$version" "$4"
        [ "$held" = no ] || { unhold="$unhold $1" held=no; } ;;
    esac
    case $held$keep in noyes) hold="$hold $1" ;; yesno) unhold="$unhold $1" ;; esac
  }
  add() { if [ "$3" = yes ]; then recommended="$recommended $1=$2"; else install="$install $1=$2"; fi; }
  # NAME PURGE
  absent() {
    look "$1"
    case $status in '' | ?[nc]*) ;; *) remove="$remove $1" ;; esac
    case $status in h*) unhold="$unhold $1" ;; esac
    [ -z "$status" ] || [ "$2" = no ] || purge="$purge $1"
  }
  # lists may be older than what the mirror still has: once more with fresh ones
  run_install() {
    apt_get "$@" && return
    failed=$?
    [ -z "$refreshed" ] && grep -q -e '[Uu]nable to fetch' -e 'Failed to fetch' "$heard" || return "$failed"
    apt_refresh
    apt_get "$@"
  }
  commit() {
    [ -z "$unhold" ] || patiently apt-mark unhold $unhold
    guard=--no-remove minus=
    for name in $remove; do minus="$minus $name-" guard=; done
    if [ -n "$remove" ]; then
      plan=$(apt-get -s --no-install-recommends $downgrade install $install $minus) || give_up "package: apt cannot install and remove this together:$install$minus"
      also=
      for name in $(printf '%s\n' "$plan" | sed -n -e 's/^Remv \([^ ]*\).*/\1/p' -e 's/^Purg \([^ ]*\).*/\1/p'); do
        case "$remove " in *" $name "*) ;; *) also="$also $name" ;; esac
      done
      [ -z "$also" ] || give_up "package: removing$remove would also remove:$also; say of those, too, that they shall be absent, or keep$remove"
    fi
    [ -z "$install$remove" ] || run_install $guard --no-install-recommends $downgrade install $install $minus
    [ -z "$recommended" ] || run_install --no-remove --install-recommends $downgrade install $recommended
    [ -z "$purge" ] || patiently dpkg --purge $purge
    [ -z "$hold" ] || patiently apt-mark hold $hold
  }`
