import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { factsCache, factsProbe, parseFacts } from '../../../src/engine/observe/facts.ts'
import { someFacts } from '../../support/decided.ts'
import { host } from '../../support/toys.ts'

const test = suite('facts')
const a = host('a', [])

test('this machine tells its facts', () => {
  const before = Date.now() / 1000
  const { stdout, status } = spawnSync('sh', ['-c', `set -e\n${factsProbe.text}`], { encoding: 'utf8' })
  const after = Date.now() / 1000
  assert.is(status, 0)
  const { facts, clock } = parseFacts(stdout.trimEnd().split('\n'))
  assert.ok(facts.cpus > 0 && facts.memory > 1e7 && facts.os.length > 0 && facts.hostname.length > 0)
  assert.ok(clock >= before - 1 && clock <= after + 1, `${clock} is not between ${before} and ${after}`)
  for (const missing of ['os', 'cpus', 'clock', 'hostname']) {
    const lines = stdout
      .trimEnd()
      .split('\n')
      .filter((line) => !line.startsWith(`${missing}\t`))
    assert.throws(() => parseFacts(lines), `the host did not say its ${missing}`)
  }
})

test('kept between runs, apart by address and port, in files of one’s own', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'provision-facts-'))
  const cache = factsCache(join(dir, 'facts'))
  assert.is(await cache.get(a), undefined)
  await cache.set(a, someFacts)
  assert.equal(await cache.get(a), someFacts)
  for (const other of [
    { ...a, address: 'b' },
    { ...a, ssh: { port: 2222 } },
    { ...a, name: 'b' },
  ])
    assert.is(await cache.get(other), undefined)
  assert.is(statSync(join(dir, 'facts')).mode & 0o777, 0o700)
  const [file = ''] = readdirSync(join(dir, 'facts'))
  const { os: _, ...without } = someFacts
  for (const text of [
    '',
    '{',
    'null',
    '5',
    '{}',
    '[]',
    JSON.stringify(without),
    JSON.stringify({ ...someFacts, cpus: '2' }),
    JSON.stringify({ ...someFacts, addresses: {} }),
  ]) {
    writeFileSync(join(dir, 'facts', file), text)
    assert.is(await cache.get(a), undefined, text)
  }
  rmSync(dir, { recursive: true })
})

test('a cache that cannot be written is no error', async () => {
  const cache = factsCache('/dev/null/facts')
  await cache.set(a, someFacts)
  assert.is(await cache.get(a), undefined)
})

test.run()
