import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { run } from '../src/sandbox/exec.ts'
import { dockerArchive, filesLayer, imageId } from './support/parts/docker-archive.ts'

const test = suite('docker archive')
let folder = ''
test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), 'provision-archive-'))
})
test.after.each(() => rmSync(folder, { recursive: true }))

const sha256 = (data: Buffer | string): string => createHash('sha256').update(data).digest('hex')

test('an archive is what docker load reads, and the same bytes for the same input', async () => {
  const layer = await filesLayer(join(folder, 'layer.tar'), { 'app/run.sh': '#!/bin/sh\n', 'app/data': 'x' })
  const config = { Cmd: ['/app/run.sh'], User: 'nobody' }
  const first = await dockerArchive(join(folder, 'a.tar'), 'app:1', [layer], config)
  const again = await filesLayer(join(folder, 'again.tar'), { 'app/data': 'x', 'app/run.sh': '#!/bin/sh\n' })
  const second = await dockerArchive(join(folder, 'b.tar'), 'app:1', [again], config)
  assert.is(second.id, first.id)
  assert.ok(readFileSync(first.file).equals(readFileSync(second.file)))
  const read = (name: string) => run('tar', ['-xOf', first.file, name])
  const [manifest] = JSON.parse(await read('manifest.json'))
  assert.equal(manifest.RepoTags, ['app:1'])
  const text = await read(manifest.Config)
  assert.is(first.id, `sha256:${sha256(text)}`)
  assert.is(await imageId(first.file), first.id)
  const { rootfs, config: kept } = JSON.parse(text)
  assert.equal(kept, config)
  assert.equal(rootfs.diff_ids, [`sha256:${sha256(readFileSync(layer))}`])
  const entries = await run('tar', ['-tvf', layer])
  assert.match(entries, /-rwxr-xr-x 0\/0 .* \.\/app\/run\.sh/)
  assert.match(entries, /^drwxr-xr-x 0\/0 .* \.\/$/m, 'the root of an image is for everybody')
})

test('another configuration is another image', async () => {
  const layer = await filesLayer(join(folder, 'layer.tar'), { a: '' })
  const a = await dockerArchive(join(folder, 'a.tar'), 'app:1', [layer], { Env: ['VERSION=1'] })
  const b = await dockerArchive(join(folder, 'b.tar'), 'app:1', [layer], { Env: ['VERSION=2'] })
  assert.is.not(a.id, b.id)
})

test.run()
