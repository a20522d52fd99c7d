/** Backup and restore with the real ZooKeeper and Consul: under writes, into new disks, killed on the way. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import { parseSnapshot } from '../../src/backup/snapshot.ts'
import { cli } from '../../src/cli/cli.ts'
import { withArtifacts } from '../support/artifacts.ts'
import { builtProgram } from '../support/built.ts'
import { ok } from '../support/consul.ts'
import { withHosts } from '../support/hosts.ts'
import { loginOf } from '../support/login.ts'
import { eventually, until } from '../support/until.ts'
import { writer, ZkClient } from '../support/zk-client.ts'
import { LAYER } from '../support/zookeeper.ts'

const test = suite('backup and restore, on hosts')
const { box, host } = await withHosts(test, import.meta.url)
const artifacts = withArtifacts(test, box, ['consul'])
const NAMES = ['m-1', 'm-2', 'm-3']
const KEYS = ['k/1', 'k/2', 'k/3']

const folder = mkdtempSync(join(tmpdir(), 'provision-backup-'))
test.after(() => rmSync(folder, { recursive: true }))
const inventory = join(folder, 'inventory.json')
const at = (name: string): string => join(folder, name)

async function writeInventory(): Promise<void> {
  const { url, sha256, version } = await artifacts.part('consul')
  const entry = (name: string, i: number) => {
    const { address } = host(name)
    const ssh = loginOf(host(name))
    return [name, { address, roles: ['zookeeper', 'consul-server'], ssh, vars: { zookeeper: { id: i + 1 } } }]
  }
  const vars = {
    base: { timeSync: 'none' },
    zookeeper: { heapMb: 128 },
    consul: { source: { zip: url, sha256, version }, datacenter: 'lab' },
  }
  writeFileSync(inventory, JSON.stringify({ vars, hosts: Object.fromEntries(NAMES.map(entry)) }))
}

/** Runs a command line. */
async function provision(...argv: readonly string[]) {
  const said = { stdout: '', stderr: '' }
  const out = (name: 'stdout' | 'stderr') => ({
    write(text: string) {
      said[name] += text
    },
  })
  const io = { stdout: out('stdout'), stderr: out('stderr'), env: {}, cwd: folder }
  const code = await cli([...argv, '-i', inventory], io)
  return { code, ...said }
}

/** Its keys, once Consul answers: while its servers elect, it does not. */
const keys = (name: string): Promise<string> =>
  eventually('Consul answers', () => ok(host(name), 'consul kv get -recurse k/'))
const children = async (name: string, path: string): Promise<readonly string[]> => {
  const client = await ZkClient.open(host(name).address, 2181, 10_000)
  try {
    return await client.children(path)
  } finally {
    client.close()
  }
}

test('what is written is in the backup, although writes go on; nobody is interrupted, and nothing is left behind', async () => {
  await box.up(NAMES.map((name) => ({ name, layer: LAYER })))
  await writeInventory()
  const applied = await provision('apply')
  assert.equal(applied.code, 0, applied.stderr)
  await ok(host('m-1'), KEYS.map((key) => `consul kv put ${key} value-of-${key}`).join('\n'))
  const pids = () =>
    Promise.all(NAMES.map((name) => ok(host(name), 'systemctl show -p MainPID --value zookeeper consul')))
  const before = await pids()
  const writes = await writer(
    NAMES.map((name) => host(name).address),
    '/w',
    0,
  )
  const acknowledged = [...writes.acknowledged.keys()]
  const { code, stdout, stderr } = await provision('backup', at('one'))
  const { lost, written } = await writes.stop()
  assert.deepEqual([code, lost], [0, []], stderr)
  assert.deepEqual(await pids(), before)
  const found = parseSnapshot(readFileSync(at('one/zookeeper.snapshot')))
  const saved = found.paths.filter((path) => path.startsWith('/w/')).sort()
  assert.deepEqual(
    saved,
    saved.map((_, i) => `/w/w${String(i).padStart(6, '0')}`),
    'those before a write that is there are there, too',
  )
  assert.ok(saved.length >= acknowledged.length && saved.length <= written, `${saved.length} of ${written}`)
  assert.match(stdout, /^consul {5}3 keys at index \d+, from m-[123]$/m)
  assert.match(stdout, /^It holds secrets: whatever is secret in the 3 keys of Consul\.$/m)
  assert.deepEqual(
    ['one', 'one/manifest.json', 'one/zookeeper.snapshot', 'one/consul.snap'].map(
      (name) => statSync(at(name)).mode & 0o777,
    ),
    [0o700, 0o600, 0o600, 0o600],
  )
  for (const name of NAMES)
    assert.equal(
      await ok(
        host(name),
        'ls -d /var/lib/zookeeper/provision-backup /var/lib/provision/backup-* 2>&1 | grep -v "No such" || true',
      ),
      '',
    )
})

test('an existing folder is not written over, and data that is served is not overwritten', async () => {
  const again = await provision('backup', at('one'))
  assert.equal([again.code, again.stderr.includes('exists')].join(), '1,true', again.stderr)
  const refused = await provision('restore', at('one'))
  assert.equal(refused.code, 1)
  assert.match(
    refused.stderr,
    /^Refused: ZooKeeper serves with \d+ nodes \(m-\d\) and Consul has 3 keys \(m-\d\), which /,
  )
  assert.ok((await children('m-2', '/')).includes('w'))
})

test('new, empty masters get the state of a backup in one command, also where it was killed on the way', async () => {
  const had = parseSnapshot(readFileSync(at('one/zookeeper.snapshot')))
  await Promise.all(NAMES.map((name) => box.reset(name)))
  const argv = [builtProgram(), 'restore', at('one'), '-i', inventory]
  const killed = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'ignore'] })
  const exited = once(killed, 'exit')
  // between ZooKeeper's data and Consul's
  for await (const chunk of killed.stdout) if (String(chunk).includes('zookeeper')) killed.kill('SIGKILL')
  assert.deepEqual(await exited, [null, 'SIGKILL'])
  const { code, stderr, stdout } = await provision('restore', at('one'))
  assert.equal(code, 0, stderr + stdout)
  for (const name of NAMES) {
    assert.equal((await children(name, '/w')).length, had.paths.filter((path) => path.startsWith('/w/')).length)
    assert.equal(await keys(name), KEYS.map((key) => `${key}:value-of-${key}`).join('\n'))
  }
  assert.equal(
    (await ok(host('m-1'), 'consul catalog nodes | tail -n +2 | cut -c 1-3')).split('\n').join(),
    NAMES.join(),
  )
  // a member that a busy machine lets wait is told as it is at that moment
  await until(
    'all is well',
    async () => {
      const { code: status, stdout: says } = await provision('status')
      if (status !== 0) throw new Error(says)
      return true
    },
    500,
  )
  const second = await provision('apply')
  assert.match(second.stderr, /3 hosts in sync/)
})

test.run()
