import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import { role as server } from '../../roles/consul-server.ts'
import { role as zookeeper } from '../../roles/zookeeper.ts'
import { type Manifest, openBackup, sumsOf } from '../../src/backup/manifest.ts'
import { openFor } from '../../src/backup/restore.ts'
import { save } from '../../src/backup/save.ts'
import { parseInventory, type Transport } from '../../src/index.ts'
import { snapshotBytes } from './bytes.ts'

const test = suite('the folder of a backup')
const base = mkdtempSync(join(tmpdir(), 'provision-backup-'))
test.after(() => rmSync(base, { recursive: true }))

const ZOOKEEPER = { host: 'a', version: '3.8.0', zxid: '10', nodes: 1, ephemerals: 0, members: [1] }
const CONSUL = { host: 'a', datacenter: 'lab', index: 3, keys: 0, tokens: 0 }

/** A whole backup. */
async function made(name: string, more: Partial<Manifest> = {}): Promise<string> {
  const folder = join(base, name)
  mkdirSync(join(folder, 'marathon'), { recursive: true })
  writeFileSync(join(folder, 'zookeeper.snapshot'), snapshotBytes([{ path: '/a' }]))
  writeFileSync(join(folder, 'consul.snap'), 'consul')
  writeFileSync(join(folder, 'marathon/a_b.json'), '{}')
  const manifest: Manifest = {
    format: 1,
    made: '2026-01-02T03:04:05.000Z',
    zookeeper: ZOOKEEPER,
    consul: CONSUL,
    marathon: { zkPath: '/marathon', apps: ['/a/b'] },
    files: await sumsOf(folder),
    ...more,
  }
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest))
  return folder
}

test('a whole one is opened', async () => {
  const { files, marathon } = await openBackup(await made('whole'))
  assert.deepEqual(Object.keys(files), ['consul.snap', 'marathon/a_b.json', 'zookeeper.snapshot'])
  assert.deepEqual(marathon?.apps, ['/a/b'])
})

const broken: readonly (readonly [string, (folder: string) => void, RegExp])[] = [
  ['no manifest', (f) => rmSync(join(f, 'manifest.json')), /is not a backup: it has no readable manifest\.json\.$/],
  ['half a manifest', (f) => writeFileSync(join(f, 'manifest.json'), '{"format":1'), /no readable manifest\.json/],
  ["another program's", (f) => writeFileSync(join(f, 'manifest.json'), '{"name":"x"}'), /belongs to something else\.$/],
  [
    'a later format',
    (f) => writeFileSync(join(f, 'manifest.json'), '{"format":2,"made":"x","files":{}}'),
    /of format 2, which this version of provision cannot read\.$/,
  ],
  ['a file is gone', (f) => rmSync(join(f, 'consul.snap')), /is incomplete: consul\.snap is missing\.$/],
  [
    'a definition is gone',
    (f) => rmSync(join(f, 'marathon/a_b.json')),
    /is incomplete: marathon\/a_b\.json is missing\.$/,
  ],
  ['a file was cut', (f) => writeFileSync(join(f, 'consul.snap'), 'con'), /damaged: consul\.snap does not match its/],
  [
    'a file was changed',
    (f) => writeFileSync(join(f, 'consul.snap'), 'Consul'),
    /damaged: consul\.snap does not match/,
  ],
]
for (const [what, harm, message] of broken)
  test(`${what}: one sentence`, async () => {
    const folder = await made(what.replaceAll(/\W/g, '-'))
    harm(folder)
    await assert.rejects(openBackup(folder), { name: 'BackupError', message })
  })

for (const [part, value] of [
  ['zookeeper', 5],
  ['zookeeper', { ...ZOOKEEPER, zxid: '; reboot' }],
  ['consul', { ...CONSUL, keys: 'many' }],
  ['marathon', { zkPath: '/marathon', apps: 'all' }],
  ['files', { 'consul.snap': null }],
] as const)
  test(`a manifest whose ${part} is ${JSON.stringify(value)}: one sentence`, async () => {
    const folder = await made(`wrong-${JSON.stringify(value).replaceAll(/\W/g, '-')}`, { [part]: value } as object)
    await assert.rejects(openBackup(folder), {
      name: 'BackupError',
      message: new RegExp(
        `is not a backup: its manifest\\.json belongs to something else \\(${part}.* is wrong\\)\\.$`,
      ),
    })
  })

test('a place where nothing can be written: one sentence, and nothing is left', async () => {
  const file = join(base, 'a-file')
  writeFileSync(file, '')
  const saving = save(cluster({ zookeeper: { id: 1 } }, ['zookeeper']), join(file, 'backup'), {} as Transport, () => {})
  await assert.rejects(saving, {
    name: 'BackupError',
    message: `${join(file, 'backup')} cannot be written: a part of its path is a file.`,
  })
})

test('a snapshot with another count than the manifest says, and a manifest that forgets a file, are refused', async () => {
  const more = { zookeeper: { ...ZOOKEEPER, nodes: 2 } }
  await assert.rejects(openBackup(await made('count', more)), { message: /has 1 nodes, but 2 were expected\.$/ })
  await assert.rejects(openBackup(await made('files', { files: {} })), { message: /zookeeper\.snapshot is missing\.$/ })
})

const roles = new Map([server, zookeeper].map((role) => [role.name, role]))
const cluster = (vars: object, hostRoles = ['zookeeper', 'consul-server']) =>
  parseInventory(
    JSON.stringify({
      vars: { consul: { source: { zip: 'https://example.com/c.zip', sha256: 'a'.repeat(64), version: '1.21.0' } } },
      hosts: { a: { address: '10.0.0.1', roles: hostRoles, vars } },
    }),
    { path: 'inventory.json', roles },
  )

test('a backup of another cluster is refused', async () => {
  const folder = await made('foreign', {})
  const own = { zookeeper: { id: 1 }, consul: { datacenter: 'lab' } }
  assert.equal((await openFor(cluster(own), folder)).manifest.consul?.datacenter, 'lab')
  const cases = [
    [cluster({ ...own, zookeeper: { id: 2 } }), /its ZooKeeper has the ids 1, that of the inventory 2\.$/],
    [cluster({ ...own, consul: { datacenter: 'other' } }), /datacenter lab, that of the inventory other\.$/],
    [cluster({ zookeeper: { id: 1 } }, ['zookeeper']), /has the state of Consul, and no host is a server of it\.$/],
    [cluster({ consul: { datacenter: 'lab' } }, ['consul-server']), /the state of ZooKeeper, and no host runs that\.$/],
  ] as const
  for (const [other, message] of cases) await assert.rejects(openFor(other, folder), { name: 'BackupError', message })
})

test.run()
