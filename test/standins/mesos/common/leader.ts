import { ZkError, type ZooKeeper } from '../../zookeeper.ts'
import { joinGroup } from './member.ts'

/** Masters are told apart by what lies in their nodes; the lowest number leads. */
const PREFIX = 'json.info_'

/**
 * Tells whenever another master leads, with what its node says; undefined where there is none.
 * It ends with the session. Errors of a connection that is lost are passed over: the watches outlive it.
 */
export function followLeader<Info>(zk: ZooKeeper, path: string, tell: (info: Info | undefined) => void): void {
  let told: string | undefined | null = null
  const say = (text: string | undefined): void => {
    if (text === told) return
    told = text
    tell(text === undefined ? undefined : (JSON.parse(text) as Info))
  }
  const look = async (): Promise<void> => {
    try {
      await zk.ensure(path)
      const members = (await zk.children(path, look)).filter((name) => name.startsWith(PREFIX))
      if (members[0] === undefined) return say(undefined)
      say((await zk.get(`${path}/${members[0]}`)).data.toString('utf8'))
    } catch (error) {
      if (!(error instanceof ZkError)) throw error
      if (error.code === 'ConnectionLoss' || error.code === 'NoNode') setTimeout(look, 100)
    }
  }
  zk.on('state', (state) => {
    if (state === 'expired') say(undefined)
  })
  look()
}

/** Stands for election: makes this master's node, which goes with the session. */
export async function contend(zk: ZooKeeper, path: string, info: string): Promise<void> {
  await joinGroup(zk, path, PREFIX, info)
}
