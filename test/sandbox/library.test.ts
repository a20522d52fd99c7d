/**
 * The example of docs/library.md, run as its reader would: in a folder of its own, against a real host, with the
 * package as it was built.
 */
import { execFile, execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { withHosts } from '../support/hosts.ts'
import { LAYER } from '../support/zookeeper.ts'

const test = suite('the library')
const { box } = await withHosts(test, import.meta.url)
const root = fileURLToPath(new URL('../..', import.meta.url))

test('the worked example converges a host', async () => {
  const [host] = await box.up([{ name: 'zk-1', layer: LAYER }])
  execFileSync(process.execPath, ['scripts/build.js'], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] })
  const folder = mkdtempSync(join(tmpdir(), 'provision-library-'))
  try {
    mkdirSync(join(folder, 'node_modules'))
    symlinkSync(root, join(folder, 'node_modules/provision-ssh'))
    const inventory = {
      ssh: { user: host?.user, identityFile: host?.identityFile, hostKey: host?.hostKey },
      hosts: { 'zk-1': { address: host?.address, roles: ['zookeeper'], vars: { zookeeper: { id: 1, heapMb: 128 } } } },
    }
    const example = /^```ts\n([\s\S]*?)^```$/m.exec(readFileSync(join(root, 'docs/library.md'), 'utf8'))?.[1] ?? ''
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    writeFileSync(join(folder, 'inventory.json'), JSON.stringify(inventory))
    writeFileSync(join(folder, 'converge.ts'), example)
    const run = async (): Promise<readonly string[]> => {
      const env = { ...process.env, HOME: folder, XDG_CACHE_HOME: join(folder, 'cache') }
      const { stdout } = await promisify(execFile)(
        process.execPath,
        ['--import', import.meta.resolve('tsx'), 'converge.ts'],
        {
          cwd: folder,
          env,
        },
      )
      return stdout.trim().split('\n')
    }
    const first = await run()
    assert.match(first[0] ?? '', /^zk-1 planned \[/)
    assert.match(first.at(-2) ?? '', /^zk-1 changed {2}\d+ \d+$/)
    assert.is(first.at(-1), '0')
    const second = await run()
    assert.is(second[0], 'zk-1 in-sync []')
    assert.match(second.at(-2) ?? '', /^zk-1 in-sync {2}\d+ 1$/)
    assert.is(second.at(-1), '0')
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test.run()
