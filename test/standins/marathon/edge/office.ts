import { parseZkUrl, type ZooKeeper } from '../../zookeeper.ts'
import type { World } from '../core/world.ts'
import type { Options } from '../flags/options.ts'
import { Election } from './election.ts'
import { Leader } from './leader.ts'
import { die, log } from './log.ts'
import { Web } from './server.ts'
import { Streams } from './streams.ts'

const END = { zookeeperLost: 101, leadershipLost: 103, leadershipFailed: 104, terminated: 143 }

/** Between being elected and answering: 0.6 s were seen between the old leader's end and the new one's first answer. */
const PREPARE = 600
/** From DELETE /v2/leader to the end of the leadership, and from there to that of the process. */
const ABDICATE = 500
const LAST_WORDS = 100

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/**
 * Runs for the leadership and serves, as leader or as standby, until the process ends. Every way to lose the leadership
 * ends it.
 */
export const hold = async (zk: ZooKeeper, options: Options, me: string, about: World['about']): Promise<void> => {
  const { path } = parseZkUrl(options.zk)
  const streams = new Streams(options.maxOutstanding)
  let leader: Leader | undefined
  let resigning = false

  const end = (why: string): never => die(election.leads || leader ? END.leadershipLost : END.zookeeperLost, why)
  const resign = async (why: string, code = END.leadershipLost): Promise<void> => {
    if (resigning) return
    resigning = true
    leader?.stop()
    streams.end()
    await Promise.race([election.leave(), pause(1000)])
    await pause(LAST_WORDS)
    die(code, why)
  }
  const lead = async (): Promise<void> => {
    log('INFO  Elected (Leader). Loading the state.')
    await pause(PREPARE)
    leader = await Leader.start(zk, `${path}/state`, options, about, streams, (why, code) => void resign(why, code))
    log('INFO  Leading.')
  }

  const election = new Election(zk, `${path}/leader-curator`, {
    elected: () => void lead().catch((error: Error) => end(error.message)),
    lost: () => end('Lost leadership'),
    twice: () =>
      void resign(
        `Multiple election participants have the same id: ${me}. This is not allowed. Leadership ended with failure; exiting`,
        END.leadershipFailed,
      ),
  })
  const abdicate = (): void => void setTimeout(() => void resign('Abdicating leadership'), ABDICATE)
  const web = new Web(options, me, election, () => leader && { me, leader, streams, resigning, abdicate })

  zk.on('state', (state) => {
    if (!resigning && (state === 'suspended' || state === 'expired')) end(`ZooKeeper connection is ${state}`)
  })
  process.on('SIGTERM', () => {
    leader?.stop()
    void Promise.race([election.leave().then(() => zk.close()), pause(1000)]).then(() => process.exit(END.terminated))
  })
  await web.listen()
  log(`INFO  Serving at ${me}`)
  await election.enter(me)
}
