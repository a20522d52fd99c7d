import { setTimeout as sleep } from 'node:timers/promises'
import { reachFrom, sh, type Turn, timeLimit, zookeeperOf } from '../../src/index.ts'
import { members } from './ensemble.ts'

/** How many milliseconds a member may take to follow another leader, and how many to wait between two checks. */
const PATIENCE = { each: 20_000, poll: 500 }

/**
 * A leaving member must not lead: once the others no longer know it, they follow nobody while it leads. If only one
 * member remains, that one leads without it.
 */
export async function yields({ host, cluster, net, say }: Turn, patience = PATIENCE): Promise<void> {
  if (members(cluster).length < 2) return
  const mode = async (): Promise<string | undefined> =>
    (await zookeeperOf(host, reachFrom(net)).catch(() => undefined))?.server?.mode
  for (let attempt = 0; (await mode()) === 'leader'; attempt++) {
    if (attempt === 3) throw new Error('ZooKeeper became the leader there again after each of 3 restarts')
    say('another ZooKeeper to lead')
    await net.read(sh`systemctl restart zookeeper.service`)
    const isLast = timeLimit(patience.each)
    while ((await mode()) === undefined && !isLast()) await sleep(patience.poll)
  }
}
