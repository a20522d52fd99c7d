import { SimMaster } from '../../standins/marathon/sim/master.ts'
import { eventually, launchAt, type Started, serves } from '../../standins/marathon/sim/process.ts'
import { SimZooKeeper } from '../../standins/marathon/sim/zookeeper.ts'
import { agents, behave } from './behave.ts'

/** Stand-ins of Marathon from their sources, over an imaginary ZooKeeper and Mesos in this process. */
export interface Place {
  readonly zookeeper: SimZooKeeper
  readonly mesos: SimMaster
  /** Starts one and waits until it serves. */
  start(flags?: readonly string[]): Promise<Started>
}

/** Gives a place to stand-ins for as long as `body` takes. */
export const withPlace = async (body: (place: Place) => Promise<void>): Promise<void> => {
  const zookeeper = new SimZooKeeper()
  const mesos = new SimMaster(behave, agents)
  const started: Started[] = []
  const [zk, port] = [await zookeeper.listen(), await mesos.listen()]
  const start = async (flags: readonly string[] = []): Promise<Started> => {
    const master = flags.includes('--master') ? [] : ['--master', `http://127.0.0.1:${port}`]
    const one = await launchAt(zk, ['--min_revive_offers_interval', '200', ...master, ...flags])
    started.push(one)
    await eventually('it serves', () => serves(one)).catch((error) => {
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
