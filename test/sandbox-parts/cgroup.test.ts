import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { processesIn } from '../../src/sandbox/cgroup.ts'

const test = suite('sandbox/cgroup')

test('cgroups that come and go while they are read are no trouble', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'provision-cgroup-'))
  writeFileSync(join(folder, 'cgroup.procs'), '7\n')
  const busy = spawn('sh', ['-c', 'while :; do mkdir -p a/b/c; rmdir a/b/c a/b a; done'], { cwd: folder })
  try {
    for (const end = performance.now() + 1000; performance.now() < end; ) assert.equal(processesIn(folder), [7])
  } finally {
    busy.kill('SIGKILL')
    await once(busy, 'close') // its last mkdir has ended, too
    rmSync(folder, { recursive: true })
  }
})

test.run()
