import { type Cluster, mastersOf, type Step, sh, type Turn } from '../../src/index.ts'
import { changedValues, readLines } from '../common/contents.ts'
import { vars } from './masters.ts'
import { ENV } from './refuse.ts'

/** The master that has a quorum of one, although the inventory wants several masters. */
export function alone(cluster: Cluster, steps: ReadonlyMap<string, readonly Step[]>): string | undefined {
  const quorums = mastersOf(cluster).flatMap((host) => {
    const quorum = changedValues(steps.get(host.name) ?? [], ENV, readLines).get('MESOS_QUORUM')
    return quorum?.from === '1' && quorum.to !== undefined ? [host.name] : []
  })
  return quorums.length === 1 ? quorums[0] : undefined
}

/**
 * Stops a master that runs alone, and removes its registry, which the others could not share: all begin a new one.
 * https://mesos.apache.org/documentation/latest/operational-guide/
 */
export async function endRegistry({ host, net, say }: Turn): Promise<void> {
  say('the only Mesos master to end')
  await net.read(sh`systemctl stop mesos-master.service && rm -rf ${`${vars(host).workDir}/replicated_log`}`)
}
