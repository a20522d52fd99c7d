import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readLog } from '../../../src/engine/apply/apply-log.ts'
import {
  freeScript,
  lockScript,
  markerOf,
  OTHER_TOOLS,
  resumeScript,
  startScript,
  stopScript,
  tidyScript,
} from '../../../src/engine/apply/detached.ts'
import { Session } from '../../../src/engine/link/session.ts'
import { type Script, sh } from '../../../src/shell/script.ts'
import type { Exec } from '../../../src/transport/transport.ts'
import { type FakeHost, fakeHost, fakeTransport } from '../../support/fake-host.ts'
import { host } from '../../support/toys.ts'
import { until } from '../../support/until.ts'

const test = suite<{ h: FakeHost }>('detached')
test.before.each((ctx) => {
  ctx.h = fakeHost()
})
test.after.each(({ h }) => h.remove())

/** Runs a script on the host to its end, with this input. */
async function run(h: FakeHost, script: Script, input?: string) {
  const connection = await fakeTransport({ a: h }).connect(host('a', []))
  const exec = connection.exec(script, { input: input !== undefined })
  if (input !== undefined) {
    exec.write(input)
    exec.end()
  }
  let out = ''
  exec.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString()
  })
  const { code, stderr } = await exec.done
  return { out, code, stderr }
}
const start = (h: FakeHost, body: string, { id = 'ID', size = Buffer.byteLength(body) } = {}) =>
  run(h, startScript(id, 'alice@laptop', size), body)

test('the body runs, its output and its end are in the log', async ({ h }) => {
  const { out, code } = await start(h, 'echo héllo; echo err >&2; printf \'%s\\n\' "$run_id"')
  assert.equal([out, code], ['héllo\nerr\nID\n\nID end 0\n', 0])
  assert.is(h.read('run/provision/ID.log'), out)
})

test('set -e holds, its status is told', async ({ h }) => {
  assert.is((await start(h, 'echo a; false; echo b')).out, 'a\n\nID end 1\n')
  assert.is((await start(h, 'exit 9', { id: 'J' })).out, '\nJ end 9\n')
})

test('a body that does not arrive whole runs not at all', async ({ h }) => {
  const body = 'echo one\necho two'
  for (const [i, sent] of ['echo one', 'echo one\n', ''].entries())
    assert.is((await start(h, sent, { id: `PART-${i}`, size: Buffer.byteLength(body) })).out, `\nPART-${i} void\n`)
  assert.is((await start(h, body)).out, 'one\ntwo\n\nID end 0\n')
})

test('a host whose head reads too far, or whose tail follows no process, is told before it is sent anything', async ({
  h,
}) => {
  const lock = lockScript('LOCK', 'alice@laptop', sh`echo never`)
  const FAR = 'head() { dd bs=4096 count=1 status=none | command head "$@"; }'
  const ENDLESS = 'tail() { case $* in *--pid*) return 1 ;; *) command tail "$@" ;; esac; }'
  for (const tool of [FAR, ENDLESS]) {
    const { out, code, stderr } = await run(h, { ...lock, text: `${tool}\n${lock.text}` }, '')
    assert.equal([out, code], ['', OTHER_TOOLS])
    assert.match(stderr, 'its head and tail are not those of GNU coreutils')
  }
})

test('resumed from any byte, the rest is the rest', async ({ h }) => {
  const { out } = await start(h, 'echo one; echo zwölf; echo three')
  const log = Buffer.from(out)
  for (let from = 0; from <= log.length; from += 3)
    assert.is((await run(h, resumeScript('ID', from))).out, log.subarray(from).toString(), `from ${from}`)
  assert.is((await run(h, resumeScript('OTHER', 0))).code, 3)
})

test('a script that is said not to have begun never begins, even if it arrives late', async ({ h }) => {
  await run(h, lockScript('LOCK', 'alice@laptop', sh`:`), '')
  assert.is((await run(h, resumeScript('ID', 0, 'ANOTHER'))).code, 3)
  assert.is((await run(h, resumeScript('ID', 0, 'LOCK'))).out, '\nID void\n')
  assert.is((await start(h, ': >begun')).code, 75)
  assert.is(h.read('begun'), undefined)
  assert.is((await run(h, resumeScript('ID', 0, 'LOCK'))).out, '\nID void\n')
})

const has = (h: FakeHost, name: string) => () => h.read(name) !== undefined

test('while it runs: another is told who runs it; a process it leaves behind does not keep the lock', async ({ h }) => {
  // the step that leaves it behind is closed off as applyScript does it
  const first = start(
    h,
    '( sleep 5 >/dev/null 2>&1 & ) 9>&-; : >began; while [ ! -e go ]; do sleep .05; done; echo done',
  )
  await until('it comes to pass', has(h, 'began'))
  assert.match((await start(h, 'echo never', { id: 'J' })).out, /^\nJ busy ID pid \d+ since \S+ by alice@laptop\n$/)
  const followed = run(h, resumeScript('ID', 0))
  writeFileSync(h.path('go'), '')
  assert.is((await followed).out, 'done\n\nID end 0\n')
  await first
  assert.is((await start(h, 'echo free', { id: 'K' })).out, 'free\n\nK end 0\n')
})

test('a script whose first process was killed still holds its lock until it has ended', async ({ h }) => {
  void start(h, 'kill -9 $$; : >began; while [ ! -e go ]; do sleep .05; done')
  await until('it comes to pass', has(h, 'began'))
  assert.match((await start(h, ':', { id: 'J' })).out, /busy ID/)
  writeFileSync(h.path('go'), '')
  let n = 0
  await until('it comes to pass', async () => /^\nK-\d+ end 0\n$/.test((await start(h, ':', { id: `K-${n++}` })).out))
})

test('files of a run are nobody else’s; tidied, nothing is left', async ({ h }) => {
  await start(h, 'echo secret')
  await run(h, stopScript('ID'))
  const { stdout } = spawnSync('stat', ['-c', '%a', 'run/provision', 'run/provision/ID.log'], {
    cwd: h.dir,
    encoding: 'utf8',
  })
  assert.is(stdout, '700\n600\n')
  assert.is(h.read('run/provision/ID.stop'), '')
  await run(h, tidyScript('ID'))
  assert.equal([h.read('run/provision/ID.stop'), h.read('run/provision/ID.log')], [undefined, undefined])
})

test('the run lock: held as long as its input is open, names its owner, free at once when it ends', async ({ h }) => {
  const connection = await fakeTransport({ a: h }).connect(host('a', []))
  const held = connection.exec(lockScript('ID', "o'brien@laptop", sh`echo looked`), { input: true })
  let said = ''
  await new Promise<void>((locked) =>
    held.stdout.on('data', (chunk) => {
      said += chunk
      if (said.endsWith('ID locked\n')) locked()
    }),
  )
  assert.is(said, 'looked\n\nID locked\n')
  held.write('.')
  const busy = await run(h, lockScript('J', 'bob@desk', sh`echo never`), '')
  assert.match(busy.out, /^\nJ busy o'brien@laptop since \d{4}-\d\d-\d\dT\S+\n$/)
  assert.is(busy.code, 75)
  held.end()
  assert.is((await held.done).code, 0)
  assert.is((await run(h, lockScript('K', 'bob@desk', sh`echo mine`), '')).out, 'mine\n\nK locked\n')
})

test('a run lock that the host gave up by itself counts as lost', async ({ h }) => {
  const connection = await fakeTransport({ a: h }).connect(host('a', []))
  const execs: Exec[] = []
  const spied = {
    ...connection,
    exec: (...given: Parameters<typeof connection.exec>) => execs[execs.push(connection.exec(...given)) - 1] as Exec,
  }
  const context = { who: 'a@b', leave: new AbortController().signal, reconnects: [], silence: 60_000 }
  const session = new Session(spied, context, () => undefined)
  const { lock } = await session.lock([])
  assert.is(lock.lost, false)
  const [held] = execs as [Exec]
  held.end() // as where a minute passes without a sign of life: the script ends, and ends well
  assert.is((await held.done).code, 0)
  assert.is(lock.lost, true)
})

test('the run lock of a controller that dies is free at once', async ({ h }) => {
  const connection = await fakeTransport({ a: h }).connect(host('a', []))
  const held = connection.exec(
    lockScript(
      'ID',
      'a@b',
      sh`setsid sh -c 'echo $$ >left; exec sleep 300' >/dev/null 2>&1 & until [ -s left ]; do sleep .1; done; echo looked`,
    ),
    {
      input: true,
    },
  )
  await new Promise<void>((locked) => held.stdout.on('data', (chunk: Buffer) => chunk.includes('locked') && locked()))
  held.kill()
  await held.done.catch(() => undefined)
  // the kernel takes a moment to end it; what it left behind lives far longer
  await until('it is free', async () => (await run(h, lockScript('K', 'bob@desk', sh`:`), '')).code === 0)
  process.kill(Number(h.read('left')))
})

test('a run lock that a lost link left behind is freed by its own run, and by no other', async ({ h }) => {
  const connection = await fakeTransport({ a: h }).connect(host('a', []))
  await run(h, freeScript('ID')) // nothing is there yet
  const held = connection.exec(lockScript('ID', 'a@b', sh`echo looked`), { input: true })
  await new Promise<void>((locked) => held.stdout.on('data', (chunk: Buffer) => chunk.includes('locked') && locked()))
  await run(h, freeScript('OTHER'))
  assert.is((await run(h, lockScript('J', 'bob@desk', sh`:`), '')).code, 75)
  await run(h, freeScript('ID'))
  assert.is((await run(h, lockScript('K', 'bob@desk', sh`:`), '')).code, 0)
  await held.done.catch(() => undefined)
})

test('cut anywhere, what follows the end of a log is no part of it', () => {
  const [log, rest] = [Buffer.from('\nabc step 1\nwörds\n\nabc ok 1\n\nabc end 0\n'), Buffer.from('\nabc step 2\nmöre')]
  const all = Buffer.concat([log, rest])
  for (let cut = 0; cut <= all.length; cut++) {
    const heard: unknown[] = []
    const read = readLog('abc', { marker: (m) => void heard.push(m.marker), line: (line) => void heard.push(line) })
    for (const part of [all.subarray(0, cut), all.subarray(cut)]) if (part.length > 0) read.push(part)
    assert.equal([heard, read.end(), read.rest.toString()], [['step', 'wörds', 'ok'], { status: 0 }, rest.toString()])
  }
})

test('markers are this run’s lines and no others', () => {
  const id = 'abc'
  const cases: readonly (readonly [string, unknown])[] = [
    ['abc step 3', { marker: 'step', index: 2 }],
    ['abc ok 3', { marker: 'ok', index: 2 }],
    ['abc end 0', { marker: 'end', status: 0 }],
    ['abc end 137', { marker: 'end', status: 137 }],
    ['abc busy x pid 4 since now by a b', { marker: 'busy', owner: 'x pid 4 since now by a b' }],
    ['abd step 3', undefined],
    ['abcd step 3', undefined],
    [' abc step 3', undefined],
    ['abc', undefined],
    ['abc what 3', undefined],
    ['', undefined],
  ]
  for (const [line, wanted] of cases) assert.equal(markerOf(id, line), wanted, line)
})

test.run()
