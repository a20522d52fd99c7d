import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { zookeeperOf } from '../clients/settings/zookeeper.ts'
import { fourLetterWord, parseSrvr, type ZooKeeperServer } from '../clients/zookeeper.ts'
import { message, sentence } from '../lib/message.ts'
import { timeLimit } from '../lib/wait/time-limit.ts'
import type { InventoryHost } from '../model/host.ts'
import type { Cluster } from '../model/recipe.ts'
import { join, type Script, sh, shFile } from '../shell/script.ts'
import type { Links } from './links.ts'
import { BackupError, checkSnapshot, UnreachableError, type ZooKeeperPart } from './manifest.ts'
import { parseSnapshot } from './snapshot.ts'

const FUNCTIONS = shFile(import.meta.url, './zookeeper.sh')

/** A script that calls functions of zookeeper.sh. */
export const zookeeperScript = (call: Script): Script => join([sh`set -e`, sh`umask 077`, FUNCTIONS, call])

/** How often to copy the files of a running member: a copy may end in the middle of a change. */
const TRIES = 3
/** How many milliseconds reading the copy may take. */
const PATIENCE = 600_000

/** All members. */
export const membersOf = (cluster: Cluster): readonly InventoryHost[] => cluster.withRecipe('zookeeper')

/** A member's id. */
export const idOf = (host: InventoryHost): number => Number(host.vars.zookeeper?.id)

/** The member to copy from: a follower if there is one, since the leader has more to do. */
export async function memberToCopy(
  cluster: Cluster,
  { reach }: Links,
): Promise<{ readonly host: InventoryHost; readonly server: ZooKeeperServer }> {
  const troubles: unknown[] = []
  const asked = await Promise.all(
    membersOf(cluster).map(async (host) => {
      const state = await zookeeperOf(host, reach).catch((error: unknown) => void troubles.push(error))
      return state?.server === undefined ? [] : [{ host, server: state.server }]
    }),
  )
  const serving = asked.flat()
  const found = serving.find(({ server }) => server.mode === 'follower') ?? serving[0]
  if (found !== undefined) return found
  const away = troubles.find((error) => error instanceof UnreachableError)
  if (away !== undefined) throw away
  const why = troubles.length > 0 ? `: ${message(troubles[0])}` : ''
  throw new BackupError(`No member of ZooKeeper serves${why}. Only an ensemble with a quorum can be backed up.`)
}

/** The copy's own counts once it has read its files. */
async function counted(host: InventoryHost, port: number, links: Links): Promise<{ nodes: number; zxid: string }> {
  const dial = links.loopback(host, port)
  for (const isLast = timeLimit(PATIENCE); ; await sleep(300)) {
    const last = isLast()
    const answer = await fourLetterWord(dial, 'srvr').catch((error: unknown) => error as Error)
    if (typeof answer === 'string') {
      const server = parseSrvr(answer)
      // it counts the root twice, as "" and as "/"
      if (server !== undefined) return { nodes: server.nodes - 2, zxid: /^Zxid: 0x(\w+)$/m.exec(answer)?.[1] ?? '' }
    } else if ((await links.ask(host, zookeeperScript(sh`copy_state`))) !== 'active' || last) throw answer
  }
}

async function attempt(
  host: InventoryHost,
  file: string,
  links: Links,
): Promise<ReturnType<typeof parseSnapshot> & { zxid: string }> {
  const port = Number(await links.ask(host, zookeeperScript(sh`start_copy`)))
  const said = await counted(host, port, links)
  const [size, sum, zxid = ''] = (await links.ask(host, zookeeperScript(sh`finish_copy`))).split(' ')
  if (zxid !== said.zxid) throw new Error(`it changed while it was copied, from ${zxid} to ${said.zxid}`)
  const path = `${await links.ask(host, zookeeperScript(sh`echo "$work"`))}/snapshot`
  if ((await links.fetch(host, path, file)) !== sum) throw new Error(`${size} bytes of it did not arrive`)
  checkSnapshot(file, said)
  return { ...parseSnapshot(readFileSync(file)), zxid }
}

/**
 * Saves the state of an ensemble as one snapshot, without an interruption: copies a member's files, lets a second
 * ZooKeeper on that host read them and write a snapshot, and counts that again here.
 */
export async function saveZookeeper(
  cluster: Cluster,
  file: string,
  links: Links,
): Promise<ZooKeeperPart & { readonly paths: readonly string[]; readonly logins: readonly string[] }> {
  const { host, server } = await memberToCopy(cluster, links)
  try {
    for (let left = TRIES - 1; ; left--) {
      const found = await attempt(host, file, links).catch((error: unknown) => {
        if (error instanceof UnreachableError) throw error
        if (left > 0) return undefined
        throw new BackupError(`${host.name}: ZooKeeper's files could not be copied: ${sentence(message(error))}`, {
          cause: error,
        })
      })
      if (found === undefined) continue
      const members = membersOf(cluster)
        .map(idOf)
        .sort((a, b) => a - b)
      return { host: host.name, version: server.version, members, ...found }
    }
  } finally {
    await links.ask(host, zookeeperScript(sh`end_copy`)).catch(() => undefined)
  }
}
