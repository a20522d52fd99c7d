import { until } from '../../../support/until.ts'
import type { TaskInfo } from '../core/mesos.ts'
import type { Behaviour } from './behaviour.ts'
import { SimMaster } from './master.ts'
import type { SimAgent } from './mesos.ts'
import { launchAt, type Started, serves } from './process.ts'
import { SimZooKeeper } from './zookeeper.ts'

/** Stand-ins of Marathon from their sources, over an imaginary ZooKeeper and Mesos in this process. */
export interface Place {
  readonly zookeeper: SimZooKeeper
  readonly mesos: SimMaster
  /** Starts one and waits until it serves. */
  start(flags?: readonly string[]): Promise<Started>
}

/** What there is in a place, if not what the simulation has by itself. */
interface Scene {
  readonly behave?: (task: TaskInfo) => Behaviour
  readonly agents?: readonly SimAgent[]
}

/** Gives a place to stand-ins for as long as `body` takes. */
export const withPlace = async (
  body: (place: Place) => Promise<void>,
  { behave, agents }: Scene = {},
): Promise<void> => {
  const zookeeper = new SimZooKeeper()
  const mesos = new SimMaster(behave, agents)
  const started: Started[] = []
  const [zk, port] = [await zookeeper.listen(), await mesos.listen()]
  const start = async (flags: readonly string[] = []): Promise<Started> => {
    const master = flags.includes('--master') ? [] : ['--master', `http://127.0.0.1:${port}`]
    const one = await launchAt(zk, ['--min_revive_offers_interval', '200', ...master, ...flags])
    started.push(one)
    await until('it serves', () => serves(one)).catch((error) => {
      throw new Error(`${(error as Error).message}\n${one.output()}`)
    })
    return one
  }
  try {
    await body({ zookeeper, mesos, start })
  } finally {
    for (const { process } of started) process.kill('SIGKILL')
    await Promise.all(started.map(({ ended }) => ended))
    mesos.close()
    zookeeper.close()
  }
}
