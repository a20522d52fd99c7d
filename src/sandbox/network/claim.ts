import { readFileSync, writeFileSync } from 'node:fs'
import { run, SandboxError } from '../exec.ts'
import { locked, MACHINE_LOCK } from '../lock.ts'
import { type BoxRecord, boxPaths, foldersIn, paths, readRecord, writeRecord } from '../state.ts'
import { makeBridge } from './cable.ts'
import { freeNetwork, networkOf, takenNetworks } from './network.ts'

/** Networks of the other sandboxes of a state folder. */
const othersNetworks = (state: string, name: string): Map<number, string> =>
  new Map(
    foldersIn(paths(state).boxes)
      .filter((other) => other !== name)
      .flatMap((other) => {
        const found = readRecord<BoxRecord>(boxPaths(state, other).record)
        return found ? [[found.net, other] as const] : []
      }),
  )

const INOTIFY = '/proc/sys/fs/inotify/max_user_instances'

/**
 * Raises this machine's limit of inotify instances, until it reboots. Root on every host is root on the machine, each
 * systemd takes about seven instances, and with Linux's 128 the eighteenth host comes up degraded: units fail with
 * "resources", mounts with "protocol".
 */
const allowManyHosts = (): void => {
  if (Number(readFileSync(INOTIFY, 'utf8')) < 4096) writeFileSync(INOTIFY, '4096')
}

/**
 * Gives a sandbox its network and makes the bridge: the network it has, else that of its hosts' addresses, else
 * `asked`, else a free one. @throws SandboxError
 */
export const claimNetwork = (
  state: string,
  name: string,
  hosts: readonly { name: string; address?: string | undefined }[],
  asked?: number,
): Promise<number> =>
  locked(MACHINE_LOCK, async () => {
    const { record } = boxPaths(state, name)
    const known = readRecord<BoxRecord>(record)?.net
    const wanted = networkOf(hosts) ?? asked
    if (known !== undefined && wanted !== undefined && known !== wanted)
      throw new SandboxError(
        `sandbox "${name}" has network 10.77.${known}.0/24, but these hosts lie in 10.77.${wanted}.0/24: take it down first`,
      )
    const taken = takenNetworks(await run('ip', ['-o', '-4', 'addr']))
    const others = othersNetworks(state, name)
    const net = known ?? wanted ?? freeNetwork(new Set([...taken, ...others.keys()]))
    const owner = others.get(net)
    if (owner !== undefined)
      throw new SandboxError(
        `network 10.77.${net}.0/24 belongs to sandbox "${owner}": provision sandbox down --name ${owner}`,
      )
    if (known === undefined && taken.has(net))
      throw new SandboxError(`network 10.77.${net}.0/24 is already in use on this machine`)
    // Writes the record first, so that cleanup can find what is made afterwards.
    writeRecord(record, { name, net } satisfies BoxRecord)
    await makeBridge(net)
    allowManyHosts()
    return net
  })
