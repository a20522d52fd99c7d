import { accessSync, readFileSync } from 'node:fs'
import { parseZkUrl, type ZkUrl } from '../../zookeeper.ts'
import type { Flags } from '../common/flags.ts'
import type { Log } from '../common/log.ts'

/** What a master needs of its flags, checked; it ends, as a real one does, where they will not do. */
export interface Needs {
  readonly workDir: string
  readonly zk?: ZkUrl
  readonly quorum: number
  /** Milliseconds. */
  readonly session: number
}

export function checkFlags(flags: Flags, log: Log): Needs {
  const workDir = flags.text('work_dir')
  if (workDir === undefined) return log.exit('main.cpp:380', '--work_dir needed for replicated log based registry')
  const zk = flags.text('zk')
  if (zk !== undefined && flags.number('quorum') === undefined)
    return log.exit('main.cpp:390', 'Need to specify --quorum for replicated log based registry when using ZooKeeper')
  if (flags.text('ip') !== undefined && flags.text('ip_discovery_command') !== undefined)
    return log.exit('main.cpp:300', 'Only one of `--ip` or `--ip_discovery_command` should be specified')
  readable(flags, log)
  return {
    workDir,
    ...(zk !== undefined && { zk: checkUrl(zk, log) }),
    quorum: flags.number('quorum') ?? 1,
    session: flags.ms('zk_session_timeout') ?? 10_000,
  }
}

function checkUrl(zk: string, log: Log): ZkUrl {
  try {
    const url = parseZkUrl(zk)
    if (url.path === '/')
      return log.exit(
        'main.cpp:440',
        "Failed to create a master contender: Expecting a (chroot) path for ZooKeeper ('/' is not supported)",
      )
    return url
  } catch (error) {
    return log.exit('main.cpp:400', `Error parsing ZooKeeper URL: ${(error as Error).message}`)
  }
}

/** Files that hold credentials must be there. */
function readable(flags: Flags, log: Log): void {
  const path = flags.text('credentials')
  if (path === undefined) return
  try {
    accessSync(path)
    readFileSync(path)
  } catch {
    log.exit('master.cpp:560', `Failed to read credentials file '${path}'`)
  }
}
