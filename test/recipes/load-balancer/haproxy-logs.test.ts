/** The script that bounds the file of HAProxy's access logs, run by a real sh on a folder of this test. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { haproxy } from '../../../recipes/haproxy.ts'
import { render } from '../../../src/index.ts'
import { text, wanted } from '../support.ts'
import { slaves } from './support.ts'

interface Ctx {
  folder: string
}
const test = suite<Ctx>('access logs of HAProxy')
const MB = 1024 * 1024

test.before.each((ctx) => {
  ctx.folder = mkdtempSync(join(tmpdir(), 'haproxy-logs-'))
})
test.after.each(({ folder }) => rmSync(folder, { recursive: true }))

function bound({ folder }: Ctx, file: string): void {
  const script = join(folder, 'haproxy-logs')
  writeFileSync(script, render('haproxy/logs.sh.ejs', { file, maxMb: 1 }).toString())
  const { status, stderr } = spawnSync('sh', [script], { encoding: 'utf8' })
  assert.equal([status, stderr], [0, ''])
}

test('a day of 100 requests a second, a twentieth of it: what is kept, twice, and what came since', (ctx) => {
  const file = join(ctx.folder, 'haproxy.log')
  const open = openSync(file, 'a') // as rsyslog opens it
  const line = `${'x'.repeat(249)}\n`
  const batch = 3000 // of 60 000 in ten minutes
  let [most, written] = [0, 0]
  for (let tenMinutes = 0; tenMinutes < 6 * 24; tenMinutes++) {
    writeSync(open, line.repeat(batch))
    written += line.length * batch
    const kept = statSync(`${file}.last`, { throwIfNoEntry: false })?.size ?? 0
    most = Math.max(most, statSync(file).size + kept)
    bound(ctx, file)
  }
  assert.ok(written > 100 * MB && most <= 2 * MB + line.length * batch, `${most} of ${written}`)
  writeSync(open, 'the last one\n')
  const last = readFileSync(file, 'utf8')
  assert.ok(last.endsWith('x\nthe last one\n') || last === 'the last one\n')
  assert.is(statSync(`${file}.last`).mode & 0o777, 0o600)
})

test('what is small stays, and no file is no mistake', (ctx) => {
  const file = join(ctx.folder, 'haproxy.log')
  bound(ctx, file)
  writeFileSync(file, 'few words\n')
  bound(ctx, file)
  assert.equal([readFileSync(file, 'utf8'), existsSync(`${file}.last`)], ['few words\n', false])
})

test('where requests are logged, every ten minutes; else there is nothing to bound', () => {
  const of = (vars: object) =>
    wanted(haproxy, slaves({ haproxy: vars }), 'slave-1').filter(({ id }) => /haproxy-logs/.test(id))
  assert.equal(of({}), [])
  const script = 'file /usr/local/lib/provision/haproxy-logs'
  const all = of({ accessLog: 'errors', accessLogMaxMb: 7 })
  assert.equal(
    all.map(({ id }) => id),
    [script, 'timer haproxy-logs'],
  )
  assert.match(text(all, script), /-size \+7M/)
})

test.run()
