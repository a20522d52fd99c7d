import { rmSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { filesystem } from '../../src/resources/system/filesystem.ts'
import { mount } from '../../src/resources/systemd/mount.ts'
import { makeDisk, noDisks, plugIn } from '../support/disks.ts'
import { withHosts } from '../support/hosts.ts'
import { failure, inWords, onHost } from '../support/on-host.ts'
import { quickFolder } from '../support/quick-folder.ts'

// File systems on disks that were attached to a host, which are loop devices of this machine. Nothing is overwritten.
const NAMES = ['twelve', 'thirteen']
const test = suite('file systems on disks, on hosts')
const { box, host } = await withHosts(test, import.meta.url, [
  { name: 'twelve', layer: 'tools-12' },
  { name: 'thirteen', layer: 'tools-13' },
])
const why = noDisks()
if (why !== undefined) {
  if (process.env.CI === 'true') throw new Error(`must run in CI: ${why}`)
  console.log(`not run here: ${why}`)
  test.run = () => {}
}
const folder = quickFolder('disks')
/** One a host: a kernel mounts no two xfs with the same. */
const uuidOf = (name: string): string =>
  `01234567-89ab-cdef-0123-${name === 'twelve' ? '12'.repeat(6) : '13'.repeat(6)}`
const EXT4 = 'vol-0123456789abcdef0'
const XFS = 'vol-0aaaaaaaaaaaaaaa1'
const disks = NAMES.flatMap((name) => [
  { name, volume: EXT4.replace('-', ''), by: 'by-label/data', disk: makeDisk(folder, `${name}-ext4`, 16) },
  { name, volume: XFS, by: `by-uuid/${uuidOf(name)}`, disk: makeDisk(folder, `${name}-xfs`, 320) },
])
test.after(() => {
  for (const { disk } of disks) disk.close()
  rmSync(folder, { recursive: true })
})

const must = async (name: string, words: string): Promise<string> => {
  const { code, stdout, stderr } = await host(name).sh(words)
  assert.is(code, 0, `${name}: ${words}: ${stdout}${stderr}`)
  return stdout.trim()
}
const { mends, plans } = inWords(host, ({ refusal, reason }) => `${refusal}: ${reason}`)

/** The same on all hosts at once. */
const onEach = (title: string, go: (name: string) => Promise<void>): void =>
  test(title, async () => {
    await Promise.all(NAMES.map(go))
  })

test.before(async () => {
  const of = (name: string) => disks.filter((each) => each.name === name)
  await Promise.all(NAMES.map((name) => must(name, plugIn(of(name)))))
})

/** A disk of a loop device is all zeros where it was discarded. */
const EMPTY = 'umount /mnt 2>/dev/null || :; blkdiscard -f /dev/nvme1n1'
const data = filesystem(EXT4, { type: 'ext4', label: 'data' })

/** What is on the disk, how it comes there, and what is said of it. */
const OCCUPIED: readonly (readonly [what: string, make: string, says: RegExp])[] = [
  ['bytes at its beginning', 'echo x | dd of=/dev/nvme1n1 status=none', /holds data of a kind that nobody/],
  ['bytes in its 4th MiB', 'echo x | dd of=/dev/nvme1n1 bs=1M seek=3 status=none', /holds data of a kind/],
  ['bytes at its end', 'echo x | dd of=/dev/nvme1n1 bs=1M seek=15 status=none', /holds data of a kind/],
  [
    'a partition table',
    'echo 2048,8192 | sfdisk -q --no-reread --no-tell-kernel -X gpt /dev/nvme1n1',
    /holds a partition table \(gpt\)/,
  ],
  ['swap', 'mkswap -q /dev/nvme1n1', /holds swap, which would be lost/],
  [
    'what is encrypted',
    "printf 'LUKS\\272\\276\\0\\1' | dd of=/dev/nvme1n1 conv=notrunc status=none",
    /holds crypto_LUKS/,
  ],
  [
    'another kind of file system',
    'mkfs.ext2 -q -L old /dev/nvme1n1',
    /holds another file system \(ext2, label old, UUID .*\), not ext4/,
  ],
  [
    'a mounted one without its signature',
    'mkfs.ext4 -q /dev/nvme1n1; mount -o ro /dev/nvme1n1 /mnt; wipefs -qaf /dev/nvme1n1',
    /is in use: it is mounted at \/mnt/,
  ],
]

onEach('whatever is on a disk is refused, named, and kept', async (name) => {
  const sum = () => must(name, 'sha256sum </dev/nvme1n1')
  for (const [what, make, says] of OCCUPIED) {
    await must(name, make)
    const before = await sum()
    const [said = ''] = await plans(name, data)
    assert.match(said, /^disk-not-empty: /, what)
    assert.match(said, says)
    assert.match(await failure(onHost(host(name)).converge(data), what), /is not overwritten/)
    assert.is(await sum(), before, what)
    await must(name, EMPTY)
  }
  const [other = ''] = await plans(name, filesystem('vol-0bbbbbbbbbbbbbbbb', { type: 'ext4' }))
  assert.match(other, /^no-such-disk: No such disk is attached .* nvme-Amazon_Elastic_Block_Store_vol0123456789abcdef0/)
  const byPath = filesystem('/dev/disk/by-id/x', { type: 'ext4' })
  assert.match((await plans(name, byPath))[0] ?? '', /^no-such-disk/)
})

onEach('ext4: create, no-op, drift, repair; mounted by its label, after a boot, too', async (name) => {
  assert.equal(await mends(name, data), ['create file system ext4, label data, on an empty disk of 16 MiB'])
  assert.equal(await plans(name, data), [])
  assert.equal(await plans(name, filesystem(EXT4, { type: 'ext4' })), [])
  await must(name, 'e2label /dev/nvme1n1 ""')
  assert.equal(await mends(name, data), ['update label none → data'])
  const [other = ''] = await plans(name, filesystem(EXT4, { type: 'ext4', label: 'logs' }))
  assert.match(other, /^filesystem-label: The file system on the disk has the label data, not logs/)
  const [foreign = ''] = await plans(name, filesystem(EXT4, { type: 'ext4', uuid: uuidOf(name) }))
  assert.match(foreign, /^disk-not-empty: .*not the one with UUID/)
  const there = mount('/srv/data', { device: 'LABEL=data', type: 'ext4', existing: 'refuse' })
  await must(name, 'mkdir -p /srv/data; echo old >/srv/data/old')
  assert.equal(await plans(name, there), ['mount-hides: /srv/data holds data, which LABEL=data would hide.'])
  await must(name, 'rm /srv/data/old')
  await mends(name, there)
  await must(name, 'echo kept >/srv/data/file')
  assert.equal([await plans(name, there), await plans(name, data)], [[], []])
  await must(name, 'e2label /dev/nvme1n1 ""')
  assert.equal(await mends(name, data), ['update label none → data'])
  await box.kill(name)
  await box.boot(name)
  assert.is(await must(name, 'mountpoint -q /srv/data; cat /srv/data/file'), 'kept')
  assert.equal([await plans(name, there), await plans(name, data)], [[], []])
})

onEach('xfs: create, no-op, drift, repair; mounted by its UUID', async (name) => {
  const uuid = uuidOf(name)
  const logs = filesystem(XFS, { type: 'xfs', uuid, label: 'logs' })
  const [made = ''] = await mends(name, logs)
  assert.is(made, `create file system xfs, label logs, UUID ${uuid}, on an empty disk of 320 MiB`)
  assert.equal(await plans(name, logs), [])
  await must(name, 'xfs_admin -L -- /dev/nvme2n1 >/dev/null')
  assert.equal(await mends(name, logs), ['update label none → logs'])
  const there = mount('/srv/logs', { device: `UUID=${uuid}`, type: 'xfs' })
  await mends(name, there)
  await must(name, 'xfs_io -c "label -c" /srv/logs >/dev/null')
  assert.equal(await mends(name, logs), ['update label none → logs'])
  assert.equal([await plans(name, there), await plans(name, logs)], [[], []])
  await mends(name, mount('/srv/logs', { ensure: 'absent' }))
  assert.match((await plans(name, filesystem(XFS, { type: 'ext4' })))[0] ?? '', /another file system \(xfs, label logs/)
})

test.run()
