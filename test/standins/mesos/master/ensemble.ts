import { ZooKeeper } from '../../zookeeper.ts'
import { contend, followLeader } from '../common/leader.ts'
import type { Log } from '../common/log.ts'
import type { Needs } from './check.ts'
import { inZooKeeper, type MasterInfo } from './info.ts'
import { keepReplica, readReplica } from './log-dir.ts'
import { Replicas } from './replicas.ts'
import { fileStore, type Store, zooKeeperStore } from './store.ts'

/** What a master is among others. */
export interface Ensemble {
  leader(): MasterInfo | undefined
  leads(): boolean
  quorate(): boolean
  replicas(): { readonly size: number; readonly recovered: boolean }
  store(): Store
  /** Takes part; `elected` is called once, if ever: who has led and leads no more ends its process. */
  begin(elected: () => Promise<void>): void
}

export const ensembleOf = ({ zk, ...needs }: Needs, info: MasterInfo, log: Log): Ensemble =>
  zk ? inEnsemble({ ...needs, zk }, info, log) : alone(needs.workDir, info)

/** A master without ZooKeeper leads itself. */
const alone = (workDir: string, info: MasterInfo): Ensemble => ({
  leader: () => info,
  leads: () => true,
  quorate: () => true,
  replicas: () => ({ size: 1, recovered: true }),
  store: () => fileStore(workDir),
  begin: (elected) => void elected(),
})

function inEnsemble(
  { zk: url, workDir, quorum, session: timeout }: Required<Needs>,
  info: MasterInfo,
  log: Log,
): Ensemble {
  const own = readReplica(workDir, info.pid)
  const folder = `${url.path}/log_replicas`
  const replicas = new Replicas(
    folder,
    quorum,
    own,
    (replica) => keepReplica(workDir, replica),
    () => undefined,
  )
  let session: ZooKeeper
  let leader: MasterInfo | undefined
  let began = false

  const takePart = (elected: () => Promise<void>): void => {
    const zk = new ZooKeeper({ servers: url.servers, ...(url.auth !== undefined && { auth: url.auth }), timeout })
    session = zk
    zk.on('state', (state) => {
      log.info('group.cpp:340', `ZooKeeper session is ${state}`)
      if (state !== 'expired') return
      if (began) log.exit('master.cpp:2250', 'Lost leadership... committing suicide!')
      log.info('master.cpp:2260', 'Lost candidacy as a follower... Contend again')
      takePart(elected)
    })
    followLeader<MasterInfo>(zk, url.path, (found) => {
      leader = found
      log.info(
        'master.cpp:2170',
        found ? `The newly elected leader is ${found.pid} with id ${found.id}` : 'No leader was elected',
      )
      if (found?.id !== info.id) {
        if (began) log.exit('master.cpp:2180', 'Lost leadership... committing suicide!')
        return
      }
      if (began) return
      began = true
      elected().catch((error: Error) => log.exit('master.cpp:2190', error.message))
    })
    const gone = (error: Error): void => log.warning('group.cpp:510', error.message) // 'expired' has been told
    replicas.join(zk).catch(gone)
    contend(zk, url.path, inZooKeeper(info)).catch(gone)
  }
  return {
    leader: () => leader,
    leads: () => leader?.id === info.id,
    quorate: () => replicas.quorate,
    replicas: () => ({ size: replicas.size, recovered: replicas.own.status === 'VOTING' }),
    store: () => zooKeeperStore(session, folder, replicas.own.log ?? ''),
    begin: takePart,
  }
}
