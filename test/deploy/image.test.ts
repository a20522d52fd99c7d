// What docker save writes, in all its forms, and the scripts that bring an image to a slave, against a docker that only
// writes down what it was asked.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { imageTag, nameOf } from '../../src/deploy/app/version.ts'
import { readImageFile } from '../../src/deploy/image/archive.ts'
import { bringImage } from '../../src/deploy/image/bring.ts'
import { loadScript, lookScript, pullScript } from '../../src/deploy/image/scripts.ts'
import type { Run } from '../../src/deploy/rollout/run.ts'
import type { Script } from '../../src/shell/script.ts'

const test = suite('deploy image')
const folder = mkdtempSync(join(tmpdir(), 'image-'))
test.after(() => rmSync(folder, { recursive: true }))

const ID = 'ab'.repeat(32)
const old = JSON.stringify([{ Config: `${ID}.json`, RepoTags: ['rails:1', 'rails:stable'], Layers: [] }])
const modern = JSON.stringify([{ Config: `blobs/sha256/${ID}`, RepoTags: ['rails:1'], Layers: [] }])

/** A tar of these files, by this machine's tar. */
function tar(name: string, files: Readonly<Record<string, string>>): string {
  const dir = join(folder, `${name}.d`)
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(dir, path, '..'), { recursive: true })
    writeFileSync(join(dir, path), content)
  }
  const file = join(folder, name)
  const { status, stderr } = spawnSync('tar', ['-cf', file, '-C', dir, ...Object.keys(files)], { encoding: 'utf8' })
  assert.is(status, 0, stderr)
  return file
}
const layer = { 'layer/layer.tar': 'x'.repeat(3_000_123) }

for (const [what, files, images] of [
  [
    'of an old Docker',
    { ...layer, 'manifest.json': old, repositories: '{}' },
    { 'rails:1': `sha256:${ID}`, 'rails:stable': `sha256:${ID}` },
  ],
  ['of a newer one', { 'manifest.json': modern, ...layer }, { 'rails:1': `sha256:${ID}` }],
  ['without a name', { 'manifest.json': JSON.stringify([{ Config: `${ID}.json`, RepoTags: null }]) }, {}],
] as const) {
  for (const compressed of [false, true]) {
    test(`an image file ${what}${compressed ? ', compressed' : ''}`, async () => {
      const plain = tar(`${what.replaceAll(' ', '-')}.tar`, files)
      const file = compressed ? `${plain}.gz` : plain
      if (compressed) writeFileSync(file, gzipSync(readFileSync(plain)))
      const read = await readImageFile(file)
      assert.equal(Object.fromEntries(read.images), images)
      const bytes = readFileSync(file)
      assert.equal([read.blob.size, read.blob.sha256], [bytes.length, createHash('sha256').update(bytes).digest('hex')])
    })
  }
}

test('an image that Mesos gets itself is not brought to Docker, and takes no image file', async () => {
  const mesos = { container: { type: 'MESOS', docker: { image: 'rails:1' } } }
  await bringImage({ cluster: { slaves: [{}] } } as unknown as Run, mesos, undefined)
  const file = await readImageFile(tar('mesos.tar', { 'manifest.json': modern, ...layer }))
  const said = await bringImage({} as Run, mesos, file).then(
    () => '',
    (error) => error.message,
  )
  assert.match(
    said,
    /^the app has container\.type "MESOS", and Mesos gets rails:1 from its registry itself, so .* cannot be used$/,
  )
})

test('an image file is of no use to an app that has its image pulled at every start', async () => {
  const file = await readImageFile(tar('forced.tar', { 'manifest.json': modern, ...layer }))
  const docker = { image: 'rails:1', forcePullImage: true }
  try {
    await bringImage({ cluster: { slaves: [] } } as unknown as Run, { container: { docker } }, file)
    assert.unreachable()
  } catch (error) {
    assert.match((error as Error).message, /^container\.docker\.forcePullImage lets rails:1 be pulled from a registry/)
  }
})

const failure = (path: string): Promise<string> =>
  readImageFile(path).then(
    () => 'it did not fail',
    (error) => `${error.name}: ${error.message}`,
  )
test('files that are none', async () => {
  assert.is(await failure(folder), `ImageFileError: ${folder} cannot be read: it is a directory`)
  assert.is(
    await failure(join(folder, 'nope')),
    `ImageFileError: there is no image file ${join(folder, 'nope')}; docker save writes one`,
  )
  assert.match(
    await failure(tar('empty.tar', { a: 'b' })),
    /is not an image written by docker save: there is no manifest\.json in it$/,
  )
  const text = join(folder, 'text')
  writeFileSync(text, 'hello '.repeat(1000))
  assert.match(await failure(text), /is not an image written by docker save/)
  const cut = join(folder, 'cut.gz')
  writeFileSync(cut, gzipSync('x'.repeat(100_000)).subarray(0, 50))
  assert.match(await failure(cut), /is not an image written by docker save/)
})

// Scripts.
const bin = join(folder, 'bin')
mkdirSync(bin)
const docker = (script: string): void => {
  writeFileSync(join(bin, 'docker'), `#!/bin/sh\necho "$*" >>${join(folder, 'asked')}\n${script}\n`)
  chmodSync(join(bin, 'docker'), 0o755)
}
function run(script: Script): {
  readonly status: number | null
  readonly out: string
  readonly said: string
  readonly asked: string[]
} {
  rmSync(join(folder, 'asked'), { force: true })
  const text = script.text.replaceAll('/var/lib/provision/blob', folder)
  const { status, stdout, stderr } = spawnSync('sh', ['-c', text], {
    encoding: 'utf8',
    env: { PATH: `${bin}:${process.env.PATH}` },
  })
  const asked = existsSync(join(folder, 'asked')) ? readFileSync(join(folder, 'asked'), 'utf8').trim().split('\n') : []
  return { status, out: stdout.trim(), said: stderr.trim(), asked }
}

for (const [what, script, id, out] of [
  ['it is there', `case $1 in image) echo sha256:${ID};; esac`, '', 'there'],
  ['it is not', 'case $1 in image) exit 1;; esac', '', 'absent'],
  ['it is that one', `case $1 in image) echo sha256:${ID};; esac`, `sha256:${ID}`, 'there'],
  ['it is another of that name', 'case $1 in image) echo sha256:cd;; esac', `sha256:${ID}`, 'absent'],
] as const) {
  test(`looking for an image: ${what}`, () => {
    docker(script)
    const ran = run(lookScript("it's:1", id, '/'))
    assert.equal([ran.status, ran.out, ran.asked[2]], [0, out, "image inspect --format {{.Id}} it's:1"])
  })
}

test('a Docker that does not answer is no missing image', () => {
  docker('echo "Cannot connect to the Docker daemon" >&2; exit 1')
  assert.equal([run(lookScript('a:1', '', '/')).status, run(pullScript('a:1')).status], [1, 1])
})

for (const [what, data, work, full, out] of [
  ["Docker's data", '/', '/nowhere', '/', '/ is full'],
  ["the agent's directory", '', '/etc', '/', '/ is full'],
  ['both', '/usr', '/etc', '/', '/ is full'],
  ['neither', '/usr', '/etc', '/mnt/backup', ''],
] as const) {
  test(`a file system is full that holds ${what}`, () => {
    docker(`case $1 in info) echo ${data};; image) echo sha256:${ID};; esac`)
    // the tests' own disk is what df and the list of the full ones agree on
    const { text, ...script } = lookScript('a:1', '', work)
    const at = spawnSync('df', ['--output=target', '/usr'], { encoding: 'utf8' }).stdout.trim().split('\n')[1]
    const is = full === '/' ? at : full
    const ran = run({ ...script, text: text.replace('full=$(full_disks)', `full=$(printf '${is}\\tis full\\n')`) })
    assert.equal(
      [ran.status, ran.out.replace(`${at}\t`, '/ ').split('\n')],
      [0, [...(out === '' ? [] : [out]), 'there']],
    )
  })
}

test('a pull that goes silent is ended, tried once more, and then fails in one sentence', () => {
  docker('exec sleep 60')
  const counts = join(folder, 'counts')
  writeFileSync(counts, '')
  const text = pullScript('a:1')
    .text.replace('silence=90', 'silence=6')
    .replace('/sys/fs/cgroup/system.slice/docker.service/io.stat', counts)
  const ran = run({ ...pullScript('a:1'), text })
  assert.equal(
    [ran.status, ran.said, ran.asked],
    [
      1,
      'a:1 could not be pulled: docker had received nothing for 6 s, twice, and was ended',
      ['pull -q a:1', 'pull -q a:1'],
    ],
  )
})

test('an image is loaded, looked at, and its file removed, with what its upload noted', () => {
  const blob = { sha256: 'f'.repeat(64), size: 1, source: { path: '/x' } }
  const file = join(folder, blob.sha256)
  for (const [script, status] of [
    ['true', 0],
    ['case $1 in image) exit 1;; esac', 1],
    ['case $1 in load) exit 1;; esac', 1],
  ] as const) {
    docker(script)
    writeFileSync(file, 'image')
    writeFileSync(`${file}.at`, 'its inode')
    const ran = run(loadScript('a:1', blob))
    assert.equal([ran.status, ran.asked[0]], [status, `load -q -i ${file}`])
    assert.equal([existsSync(file), existsSync(`${file}.at`)], [false, false])
  }
})

// What versions are called.
for (const [what, definition, name] of [
  ['the label', { labels: { version: 'v1' }, env: { VERSION: 'v2' } }, 'v1'],
  ['the environment', { env: { VERSION: 'v2' }, container: { docker: { image: 'web:v3' } } }, 'v2'],
  ['the tag', { env: { VERSION: { secret: 'x' } }, container: { docker: { image: 'registry:5000/web:v3' } } }, 'v3'],
  ['the digest', { container: { docker: { image: `web:v3@sha256:${ID}` } } }, 'sha256:abababababab'],
  ['the time', { container: { docker: { image: 'registry:5000/web' } } }, '2026-11-22T10:43:26.398Z'],
] as const) {
  test(`a version is called after ${what}`, () => assert.is(nameOf(definition, '2026-11-22T10:43:26.398Z'), name))
}
test('a tag is no port', () =>
  assert.equal(['host:5000/web', 'web', 'web:1', 'host:5000/a/web:1'].map(imageTag), ['', '', '1', '1']))

test.run()
