/** Parts that are fetched as their maker publishes them, and built where that cannot be. */
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Builder } from './support/parts/builder.ts'
import { answers, fetching, hashicorp, type Release } from './support/parts/release.ts'
import { isMade, keepFirst } from './support/parts.ts'
import { unzipProgram } from './support/unzip.ts'
import { zip } from './support/zip.ts'

const test = suite('parts that are fetched')
const base = mkdtempSync(join(tmpdir(), 'provision-fetched-'))
const bytes = zip('toy', Buffer.from('#!/bin/sh\necho toy\n'))
const sha256 = createHash('sha256').update(bytes).digest('hex')
/** For servers that answer: a busy machine may be slow. */
const PATIENT = { quiet: 60_000, whole: 60_000 }
const QUIET = { ...PATIENT, quiet: 200 }

let answer: (to: ServerResponse) => unknown = (to) => to.end(bytes)
let asked = 0
const server = createServer((_from, to) => {
  asked++
  answer(to)
})
let origin = ''
test.before(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
test.before.each(() => {
  answer = (to) => to.end(bytes)
  asked = 0
})
test.after(() => {
  server.closeAllConnections()
  server.close()
  rmSync(base, { recursive: true })
})

const release = (more: Partial<Release> = {}): Release => ({
  url: `${origin}/toy_1.0_linux_amd64.zip`,
  sha256,
  ...more,
})
const built: Builder = {
  version: '1.0',
  seconds: 1,
  missing: () => undefined,
  inputs: () => ['built'],
  async build(folder) {
    writeFileSync(join(folder, 'toy_1.0_linux_amd64.zip'), zip('toy', Buffer.from('built')))
    return 'toy_1.0_linux_amd64.zip'
  },
}
let folders = 0
/** What is had from a release, and what is said of it. */
async function had(from: Release, dir = join(base, `${++folders}`), limits = PATIENT) {
  const told: string[] = []
  const began = performance.now()
  const way = fetching(from, '1.0', limits)
  const part = await keepFirst(
    'toy',
    [way, built],
    dir,
    () => undefined,
    (text) => told.push(text),
  )
  const program = unzipProgram(part.file)
  const text = readFileSync(program, 'utf8')
  rmSync(dirname(program), { recursive: true })
  return { part, text, told, ms: performance.now() - began, dir, fetched: await isMade('toy', way, dir) }
}

test('what answers and has the pinned sum is kept as it is, and fetched once', async () => {
  const { part, told, fetched, dir } = await had(release())
  assert.equal([part.sha256, told, fetched], [sha256, [], true])
  assert.equal(readFileSync(part.file), bytes)
  await had(release(), dir)
  assert.is(asked, 1)
})

test('what is built already is not fetched', async () => {
  const dir = join(base, 'built')
  await keepFirst('toy', [built], dir, () => undefined)
  assert.is((await had(release(), dir)).text, 'built')
  assert.is(asked, 0)
})

for (const [what, from, how, says, limits] of [
  [
    'another sum',
    { sha256: '1'.repeat(64) },
    undefined,
    /\.zip is not taken: its sum is [0-9a-f]{64}, not 1{64}; it is built instead$/,
  ],
  [
    'nothing there',
    {},
    (to: ServerResponse) => to.writeHead(404).end(),
    /cannot be had: it answers 404; it is built instead$/,
  ],
  ['never an answer', {}, () => undefined, /cannot be had: it says nothing for 0\.2 s; it is built instead$/, QUIET],
  [
    'an answer that stops',
    {},
    (to: ServerResponse) => to.write(bytes.subarray(0, 50)),
    /it says nothing for 0\.2 s/,
    QUIET,
  ],
  [
    'an answer that never ends',
    {},
    (to: ServerResponse) => {
      const timer = setInterval(() => to.write('x'), 50)
      to.on('close', () => clearInterval(timer))
    },
    /it takes longer than 2 s/,
    { ...PATIENT, whole: 2000 },
  ],
  [
    'nobody who listens',
    { url: 'http://127.0.0.1:1/toy_1.0_linux_amd64.zip' },
    undefined,
    /cannot be had: (ECONNREFUSED|bad port)/,
  ],
  ['no such name', { url: 'http://releases.invalid/toy_1.0_linux_amd64.zip' }, undefined, /cannot be had: E\w+/],
] as const)
  test(`${what}: it is said in one sentence, and built`, async () => {
    if (how !== undefined) answer = how
    const { text, told, fetched, dir } = await had(release(from), undefined, limits)
    assert.is(text, 'built')
    assert.is(told.length, 1)
    assert.match(told[0] ?? '', says)
    assert.is(fetched, false)
    assert.equal(
      readdirSync(dir).filter((name) => name.endsWith('.half') && readdirSync(join(dir, name)).length > 0),
      [],
    )
  })

test('whether it can be had is known within the time that silence gets', async () => {
  assert.is(await answers(release(), PATIENT), true)
  answer = () => undefined
  const began = performance.now()
  assert.is(await answers(release(), QUIET), false)
  assert.ok(performance.now() - began < PATIENT.whole / 2)
})

test("HashiCorp's own: the zip for this machine, or none where no sum is known", () => {
  const found = hashicorp('consul', '1.21.0', { amd64: 'a', arm64: 'b' })
  assert.match(
    found?.url ?? '',
    /^https:\/\/releases\.hashicorp\.com\/consul\/1\.21\.0\/consul_1\.21\.0_linux_a\w+64\.zip$/,
  )
  assert.is(hashicorp('consul', '1.21.0', {}), undefined)
})

test.run()
