/** The script that bounds the logs of Mesos and of its tasks, run by a real sh on a folder of this test. */
import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { mesosAgent } from '../../../recipes/mesos-agent.ts'
import { mesosMaster } from '../../../recipes/mesos-master.ts'
import { render } from '../../../src/index.ts'
import { SOURCES, stack, text, wanted } from '../support.ts'

interface Ctx {
  folder: string
}
const test = suite<Ctx>('logs of Mesos')
const MB = 1024 * 1024
const RUN = 'slaves/S-1/frameworks/F-1/executors/web.instance-1/runs/R-1'

test.before.each((ctx) => {
  ctx.folder = mkdtempSync(join(tmpdir(), 'mesos-logs-'))
})
test.after.each(({ folder }) => rmSync(folder, { recursive: true }))

function has({ folder }: Ctx, path: string, content: string, days = 0): string {
  const file = join(folder, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, content)
  const then = Date.now() / 1000 - days * 86_400
  utimesSync(file, then, then)
  return file
}
function bound({ folder }: Ctx): void {
  const script = join(folder, 'mesos-logs')
  const vars = { workDir: join(folder, 'agent'), logDir: join(folder, 'log'), maxMb: 1, days: 14 }
  writeFileSync(script, render('mesos/logs.ejs', vars).toString())
  mkdirSync(join(folder, 'agent/slaves'), { recursive: true })
  mkdirSync(join(folder, 'log'), { recursive: true })
  const { status, stderr } = spawnSync('sh', [script], { encoding: 'utf8' })
  assert.equal([status, stderr], [0, ''])
}

test('a task that writes a lot: two files of so many MiB, and it goes on writing', (ctx) => {
  const file = has(ctx, `agent/${RUN}/stdout`, '')
  const open = openSync(file, 'a') // as Mesos opens it
  for (const round of [1, 2, 3]) {
    writeSync(open, `${'x'.repeat(3 * MB)}end of ${round}\n`)
    bound(ctx)
    assert.equal([statSync(file).size, statSync(`${file}.1`).size], [0, MB])
    assert.match(readFileSync(`${file}.1`, 'utf8').slice(-20), `end of ${round}\n`)
  }
  writeSync(open, 'more\n')
  assert.is(readFileSync(file, 'utf8'), 'more\n')
})

test('a day of 100 requests a second, a hundredth of it: no more than what is kept, twice, and what came since', (ctx) => {
  const file = has(ctx, `agent/${RUN}/stdout`, '')
  const open = openSync(file, 'a')
  const line = `${'x'.repeat(249)}\n`
  let most = 0
  let n = 0
  for (let hour = 0; hour < 24; hour++) {
    writeSync(open, line.repeat(3600)) // of 360 000
    n += line.length * 3600
    const kept = statSync(`${file}.1`, { throwIfNoEntry: false })?.size ?? 0
    most = Math.max(most, statSync(file).size + kept)
    bound(ctx)
  }
  assert.ok(most <= 2 * MB + line.length * 3600 && n > 20 * MB, `${most} of ${n}`)
})

test('what is small stays, and so does what a task writes elsewhere', (ctx) => {
  const small = has(ctx, `agent/${RUN}/stderr`, 'few words\n')
  const other = has(ctx, `agent/${RUN}/data.db`, 'x'.repeat(2 * MB))
  const image = has(ctx, 'agent/images/stdout', 'x'.repeat(2 * MB))
  bound(ctx)
  assert.equal(
    [small, other, image].map((file) => statSync(file).size),
    [10, 2 * MB, 2 * MB],
  )
  assert.not.ok(existsSync(`${small}.1`))
})

test("Mesos' own: old ones go, large ones are emptied, others' files stay", (ctx) => {
  const old = has(ctx, 'log/mesos-agent.slave-1.root.log.INFO.20260101-000000.1', 'a', 20)
  const fresh = has(ctx, 'log/mesos-agent.slave-1.root.log.INFO.20260110-000000.2', 'b', 2)
  const large = has(ctx, 'log/mesos-master.m-1.root.log.WARNING.20260110-000000.3', 'x'.repeat(2 * MB))
  const others = [has(ctx, 'log/syslog', 'x'.repeat(2 * MB), 99), has(ctx, 'log/deep/mesos-agent.log.INFO.1', 'a', 99)]
  bound(ctx)
  assert.not.ok(existsSync(old))
  assert.equal(
    [fresh, large, ...others].map((file) => statSync(file).size),
    [1, 0, 2 * MB, 1],
  )
})

test('masters and agents have the same, so that a host may be both', () => {
  const of = (recipe: typeof mesosAgent | typeof mesosMaster, name: string, vars = {}) =>
    wanted(recipe, stack({ vars }), name).filter(({ id }) => /mesos-logs/.test(id))
  const script = 'file /usr/local/lib/provision/mesos-logs'
  for (const each of [of(mesosAgent, 's-1'), of(mesosMaster, 'm-1')])
    assert.equal(
      each.map(({ id }) => id),
      [script, 'timer mesos-logs'],
    )
  assert.is(text(of(mesosAgent, 's-1'), script), text(of(mesosMaster, 'm-1'), script))
  const moved = of(mesosAgent, 's-1', {
    'mesos-agent': { workDir: '/srv/mesos' },
    mesos: { ...SOURCES.mesos, logMaxMb: 7 },
  })
  assert.match(text(moved, script), /^find \/srv\/mesos\/slaves .* -size \+7M/m)
})

test.run()
