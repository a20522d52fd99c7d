import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import * as v from 'valibot'
import { localSecrets, secret, withSecrets } from '../../src/inventory/secrets.ts'
import { check } from '../../src/lib/check.ts'
import { reveal, Secret } from '../../src/shell/secret.ts'

const test = suite('secrets')
const folder = mkdtempSync(join(tmpdir(), 'secrets-'))
test.after(() => rmSync(folder, { recursive: true }))
writeFileSync(join(folder, 'one-line'), 'from a file\n')
writeFileSync(join(folder, 'two-lines'), 'line 1\r\nline 2\r\n\n')
writeFileSync(join(folder, 'empty'), '\n')
writeFileSync(join(folder, 'latin1'), Buffer.from('K\xf6ln', 'latin1'))
process.env.PROVISION_TEST_SECRET = 'from the environment'
process.env.PROVISION_TEST_EMPTY = ''

const good: readonly [reference: string, value: string][] = [
  ['env:PROVISION_TEST_SECRET', 'from the environment'],
  ['file:one-line', 'from a file'],
  ['file:two-lines', 'line 1\r\nline 2\r\n'],
  [`file:${folder}/one-line`, 'from a file'],
  ['cmd:printf "%s\\n" "a b"', 'a b'],
  ['cmd:printf "\\357\\273\\277from Windows\\r\\n"', 'from Windows'],
  ['cmd:cat one-line; printf x', 'from a file\nx'],
  ['cmd:printf é | tr -d "\\r"', 'é'],
]
for (const [reference, value] of good) test(`${reference}`, () => assert.is(localSecrets(folder)(reference), value))

const bad: readonly [reference: string, message: string][] = [
  ['env:PROVISION_TEST_NONE', 'the environment variable PROVISION_TEST_NONE is not set'],
  ['env:PROVISION_TEST_EMPTY', 'the secret is empty'],
  ['file:none', "the secret's file none cannot be read: there is no such file"],
  ['file:.', "the secret's file . cannot be read: it is a directory"],
  ['file:empty', 'the secret is empty'],
  ['file:latin1', "the secret's file latin1 is not UTF-8 text"],
  ['cmd:cat latin1', "what the secret's command prints is not UTF-8 text"],
  ['cmd:echo hunter2; echo locked >&2; exit 3', "the secret's command ended with exit 3: locked"],
  ['cmd:echo hunter2; kill -9 $$', "the secret's command ended with SIGKILL"],
]
for (const [reference, message] of bad) {
  test(`${reference} is refused, and what it printed is not shown`, () => {
    try {
      localSecrets(folder)(reference)
      assert.unreachable()
    } catch (error) {
      assert.is((error as Error).message, message)
    }
  })
}

test('a command that hangs is ended, its children too late to hold us', () => {
  const began = performance.now()
  assert.throws(() => localSecrets(folder, 0.3)('cmd:sleep 120; echo late'), /took longer than 0.3 s/)
  assert.ok(performance.now() - began < 60_000)
})

test('each reference is read once, whether it could be or not', () => {
  const source = localSecrets(folder)
  const count = 'cmd:echo x >>count; echo value'
  assert.is(source(count) + source(count), 'valuevalue')
  const failing = 'cmd:echo x >>count; exit 1'
  for (let i = 0; i < 2; i++) assert.throws(() => source(failing))
  assert.is(readFileSync(join(folder, 'count'), 'utf8'), 'x\nx\n')
})

test('a file that may not be read says so', () => {
  const path = join(folder, 'shut')
  writeFileSync(path, 'x')
  chmodSync(path, 0)
  const root = process.geteuid?.() === 0 // root may read every file
  if (root) process.seteuid?.(65534)
  try {
    assert.throws(() => localSecrets(folder)(`file:${path}`), /you may not read it/)
  } finally {
    if (root) process.seteuid?.(0)
  }
})

test('the schema turns a reference into a Secret, from the source that is set', () => {
  const schema = v.object({ password: secret() })
  const parsed = withSecrets(
    (reference) => `value of ${reference}`,
    () => v.parse(schema, { password: 'file:x' }),
  )
  assert.instance(parsed.password, Secret)
  assert.is(reveal(parsed.password), 'value of file:x')
  assert.is(
    reveal(v.parse(schema, { password: 'env:PROVISION_TEST_SECRET' }).password),
    'from the environment',
    'without one: this machine',
  )
})

for (const literal of ['hunter2', 'env:', 'vault:x', 'ENV:x', '']) {
  test(`${JSON.stringify(literal)} is no reference, and is not repeated`, () => {
    const { issues } = v.safeParse(secret(), literal)
    assert.is(issues?.length, 1)
    assert.match(issues?.[0].message ?? '', /^is a secret: write where to find it/)
    assert.not.match(issues?.[0].message ?? '', 'hunter2')
  })
}

test('a secret that is written where it may also be something else is not shown either', () => {
  const { faults } = check(v.object({ p: v.union([v.literal('none'), secret()]) }), { p: 'hunter2' })
  assert.equal(
    faults.map((f) => f.message),
    ['is a secret: write where to find it, "env:NAME", "file:path" or "cmd:command", not the value itself'],
  )
})

test('a secret of another form than its recipe wants is a mistake that does not show it', () => {
  const form = { pattern: /^\d{4}$/, wanted: 'a number of four digits' }
  const said = (value: string): unknown =>
    withSecrets(
      () => value,
      () => {
        const { output, issues } = v.safeParse(secret({ form }), 'env:PIN')
        return issues === undefined ? reveal(output) : issues.map((issue) => issue.message)
      },
    )
  assert.is(said('1234'), '1234')
  assert.equal(said('hunter2'), ['what env:PIN stands for is not a number of four digits'])
})

test.run()
