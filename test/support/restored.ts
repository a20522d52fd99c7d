import assert from 'node:assert/strict'
import { restoreCluster } from '../../src/cli/kit/backup/restore-cluster.ts'
import { reporter } from '../../src/cli/kit/backup/words.ts'
import { type Cluster, createTransport } from '../../src/index.ts'
import { makeQuiet } from '../../src/report/index.ts'

/** Restores a backup like the command, and expects success. */
export async function restored(cluster: Cluster, folder: string): Promise<void> {
  const io = { stdout: process.stderr, stderr: process.stderr, env: {}, cwd: folder }
  const words = reporter(io, {})
  const options = { transport: createTransport(), quiet: makeQuiet(), forks: 50, io, words, flags: {} }
  const code = await restoreCluster(cluster, folder, options).catch(words.failed)
  assert.equal(code, 0)
}
