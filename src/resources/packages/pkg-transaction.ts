import type { Item } from '../../model/resource.ts'
import { empty, join, type Script, sh } from '../../shell/script.ts'
import { SILENCE } from '../kit/awake.ts'
import { DOWNLOAD_DIR, downloadFunctions } from '../kit/download.ts'
import { type Fetched, fetch } from '../kit/fetch.ts'
import { aptFunctions, debMark, dpkgList } from './apt.ts'
import { aptChoice } from './apt-choice.ts'

/** A package as it shall be. */
export interface PackageProps {
  readonly version?: string | undefined
  readonly held?: boolean | undefined
  readonly deb?: Fetched
  readonly recommends: boolean
  readonly ensure: 'present' | 'absent'
  readonly purge: boolean
}

/** Seconds that an installation waits for another process's lock. */
const PATIENCE = 600

/** One package-manager transaction for all items. */
export function transaction(
  items: readonly Item<PackageProps>[],
  patience: number = PATIENCE,
  silence: number = SILENCE,
): Script {
  const flag = (v: boolean | undefined) => (v === undefined ? 'as-is' : v ? 'yes' : 'no')
  return join([
    sh`(`,
    aptFunctions(patience, silence),
    aptChoice,
    dpkgList,
    functions,
    items.some(({ props }) => props.deb) ? downloadFunctions : empty,
    ...items.map(({ name, props }) => {
      if (props.ensure === 'absent') return sh`absent ${name} ${flag(props.purge)}`
      const version = props.version ?? '*'
      if (props.deb === undefined) return sh`present ${name} ${version} ${flag(props.held)} ${flag(props.recommends)}`
      // apt takes a file by its path, and only one that is called so
      const path = `${DOWNLOAD_DIR}/${name}.deb`
      return sh`
        bring() {
          ${fetch(props.deb)}
          mkdir -p -m 0700 ${DOWNLOAD_DIR}
          ln -sfn "$fetched" ${path}
          debs="$debs ${path} $download"
          holds=$(dpkg-deb -f "$fetched" Package Version | sed 's/^[^:]*: *//' | paste -sd ' ')
          [ "$holds" = ${`${name.replace(/:.*/, '')} ${version}`} ] || give_up ${`package ${name}: version ${version} is wanted, and the deb holds`}" $holds"
        }
        present ${name} ${version} ${flag(props.held)} ${flag(props.recommends)} ${path} ${props.deb.sum.hex}`
    }),
    sh`
      commit
      )`,
  ])
}

/** `present` and `absent` compare one package with dpkg's list and note what is to do; `commit` does it. */
const functions: Script = sh`
  apt_mend
  list=$(dpkg_list) arch=$(dpkg --print-architecture)
  ready= install= recommended= remove= purge= hold= unhold= downgrade= reinstall= debs= from=
  # what dpkg knows of package $1: status, has
  look() {
    line=$(printf '%s\n' "$list" | sed -n "s/^$(printf '%s' "\${1%":$arch"}" | sed 's/[.]/\\./g')$tab//p")
    status=$(printf '%s' "$line" | cut -f 1) has=$(printf '%s' "$line" | cut -f 2)
  }
  # NAME PATTERN HELD RECOMMENDS [FILE, which \`bring\` puts there, SUM]
  present() {
    look "$1"
    held=no keep=$3 fits=no
    case $status in h*) held=yes ;; esac
    [ "$keep" != as-is ] || keep=$held
    case $has in $2) fits=yes ;; esac
    # another file of the same version: apt takes it for installed, or for an older one
    if [ -n "$6" ] && [ "$fits" = yes ] && [ -s ${debMark}"$1" ]; then
      case $(cat ${debMark}"$1") in "$has $6") ;; "$has "*) fits=no reinstall=--reinstall downgrade=--allow-downgrades ;; esac
    fi
    # apt takes one that is half there, in the wanted version, for installed, and only tries to configure it
    case $status in ?H* | ??R*) reinstall=--reinstall ;; esac
    case $status$fits in
      ?i' yes' | ?iyes) ;;
      ?[UFWt]*yes)
        if [ -n "$5" ]; then bring; fi
        add "$1" "$has" "$4" "$5" "$6" ;;
      *)
        [ -n "$ready" ] || { apt_ready; ready=yes; }
        if [ -n "$5" ]; then bring; version=$2
        else choose "$1" "$2" || { [ -n "$refreshed" ] || apt_refresh; choose "$1" "$2"; } || lacking "$1" "$2"; fi
        # also of one that is only half there: a downgrade that was killed must not stand in its own way
        case $status in '' | ?[nc]*) ;; *) ! dpkg --compare-versions "$has" gt "$version" || downgrade=--allow-downgrades ;; esac
        add "$1" "$version" "$4" "$5" "$6"
        [ "$held" = no ] || { unhold="$unhold $1" held=no; } ;;
    esac
    case $held$keep in noyes) hold="$hold $1" ;; yesno) unhold="$unhold $1" ;; esac
  }
  add() {
    word=$1=$2
    if [ -z "$4" ]; then rm -f ${debMark}"$1"; else word=$4 from="$from $1 $2 $5"; fi
    if [ "$3" = yes ]; then recommended="$recommended $word"; else install="$install $word"; fi
  }
  # which file packages come from; what is not known until they are installed is written before
  came_from() {
    while [ $# -gt 0 ]; do printf '%s %s\n' "$2" "\${said:-$3}" >${debMark}"$1"; shift 3; done
  }
  # NAME PURGE
  absent() {
    look "$1"
    rm -f ${debMark}"$1"
    case $status in '' | ?[nc]*) ;; *) remove="$remove $1" ;; esac
    case $status in h*) unhold="$unhold $1" ;; esac
    [ -z "$status" ] || [ "$2" = no ] || purge="$purge $1"
  }
  # what takes long without a word may be a package's own script, but not what is fetched; that is safe to do again
  bring_debs() {
    apt_online --download-only "$@" && return
    failed=$?
    [ "$failed" = 124 ] || return "$failed"
    apt_online --download-only "$@" || { [ $? != 124 ] || give_up 'packages could not be fetched: apt-get had received nothing for '${SILENCE}' s, twice, and was ended'; return 1; }
  }
  # lists may be older than what the mirror still has: once more with fresh ones
  run_install() {
    bring_debs "$@" || {
      failed=$?
      [ -z "$refreshed" ] && grep -q -e '[Uu]nable to fetch' -e 'Failed to fetch' "$heard" || return "$failed"
      apt_refresh
      bring_debs "$@"
    }
    apt_get "$@"
  }
  commit() {
    [ -z "$unhold" ] || patiently apt-mark unhold $unhold
    guard=--no-remove minus=
    for name in $remove; do minus="$minus $name-" guard=; done
    if [ -n "$remove" ]; then
      plan=$(apt-get -s -o APT::Cmd::Pattern-Only=true --no-install-recommends $downgrade $reinstall install $install $minus) || give_up "package: apt cannot install and remove this together:$install$minus"
      also=
      for name in $(printf '%s\n' "$plan" | sed -n -e 's/^Remv \([^ ]*\).*/\1/p' -e 's/^Purg \([^ ]*\).*/\1/p'); do
        case "$remove " in *" $name "*) ;; *) also="$also $name" ;; esac
      done
      [ -z "$also" ] || give_up "package: removing$remove would also remove:$also; say of those, too, that they shall be absent, or keep$remove"
    fi
    said=unknown came_from $from
    [ -z "$install$remove" ] || run_install $guard --no-install-recommends $downgrade $reinstall install $install $minus
    [ -z "$recommended" ] || run_install --no-remove --install-recommends $downgrade $reinstall install $recommended
    said= came_from $from
    [ -z "$purge" ] || patiently dpkg --purge $purge
    [ -z "$hold" ] || patiently apt-mark hold $hold
    rm -f $debs
  }`
