import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { start, stop } from '../../src/cloud/ending/power.ts'
import { terminate } from '../../src/cloud/ending/terminate.ts'
import type { Ground } from '../../src/cloud/ground.ts'
import { declared, launch } from '../../src/cloud/launch/launch.ts'
import { refresh } from '../../src/cloud/ledger/refresh.ts'
import { parseInventory } from '../../src/inventory/parse.ts'
import { groundIn, written } from '../support/cloud-ground.ts'
import { folderCloud } from '../support/folder-cloud.ts'
import { MemoryCloud } from '../support/memory-cloud.ts'
import { quickFolder } from '../support/quick-folder.ts'

// The smallest provider that there can be, which docs/code.md shows to whoever adds a cloud.
const test = suite('another cloud')
const folder = quickFolder('another')
test.after(() => rmSync(folder, { recursive: true }))
const account = { provider: 'sandbox', cluster: 'dc1' } as const

function ground(hosts: object): Ground {
  const path = join(folder, 'inventory.json')
  const cluster = parseInventory(JSON.stringify({ cloud: { sandbox: { cluster: 'dc1' } }, hosts }), {
    path,
    roles: new Map(),
  })
  const provider = { ...folderCloud(join(folder, 'instances'), { account }), login: { user: 'admin' } }
  const transport = new MemoryCloud().shadow((host) => written(folder, account).journal.read(host)?.order)
  return groundIn(folder, { cluster, provider, transport, pace: 5 }, account)
}

test('it has at most 60 lines', () => {
  const lines = readFileSync(join(import.meta.dirname, '..', 'support', 'folder-cloud.ts'), 'utf8')
    .trimEnd()
    .split('\n')
  assert.ok(lines.length <= 60, `${lines.length} lines`)
})

test('all commands work with it', async () => {
  const both = { 'web-1..2': { cloud: true, roles: [] } }
  const on = ground(both)
  const hosts = declared(on.cluster.hosts)
  const said = async (work: Promise<readonly { outcome: string }[]>) => (await work).map(({ outcome }) => outcome)
  assert.equal(await said(launch(on, hosts, true)), ['planned', 'planned'])
  assert.equal(await said(launch(on, hosts, false)), ['launched', 'launched'])
  assert.equal(await said(launch(on, hosts, false)), ['there', 'there'])
  assert.equal(await said(stop(on, { hosts, allow: [], dry: false })), ['stopped', 'stopped'])
  assert.equal(await said(start(on, { hosts, allow: [], dry: false })), ['started', 'started'])
  const before = on.ledger.hosts
  rmSync(join(folder, 'inventory.cloud.json'))
  const anew = ground(both)
  assert.equal(await said(refresh(anew, false)), ['there', 'there'])
  assert.equal(anew.ledger.hosts, before)
  const smaller = ground({ 'web-1': { cloud: true, roles: [] } })
  assert.equal(await said(terminate(smaller, { allow: [], dry: false })), ['ended'])
  assert.equal(Object.keys(smaller.ledger.hosts), ['web-1'])
})

test('what it finds wrong is said before anything is made', async () => {
  const on = ground({ db: { cloud: { image: 'debian-13' }, roles: [] } })
  const wrong = await launch(on, declared(on.cluster.hosts), false).catch((error: Error) => error.message)
  assert.match(String(wrong), /^db: there is no image debian-13 in /)
})

test.run()
