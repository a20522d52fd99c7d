import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Replica } from './replicas.ts'

/** What is left of the replicated log on this master's disk; nothing there is an empty replica. */
export function readReplica(workDir: string, pid: string): Replica {
  const file = join(workDir, 'replicated_log', 'replica.json')
  return existsSync(file) ? { ...(JSON.parse(readFileSync(file, 'utf8')) as Replica), pid } : { pid, status: 'EMPTY' }
}

export function keepReplica(workDir: string, replica: Replica): void {
  mkdirSync(join(workDir, 'replicated_log'), { recursive: true })
  writeFileSync(join(workDir, 'replicated_log', 'replica.json'), `${JSON.stringify(replica)}\n`)
}
