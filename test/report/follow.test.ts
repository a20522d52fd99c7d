import { stripVTControlCharacters } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type FollowOptions, follow } from '../../src/report/run/follow.ts'
import { makeQuiet } from '../../src/report/terminal/quiet.ts'
import { fleet } from '../support/fleet.ts'
import { play } from '../support/play.ts'
import { type Played, planOf, resultOf } from '../support/played.ts'
import { ensemble, ensemblePlan, hostile, still, trickle } from '../support/runs.ts'

const test = suite('report follow')

const terminal = { isTTY: true, columns: 80, rows: 24 }
const utf8 = { LANG: 'C.UTF-8', TERM: 'xterm' }

async function shown(
  played: Played,
  options: Partial<FollowOptions> & { out?: object; err?: object } = {},
): Promise<{ stdout: string; stderr: string; writes: string[] }> {
  const out: string[] = []
  const err: string[] = []
  const { out: more = {}, err: moreErr = {}, ...rest } = options
  await follow(play(played, true), played.command, {
    stdout: { write: (text) => out.push(text), ...more },
    stderr: { write: (text) => err.push(text), ...moreErr },
    env: utf8,
    ...rest,
  })
  return { stdout: out.join(''), stderr: err.join(''), writes: err }
}

test('apply: nothing on stdout; the recap is the last thing on stderr', async () => {
  const { stdout, stderr } = await shown(ensemble())
  assert.is(stdout, '')
  assert.match(stderr, /\n\nzk-1 {2}changed [\s\S]*\n1 changed, 1 in sync, 1 unreachable, 1 failed in 23 s\n$/)
})

test('a second run is one line', async () => {
  assert.equal(await shown(still(3)).then((s) => [s.stdout, s.stderr]), [
    '',
    '3 hosts in sync in 0.4 s (3 execs, 12 kB)\n',
  ])
  assert.is(
    (await shown(still(3, 'plan'), { out: terminal, colour: false })).stdout,
    '3 hosts in sync in 0.4 s (3 execs, 12 kB)\n',
  )
})

test('plan: its text on stdout; on stderr one line where stdout is not the terminal', async () => {
  const { stdout, stderr } = await shown(ensemblePlan())
  assert.match(stdout, /^zk-1\n {2}\+ package/)
  assert.is(stderr, '1 planned, 1 in sync, 1 refused in 0.4 s\n')
  assert.is((await shown(ensemblePlan(), { out: terminal })).stderr, '')
})

test('plan whose text is not wanted, as with --script: on stderr each host with its reason', async () => {
  const { stdout, stderr } = await shown(ensemblePlan(), { text: false })
  assert.is(stdout, '')
  const reasons = ensemblePlan().result.hosts.flatMap(({ reason }) => reason ?? [])
  assert.ok(reasons.length > 0)
  const words = (text: string): string => text.replace(/\s+/g, ' ')
  for (const reason of reasons) assert.match(words(stderr), words(reason))
  assert.match(stderr, /\n1 planned, 1 in sync, 1 refused in 0.4 s\n$/)
})

test('json: one object per event on stdout, as it came, without fingerprints', async () => {
  const played = ensemble()
  const { stdout } = await shown(played, { json: true })
  assert.equal(
    stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
    played.events,
  )
  const change = { action: 'update', text: 'content differs (secret)', fingerprint: 'hunter2' } as const
  const plan = planOf('a', [{ resource: 'file x', type: 'file', name: 'x', changes: [change] }])
  const secret: Played = {
    command: 'plan',
    events: [{ at: 0, event: 'plan', host: 'a', plan }],
    result: { hosts: [resultOf('a', 'planned', { plan })], ms: 1, exitCode: 2 },
  }
  for (const json of [true, false]) assert.not.match((await shown(secret, { json })).stdout, 'hunter2')
})

test('apply --diff: each plan on stdout', async () => {
  const { stdout } = await shown(ensemble(), { diff: true })
  assert.match(stdout, /^zk-1\n {2}\+ package[\s\S]*\+tickTime=2000[\s\S]*\nzk-3\n/)
})

const bad = /[\0-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]/

test('whatever a host says, the terminal is not moved by it', async () => {
  for (const options of [{}, { verbose: true, diff: true }, { json: true }, { env: { ...utf8, LANG: 'C' } }]) {
    const { stdout, stderr } = await shown(hostile(), options)
    assert.not.match(stdout, bad)
    assert.not.match(stderr, bad)
  }
  const live = await shown(hostile(), { err: terminal, out: terminal, diff: true, colour: false })
  const ours = /\x1b\[(\?25[lh]|\?7[lh]|\?2026[hl]|\d+A|K|J)|\r/g
  assert.match(live.stderr, ours)
  assert.not.match(live.stderr.replace(ours, ''), bad)
})

test('live: a terminal that says it has no columns and no rows is taken for 80 by 24', async () => {
  const frames = async (size: object) => (await shown(fleet(5), { err: { ...terminal, ...size } })).writes[0]
  assert.is(await frames({ columns: 0, rows: 0 }), await frames({}))
})

test('live: the first frame comes at once, however young the process is', async () => {
  const { now } = performance
  performance.now = () => 20
  try {
    const { writes } = await shown(fleet(2), { err: terminal })
    assert.ok(writes.some((text) => text.includes('\x1b[?2026h')))
  } finally {
    performance.now = now
  }
})

test('live: one write a frame, the cursor given back, the recap last', async () => {
  const { writes, stderr } = await shown(fleet(50), { err: terminal })
  const frames = writes.filter((text) => text.includes('\x1b[?2026h'))
  assert.ok(frames.length >= 1)
  for (const text of frames) assert.ok(text.endsWith('\x1b[?2026l') && text.split('\n').length <= 24)
  assert.ok(stderr.lastIndexOf('\x1b[?25h') > stderr.lastIndexOf('\x1b[?25l'))
  assert.match(stripVTControlCharacters(writes.at(-1) as string), /30 changed|\d+ changed, .* in /)
})

test('no repainting where lines cannot be repainted, or lines were asked for', async () => {
  const plainly: Partial<FollowOptions>[] = [
    { env: { ...utf8, TERM: 'dumb' } },
    { env: { ...utf8, CI: 'true' } },
    { verbose: true },
  ]
  for (const options of plainly)
    assert.not.match((await shown(ensemble(), { err: terminal, colour: false, ...options })).stderr, '\x1b')
})

test('colour: NO_COLOR, FORCE_COLOR and --no-color', async () => {
  const coloured = async (options: Partial<FollowOptions> & { out?: object }): Promise<boolean> =>
    (await shown(ensemblePlan(), options)).stdout.includes('\x1b[')
  assert.is(await coloured({}), false)
  assert.is(await coloured({ out: terminal }), true)
  assert.is(await coloured({ out: terminal, env: { ...utf8, NO_COLOR: '1' } }), false)
  assert.is(await coloured({ env: { ...utf8, FORCE_COLOR: '1' } }), true)
  assert.is(await coloured({ out: terminal, env: { ...utf8, FORCE_COLOR: '0' } }), false)
  assert.is(await coloured({ out: terminal, env: { ...utf8, FORCE_COLOR: '1' }, colour: false }), false)
})

test('while somebody is asked something, nothing is painted', async () => {
  const quiet = makeQuiet()
  quiet.begin()
  const { stderr } = await shown(trickle(), { err: terminal, quiet })
  assert.not.match(stderr, 'archive')
})

test.run()
