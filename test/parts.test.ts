import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { serve } from './support/artifacts.ts'
import type { Builder } from './support/parts/builder.ts'
import { keep } from './support/parts.ts'
import { zip } from './support/zip.ts'

const test = suite('parts')
const base = mkdtempSync(join(tmpdir(), 'provision-parts-'))
test.after(() => rmSync(base, { recursive: true }))

/** A builder that counts, and takes its time. */
function counting(version: string, inputs: readonly string[] = [version]): Builder & { built: number } {
  return {
    version,
    built: 0,
    missing: () => undefined,
    inputs: () => inputs,
    async build(folder) {
      this.built++
      await new Promise((resolve) => setTimeout(resolve, 50))
      writeFileSync(join(folder, `toy_${version}.zip`), `toy ${version}`)
      return `toy_${version}.zip`
    },
  }
}

test('a part is made once, also where several want it at once', async () => {
  const dir = join(base, 'once')
  const said: string[] = []
  const builder = counting('1.0')
  const [one, two] = await Promise.all([1, 2].map(() => keep('toy', builder, dir, (text) => said.push(text))))
  const third = await keep('toy', counting('1.0'), dir, (text) => said.push(text))
  assert.is(builder.built, 1)
  assert.equal([two, third], [one, one])
  assert.is(readFileSync(one?.file ?? '', 'utf8'), 'toy 1.0')
  assert.is(one?.sha256, execFileSync('sha256sum', [one?.file ?? ''], { encoding: 'utf8' }).slice(0, 64))
  assert.is(said.length, 2, said.join('\n'))
  assert.match(said[1] ?? '', /^parts: toy 1\.0 made in \d+ s: .*toy_1\.0\.zip$/)
})

test('other inputs are another part, beside the first', async () => {
  const dir = join(base, 'other')
  const quiet = () => undefined
  const [old, fresh] = [await keep('toy', counting('1', ['a']), dir, quiet), await keep('toy', counting('1', ['b']), dir, quiet)]
  assert.is.not(old.file, fresh.file)
  assert.ok(readFileSync(old.file))
})

test('a build that fails leaves nothing that would be taken for a part', async () => {
  const dir = join(base, 'fails')
  const builder = { ...counting('1'), build: () => Promise.reject(new Error('out of paper')) }
  const wrong = await keep('toy', builder, dir, () => undefined).catch((error: Error) => error.message)
  assert.is(wrong, 'out of paper')
  const good = counting('1')
  await keep('toy', good, dir, () => undefined)
  assert.is(good.built, 1)
  assert.equal(
    readdirSync(dir).filter((name) => name.endsWith('.half')),
    [],
  )
})

test('a machine that cannot make it says why', async () => {
  const builder = { ...counting('1'), missing: () => 'toys are made of wood, and this machine has none' }
  const wrong = await keep('toy', builder, join(base, 'missing')).catch((error: Error) => error.message)
  assert.is(wrong, 'toys are made of wood, and this machine has none')
})

test('a zip is what others read as one: one file, executable, the same every time', () => {
  const bytes = Buffer.from('#!/bin/sh\necho hello\n'.repeat(1000))
  const file = join(base, 'toy.zip')
  writeFileSync(file, zip('toy', bytes))
  assert.equal(zip('toy', bytes), readFileSync(file))
  const look = `import zipfile; z = zipfile.ZipFile('${file}'); i = z.infolist(); print(z.testzip(), [(e.filename, oct(e.external_attr >> 16), e.file_size) for e in i]); z.extractall('${base}/unzipped')`
  const { error, stdout, stderr } = spawnSync('python3', ['-c', look], { encoding: 'utf8' })
  if (error !== undefined) return console.log('not run here: no python3 to read the zip')
  assert.is(stdout.trim(), `None [('toy', '0o100755', ${bytes.length})]`, stderr)
  assert.equal(readFileSync(join(base, 'unzipped', 'toy')), bytes)
})

const content = 'abcdefghij'
for (const [what, range, status, body, says] of [
  ['the whole file', undefined, 200, content, undefined],
  ['the rest of it', 'bytes=4-', 206, 'efghij', 'bytes 4-9/10'],
  ['a part of it', 'bytes=2-3', 206, 'cd', 'bytes 2-3/10'],
  ['its end', 'bytes=-3', 206, 'hij', 'bytes 7-9/10'],
  ['more than there is', 'bytes=10-', 416, '', 'bytes */10'],
] as const) {
  test(`artifacts give ${what}`, async () => {
    const file = join(base, 'letters.txt')
    writeFileSync(file, content)
    const artifacts = await serve('127.0.0.1')
    try {
      const { url } = artifacts.offer(file)
      assert.match(url, /\/letters\.txt$/)
      assert.is(artifacts.offer(file).url, url)
      const answer = await fetch(url, range === undefined ? {} : { headers: { Range: range } })
      assert.equal([answer.status, await answer.text(), answer.headers.get('content-range') ?? undefined], [status, body, says])
      assert.is((await fetch(`${url}x`)).status, 404)
    } finally {
      await artifacts.close()
    }
  })
}

test.run()
