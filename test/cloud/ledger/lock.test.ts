import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { LedgerFile } from '../../../src/cloud/ledger/files.ts'
import { claim, type Found, look, sharing, whileLocked } from '../../../src/cloud/ledger/lock.ts'
import { account, entry } from './support.ts'

const test = suite('the lock of the ledger')

const folder = mkdtempSync(join(tmpdir(), 'cloud-'))
test.after(() => rmSync(folder, { recursive: true }))

test('a lock names who holds it, and is nothing once that has ended', async () => {
  const file = join(folder, 'some.lock')
  const child = spawn('sleep', ['600'])
  const stat = readFileSync(`/proc/${child.pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
  writeFileSync(`${file}.3`, `${child.pid} ${stat[19]}\n`)
  const work = async (): Promise<string> => 'done'
  await whileLocked(file, work).then(assert.unreachable, (error: Error) =>
    assert.match(error.message, new RegExp(`^process ${child.pid} is working on these instances`)),
  )
  const ended = new Promise((resolve) => child.once('close', resolve))
  child.kill()
  await ended
  assert.is(await whileLocked(file, work), 'done')
  assert.is(await whileLocked(file, work), 'done')
  assert.equal(
    readdirSync(folder).filter((name) => name.startsWith('some.lock')),
    ['some.lock.5'],
  )
})

test('a process does not keep itself out, and what it does side by side shares a lock', async () => {
  const file = join(folder, 'shared.lock')
  assert.is(await whileLocked(file, () => whileLocked(file, async () => 'within')), 'within')
  assert.is(look(file).holder, undefined)
  const share = sharing(file)
  const holders: unknown[] = []
  const work = (ms: number) =>
    share(async () => {
      await new Promise((resolve) => setTimeout(resolve, ms))
      holders.push(look(file).holder)
    })
  await Promise.all([work(1), work(30)])
  await work(1)
  assert.equal(holders, [process.pid, process.pid, process.pid])
  await new Promise((resolve) => setImmediate(resolve))
  assert.is(look(file).holder, undefined)
})

test('who waits for a lock gets it when it is let go', async () => {
  const file = join(folder, 'waited.lock')
  const child = spawn('sleep', ['600'])
  const stat = readFileSync(`/proc/${child.pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
  writeFileSync(`${file}.1`, `${child.pid} ${stat[19]}\n`)
  const waits = whileLocked(file, async () => 'done', new AbortController().signal)
  await new Promise((resolve) => child.once('close', resolve).kill())
  assert.is(await waits, 'done')
})

test('two commands of one process do not write over each other', () => {
  const path = join(folder, 'both.cloud.json')
  const [one, two] = [new LedgerFile(path, account), new LedgerFile(path, account)]
  one.put('a', entry)
  two.put('b', entry)
  one.put('a', { ...entry, generation: 2 })
  assert.equal(Object.keys(new LedgerFile(path, account).hosts), ['a', 'b'])
})

// What three processes do that have found the same lock, whose holder had ended: A, B and C take it, in this order, and
// a small letter lets go of it.
const RACES: readonly (readonly [order: string, got: string])[] = [
  ['AB', 'A'],
  ['ABC', 'A'],
  ['AaB', 'A'],
  ['AaBC', 'A'],
  ['Aa*BC', 'A'],
  ['Aa**BC', 'A'],
]
for (const stale of [true, false])
  for (const [order, got] of RACES)
    test(`of those who find a lock ${stale ? 'of one that has ended' : 'that nobody held'}, one takes it: ${order}`, () => {
      const file = join(folder, `${order.replaceAll('*', 'x')}-${stale}.lock`)
      if (stale) writeFileSync(`${file}.7`, '4194304999 1\n')
      const found: Found = look(file)
      assert.equal(found, { generation: stale ? 7 : 0 })
      const took: string[] = []
      let release: (() => void) | undefined
      for (const each of order) {
        if (each === each.toUpperCase() && each !== '*') {
          const free = claim(file, found)
          if (free) took.push(each)
          release ??= free
        } else if (each === '*') {
          // somebody else comes and goes
          const free = claim(file, look(file))
          assert.ok(free)
          free?.()
        } else release?.()
      }
      assert.is(took.join(''), got)
      assert.equal(look(file).holder, order.includes('a') ? undefined : process.pid)
    })

test.run()
