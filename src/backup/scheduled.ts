import { isIPv6 } from 'node:net'
import { consulPort } from '../clients/settings/consul.ts'
import { marathonPort } from '../clients/settings/marathon.ts'
import type { InventoryHost } from '../model/host.ts'
import type { Cluster } from '../model/recipe.ts'
import { STATE_DIR } from '../shell/paths.ts'
import { join, sh, shFile } from '../shell/script.ts'
import { CONSUL_FUNCTIONS, datacenterOf, serversOf } from './consul.ts'
import { marathonsOf, zkPathOf } from './marathon.ts'
import { idOf, membersOf, zookeeperScript } from './zookeeper.ts'

const FUNCTIONS = shFile(import.meta.url, './scheduled.sh')

/** The target of backups, and how many to keep. */
export interface Schedule {
  readonly home: string
  readonly keep: number
  /** The folder with Consul's token (`consul`) and Marathon's login (`marathon`, for curl), if there are any. */
  readonly settings: string
}

const url = (host: InventoryHost): string => {
  const { privateAddress: address } = host
  return `http://${isIPv6(address) ? `[${address}]` : address}:${marathonPort(host)}`
}

/** The program that makes a backup on a member of ZooKeeper, in the form that `provision restore` reads. Pure. */
export function backupProgram(host: InventoryHost, cluster: Cluster, { home, keep, settings }: Schedule): string {
  const isServer = serversOf(cluster).some(({ name }) => name === host.name)
  const members = membersOf(cluster)
    .map(idOf)
    .sort((a, b) => a - b)
  const script = join([
    sh`set -e`,
    sh`umask 077`,
    sh`name=${host.name} home=${home} keep=${keep} settings=${settings} members=${members.join()}`,
    sh`datacenter=${isServer ? datacenterOf(host) : ''}`,
    sh`marathons=${marathonsOf(cluster).map(url).join(' ')} zk_path=${zkPathOf(cluster)}`,
    FUNCTIONS,
    sh`zookeeper_files() (
${zookeeperScript(sh`"$@"`)}
)`,
    sh`consul_files() (
dir=${`${STATE_DIR}/backup-timer-consul`} port=${consulPort(host)} token=$(cat "$settings/consul" 2>/dev/null || :)
${CONSUL_FUNCTIONS}
"$@"
)`,
    sh`main`,
  ])
  return `#!/bin/sh\n# Written by provision (recipe zookeeper): makes a backup of this cluster's masters.\n${script.text}\n`
}
