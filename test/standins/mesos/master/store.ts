import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ZooKeeper } from '../../zookeeper.ts'
import { retried } from '../common/member.ts'

/** Where the registry is kept. */
export interface Store {
  load(): Promise<string | undefined>
  save(text: string): Promise<void>
}

/**
 * The registry as the data of the node `log_replicas`, which is empty in a real ensemble: so it survives every
 * failover, and no node is seen that a real one would not have. It belongs to a log: with another one (all replicas
 * wiped) the registry begins anew.
 */
export function zooKeeperStore(zk: ZooKeeper, path: string, log: string): Store {
  return {
    async load() {
      await retried(() => zk.sync(path))
      const text = (await retried(() => zk.get(path))).data.toString('utf8')
      const kept = text === '' ? undefined : (JSON.parse(text) as { log: string; registry: string })
      return kept?.log === log ? kept.registry : undefined
    },
    async save(registry) {
      await retried(() => zk.set(path, JSON.stringify({ log, registry })))
    },
  }
}

/** Of a master without ZooKeeper: in its work_dir. */
export function fileStore(workDir: string): Store {
  const [file, draft] = [join(workDir, 'registry.json'), join(workDir, '.registry.json')]
  mkdirSync(workDir, { recursive: true })
  return {
    load: async () => (existsSync(file) ? readFileSync(file, 'utf8') : undefined),
    save: async (registry) => {
      writeFileSync(draft, registry)
      renameSync(draft, file)
    },
  }
}
