import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { serve } from './support/artifacts.ts'
import type { Builder } from './support/parts/builder.ts'
import { dockerArchive, filesLayer, imageId } from './support/parts/docker-archive.ts'
import { given } from './support/parts/given.ts'
import { pom, realMarathon } from './support/parts/marathon-real.ts'
import { isMade, keep } from './support/parts.ts'
import { zip } from './support/zip.ts'

const test = suite('parts')
const base = mkdtempSync(join(tmpdir(), 'provision-parts-'))
test.after(() => rmSync(base, { recursive: true }))

/** A builder that counts, and takes its time. */
function counting(version: string, inputs: readonly string[] = [version]): Builder & { built: number } {
  return {
    version,
    seconds: 1,
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
  assert.is(await isMade('toy', builder, dir), false)
  const [one, two] = await Promise.all([1, 2].map(() => keep('toy', builder, dir, (text) => said.push(text))))
  assert.is(await isMade('toy', builder, dir), true)
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
  const [old, fresh] = [
    await keep('toy', counting('1', ['a']), dir, quiet),
    await keep('toy', counting('1', ['b']), dir, quiet),
  ]
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

const image = async (tag: string): Promise<string> => {
  const layer = await filesLayer(join(base, 'layer.tar'), { 'marathon/bin/marathon': '#!/bin/sh\n' })
  return (await dockerArchive(join(base, `${tag.replace(/\W/g, '-')}.tar`), tag, [layer], {})).file
}

test('an image that is named for Marathon is taken as it is, and its tag says the version', async () => {
  const file = await image('mesosphere/marathon:v1.11.26')
  const part = await given('marathon', { PROVISION_MARATHON_IMAGE: file })
  assert.equal([part?.file, part?.version], [file, '1.11.26'])
  assert.is(part?.sha256, execFileSync('sha256sum', [file], { encoding: 'utf8' }).slice(0, 64))
  assert.match(await imageId(file), /^sha256:[0-9a-f]{64}$/)
})

test('where no file is named, or for another part, none is given', async () => {
  assert.equal(
    await Promise.all([given('marathon', {}), given('marathon', { PROVISION_MARATHON_IMAGE: '' }), given('rails')]),
    [undefined, undefined, undefined],
  )
})

for (const [what, file, says] of [
  [
    'no file',
    () => '/proc/nowhere/marathon.tar',
    'PROVISION_MARATHON_IMAGE: there is no file /proc/nowhere/marathon.tar',
  ],
  [
    'no image',
    () => import.meta.filename,
    `${import.meta.filename} is not an image written by docker save: there is no manifest.json in it`,
  ],
  [
    'no version',
    () => image('marathon:latest'),
    /marathon-latest\.tar: the image's tag has to be its version, and marathon:latest/,
  ],
] as const) {
  test(`what is named for Marathon is ${what}`, async () => {
    const wrong = await given('marathon', { PROVISION_MARATHON_IMAGE: await file() }).catch(
      (error: Error) => error.message,
    )
    if (typeof says === 'string') assert.is(wrong, says)
    else assert.match(`${wrong}`, says)
  })
}

test('a folder that lacks what an image of the real Marathon is made of says so', () => {
  writeFileSync(join(base, 'marathon-1.11.26.jar'), '')
  const builder = realMarathon(base, '/proc/nowhere/mesos.deb')
  assert.is(builder.version, '1.11.26')
  assert.is(builder.missing(), `${base} lacks marathon, dependencies.txt`)
  assert.match(
    realMarathon('/proc/nowhere', '/proc/nowhere/mesos.deb').missing() ?? '',
    /^\/proc\/nowhere lacks marathon-VERSION\.jar, marathon, dependencies/,
  )
})

test('jars are fetched alone: what they depend on is in the list itself', () => {
  assert.match(
    pom(['a.b:c_2.13:1.0', 'd:e:2']),
    /<groupId>a\.b<\/groupId><artifactId>c_2\.13<\/artifactId><version>1\.0<\/version><exclusions>.*\n.*<groupId>d</,
  )
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
      assert.equal(
        [answer.status, await answer.text(), answer.headers.get('content-range') ?? undefined],
        [status, body, says],
      )
      assert.is((await fetch(`${url}x`)).status, 404)
    } finally {
      await artifacts.close()
    }
  })
}

test.run()
