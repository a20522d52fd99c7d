/** How a family of packages starts its daemons. */
export interface Wrapper {
  readonly agent: 'agent' | 'slave'
  readonly programs: string
  /** `find` takes dotfiles and leaves links alone; a glob does the opposite. */
  readonly list: 'find' | 'glob'
}

const PAIRS_OF = `function pairs_of { # name:value;name:value
  local f out=()
  for f in "$1"/*; do [[ -s $f ]] && out+=("\${f##*/}:$(cat "$f")"); done
  (IFS=';'; echo "\${out[*]-}")
}`

/**
 * The wrapper between a unit and a daemon: shell variables of /etc/default and one file a flag become its command line.
 * A flag that stands in both is given twice, and the daemon refuses to start.
 */
export const initWrapper = ({ agent, programs, list }: Wrapper): string => `#!/bin/bash
# A stand-in for mesos-init-wrapper, for the tests of provision.
set -o errexit -o nounset -o pipefail
export LC_ALL=en_US.UTF-8

function flags_of { # the regular files of a folder, each a flag
  [[ -d $1 ]] || return 0
${list === 'find' ? `  find "$1" -maxdepth 1 -type f ! -name '*.dpkg-dist' ! -name '*.rpmnew' -printf '%f\\n'` : `  local f; for f in "$1"/*; do [[ -f $f ]] && echo "\${f##*/}"; done; true`}
}

${PAIRS_OF}

daemon=$1
case $daemon in master|${agent}) ;; *) echo "usage: $0 master|${agent}" >&2; exit 1 ;; esac
folder=/etc/mesos-$daemon
args=()
ULIMIT= LOGS= IP= ZK= PORT= CLUSTER= MASTER= ISOLATION=
set -o allexport
if [[ -f /etc/default/mesos ]]; then . /etc/default/mesos; fi
if [[ -f /etc/default/mesos-$daemon ]]; then . /etc/default/mesos-$daemon; fi
set +o allexport
[[ ! $ULIMIT ]] || ulimit $ULIMIT
[[ ! $IP ]] || args+=("--ip=$IP")
[[ ! $LOGS ]] || args+=("--log_dir=$LOGS")
if [[ $daemon = master ]]; then
  [[ ! $ZK ]] || args+=("--zk=$ZK")
  [[ ! $PORT ]] || args+=("--port=$PORT")
  [[ ! $CLUSTER ]] || args+=("--cluster=$CLUSTER")
else
  [[ ! $MASTER ]] || args+=("--master=$MASTER")
  [[ ! $ISOLATION ]] || args+=("--isolation=$ISOLATION")
fi
while read -r name; do
  [[ $name ]] || continue
  case $name in
    '?'*) args+=("--\${name#?}") ;;
    *) args+=("--$name=$(cat "$folder/$name")") ;;
  esac
done < <(flags_of "$folder")
if [[ $daemon = ${agent} ]]; then
  for kind in attributes resources; do
    [[ -d $folder/$kind ]] || continue
    pairs=$(pairs_of "$folder/$kind")
    [[ ! $pairs ]] || args+=("--$kind=$pairs")
  done
fi
logger=yes
kept=()
for arg in "\${args[@]-}"; do
  if [[ $arg = --no-logger ]]; then logger=; else kept+=("$arg"); fi
done
unset ULIMIT LOGS IP ZK PORT CLUSTER MASTER ISOLATION
if [[ $logger ]]; then
  exec 1> >(exec logger -p user.info -t "mesos-$daemon[$$]")
  exec 2> >(exec logger -p user.err -t "mesos-$daemon[$$]")
fi
exec ${programs}/mesos-$daemon "\${kept[@]}"
`

/** What Mesos' TCP health checks run. */
export const tcpConnect = `#!/bin/bash
# A stand-in for mesos-tcp-connect, for the tests of provision.
for arg; do case $arg in --ip=*) ip=\${arg#*=} ;; --port=*) port=\${arg#*=} ;; esac; done
exec 3<>"/dev/tcp/$ip/$port"
`
