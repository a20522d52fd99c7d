import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openssh } from '../../openssh.ts'
import type { Resource } from '../resources.ts'
import { slug, type Task, type Tool } from './tool.ts'

/** Words for sh, as a person quotes them. */
const q = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`

const HEAD = `set -eu
export LC_ALL=C DEBIAN_FRONTEND=noninteractive
greeting=hello changed=' '
put() { # PATH CONTENT MODE NAME
  [ "$(cat "$1" 2>/dev/null; echo x)" = "$2x" ] && return
  printf %s "$2" >"$1.new"; chmod "$3" "$1.new"; sync "$1.new"; mv -f "$1.new" "$1"
  changed="$changed$4 "
}
`

/** Restarts or reloads where one of these has changed, and the service did not just start. */
const after = (verb: string, service: string, inputs: readonly string[]): readonly string[] =>
  inputs.length === 0
    ? []
    : [
        `case $changed in ${inputs.map((name) => `*' ${slug(name)} '*`).join('|')}) systemctl ${verb} ${service} ;; esac`,
      ]

function lines(each: Resource): readonly string[] {
  switch (each.kind) {
    case 'group':
      return [`getent group ${each.name} >/dev/null || groupadd -r ${each.name}`]
    case 'user':
      return [`id ${each.name} >/dev/null 2>&1 || useradd -r -U -M -d ${each.home} -s ${each.shell} ${each.name}`]
    case 'packages': {
      const names = each.names.join(' ')
      const install = `apt-get -qq update; apt-get -qq -y --no-install-recommends install ${names} >/dev/null`
      return [`dpkg -s ${names} >/dev/null 2>&1 || { ${install}; }`]
    }
    case 'directory':
      return [`[ -d ${each.path} ] || install -d -o ${each.owner} -g ${each.owner} -m ${each.mode} ${each.path}`]
    case 'file':
    case 'template':
      return [`put ${each.path} ${q(each.content).replace('@@', `'$greeting'`)} ${each.mode} ${slug(each.path)}`]
    case 'line':
      return [`grep -qxF ${q(each.line)} ${each.path} || echo ${q(each.line)} >>${each.path}`]
    case 'unit': {
      const folder = each.name.includes('/') ? [`mkdir -p /etc/systemd/system/${each.name.split('/')[0]}`] : []
      return [...folder, `put /etc/systemd/system/${each.name} ${q(each.content)} 0644 ${slug(each.name)}`]
    }
    case 'link':
      return [`[ "$(readlink ${each.path})" = ${each.to} ] || ln -sfn ${each.to} ${each.path}`]
    case 'service':
      return [
        `case $changed in *_service*) systemctl daemon-reload ;; esac`,
        ...after('restart', each.name, each.restartOn),
        ...after('reload-or-restart', each.name, each.reloadOn),
        `systemctl -q is-enabled ${each.name} && systemctl -q is-active ${each.name} || systemctl -q enable --now ${each.name}`,
      ]
  }
}

/** One script that a person writes for just this, sent to each host: what is asked, compared and done is the same. */
export const script: Tool = {
  name: 'one script',
  write({ folder, list, hosts, knownHosts }: Task) {
    const path = join(folder, 'script.sh')
    writeFileSync(path, `${HEAD}${list.flatMap(lines).join('\n')}\n`)
    const one = 'script=$1; shift; exec "$@" <"$script"'
    const all =
      'one=$1 script=$2 hosts=$3; shift 3; exec xargs -P 99 -I{} sh -c "$one" sh "$script" "$@" {} sudo sh -s <"$hosts"'
    const addresses = join(folder, 'addresses')
    writeFileSync(addresses, hosts.map(({ address }) => `${address}\n`).join(''))
    return {
      argv: ['sh', '-c', all, 'sh', one, path, addresses, ...openssh(knownHosts, hosts[0] as (typeof hosts)[0])],
    }
  },
}
