import { createHash } from 'node:crypto'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { digestMeanwhile, digestOfFile } from '../../src/lib/kept/digest.ts'
import { type FileProps, file } from '../../src/resources/files/file.ts'

const test = suite('files of this machine')
const dir = mkdtempSync(join(tmpdir(), 'provision-digests-'))
const cache = join(dir, 'cache')
const before = process.env.XDG_CACHE_HOME
test.before.each(() => {
  rmSync(cache, { recursive: true, force: true })
  process.env.XDG_CACHE_HOME = cache
})
test.after(() => {
  if (before === undefined) delete process.env.XDG_CACHE_HOME
  else process.env.XDG_CACHE_HOME = before
  rmSync(dir, { recursive: true })
})

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const kept = join(cache, 'provision', 'digests')
const names = (): readonly string[] => {
  try {
    return readdirSync(kept)
  } catch {
    return []
  }
}
/** A file that was written a while ago: only its own times say so, and those of its inode need a moment. */
async function old(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(dir, name)
  writeFileSync(path, bytes)
  while (Date.now() - statSync(path).ctimeMs < 2100) await sleep(100)
  return path
}
const large = (fill: number): Buffer => Buffer.alloc(2 << 20, fill)

test('a file that cannot be read is told with the reason, before any host is asked', () => {
  const [none, ring] = ['none', 'ring'].map((name) => join(dir, name)) as [string, string]
  symlinkSync(ring, ring)
  for (const [path, says] of [
    [none, `there is no file ${none} on this machine`],
    [dir, `there is no file ${dir} on this machine`],
    [ring, `${ring} on this machine cannot be read: its links lead in a circle`],
  ] as const)
    assert.throws(
      () => file('/etc/x', { content: { file: path } }),
      (error: Error) => error instanceof TypeError && error.message.endsWith(says),
    )
})

test('a digest is kept, and is right whatever changes', async () => {
  const path = await old('large', large(1))
  assert.is(digestOfFile(path, 'sha256'), sha256(large(1)))
  assert.is(names().length, 1)
  // what is kept is what is used: of the same file only
  const entry = join(kept, names()[0] as string)
  const [stamp] = readFileSync(entry).subarray(32).toString().split('\n')
  const other = Buffer.from(`${stamp}\nkept`)
  writeFileSync(entry, Buffer.concat([createHash('sha256').update(other).digest(), other]))
  assert.is(digestOfFile(path, 'sha256'), 'kept')
  assert.is(await digestMeanwhile(path, 'sha256'), 'kept')
  assert.is(digestOfFile(path, 'sha512'), createHash('sha512').update(large(1)).digest('hex'))
  // the same size and time, other bytes
  const { atime, mtime } = statSync(path)
  writeFileSync(path, large(2))
  utimesSync(path, atime, mtime)
  assert.is(digestOfFile(path, 'sha256'), sha256(large(2)))
  assert.is(await digestMeanwhile(path, 'sha256'), sha256(large(2)))
})

test('of one that was changed just now, or is small, nothing is kept', async () => {
  writeFileSync(join(dir, 'new'), large(3))
  assert.is(digestOfFile(join(dir, 'new'), 'sha256'), sha256(large(3)))
  const small = await old('small', Buffer.from('small'))
  assert.is(await digestMeanwhile(small, 'sha256'), sha256(Buffer.from('small')))
  assert.equal(names(), [])
})

test('a cache that cannot be read or written changes nothing', async () => {
  const path = await old('large', large(4))
  mkdirSync(join(cache, 'provision'), { recursive: true })
  writeFileSync(kept, 'a file where the folder should be')
  assert.is(digestOfFile(path, 'sha256'), sha256(large(4)))
  rmSync(kept)
  digestOfFile(path, 'sha256')
  writeFileSync(join(kept, names()[0] as string), 'cut')
  assert.is(digestOfFile(path, 'sha256'), sha256(large(4)))
})

test('the content of a file of this machine: short text is as if it was written, more is not read', async () => {
  const of = (content: { file: string }): FileProps => file('/srv/x', { content }).props as FileProps
  writeFileSync(join(dir, 'short'), 'short\n')
  assert.equal(of({ file: join(dir, 'short') }), file('/srv/x', { content: 'short\n' }).props)
  const path = await old('large', large(5))
  const digest = sha256(large(5))
  assert.equal(of({ file: path }).content, {
    word: { blob: { sha256: digest, size: 2 << 20, source: { path } } },
    digest,
    size: 2 << 20,
  })
  assert.throws(
    () => of({ file: join(dir, 'none') }),
    (error: unknown) =>
      error instanceof TypeError && /^file "\/srv\/x": there is no file .*none on this machine$/.test(error.message),
  )
})

test.run()
