import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { AGENT_FLAGS } from './common/agent-flags.ts'
import { parseDuration, printDuration } from './common/duration.ts'
import { loadFlags } from './common/flags.ts'
import { MASTER_FLAGS } from './common/master-flags.ts'
import { usage } from './common/usage.ts'

const test = suite('mesos stand-in: flags')

const refused: readonly (readonly [string, readonly string[], Record<string, string>, RegExp])[] = [
  ['unknown', ['--bogus=1'], {}, /^Failed to load unknown flag 'bogus'$/],
  ['unknown, negated', ['--no-bogus'], {}, /^Failed to load unknown flag 'bogus' via 'no-bogus'$/],
  ['twice', ['--port=1', '--port=1'], {}, /^Flag 'port' is already loaded via name 'port'$/],
  [
    'once by each name',
    ['--agent_ping_timeout=1secs', '--slave_ping_timeout=1secs'],
    {},
    /is already loaded via name 'agent_ping_timeout'$/,
  ],
  ['negated, no boolean', ['--no-port'], {}, /^Failed to load non-boolean flag 'port' via 'no-port'$/],
  ['without its value', ['--port'], {}, /^Failed to load non-boolean flag 'port': Missing value$/],
  [
    'negated with a value',
    ['--no-log_auto_initialize=true'],
    {},
    /^Failed to load boolean flag 'log_auto_initialize' via/,
  ],
  [
    'no number',
    ['--quorum=two'],
    {},
    /^Failed to load flag 'quorum': Failed to load value 'two': Failed to convert 'two' to number$/,
  ],
  ['no duration', [], { MESOS_OFFER_TIMEOUT: '2m' }, /Unknown duration unit 'm'/],
  [
    'a file that is not there',
    ['--zk=file:///nowhere/zk'],
    {},
    /Failed to load value 'file:\/\/\/nowhere\/zk': Error reading file '\/nowhere\/zk'/,
  ],
  ["an editor's leavings", ['--quorum~=1'], {}, /unknown flag 'quorum~'/],
]
for (const [name, args, env, words] of refused)
  test(`refused: ${name}`, () =>
    assert.throws(
      () => loadFlags(MASTER_FLAGS, args, env),
      (error: Error) => words.test(error.message),
    ))

const loaded: readonly (readonly [string, readonly string[], Record<string, string>, string, string | undefined])[] = [
  ['a default', [], {}, 'port', '5050'],
  ['no default', [], {}, 'work_dir', undefined],
  ['the environment', [], { MESOS_QUORUM: '2' }, 'quorum', '2'],
  ['the command line wins', ['--quorum=1'], { MESOS_QUORUM: '7' }, 'quorum', '1'],
  ['unknown variables are ignored', [], { MESOS_BOGUS: '1' }, 'bogus', undefined],
  ['a boolean', ['--authenticate_agents'], {}, 'authenticate_agents', 'true'],
  ['an empty boolean', ['--authenticate_agents='], {}, 'authenticate_agents', 'true'],
  ['a boolean negated', ['--no-log_auto_initialize'], {}, 'log_auto_initialize', 'false'],
  ['by an old name', ['--slave_ping_timeout=3secs'], {}, 'agent_ping_timeout', '3secs'],
  ['what is no flag is skipped', ['', 'x', '--port=1', '--', '--port=2'], {}, 'port', '1'],
]
for (const [name, args, env, flag, wanted] of loaded)
  test(name, () => assert.is(loadFlags(MASTER_FLAGS, args, env).text(flag), wanted))

test('a value in a file is read, and shown by its path where it may hold a password', () => {
  const folder = mkdtempSync(join(tmpdir(), 'provision-flags-'))
  try {
    writeFileSync(join(folder, 'zk'), 'zk://u:p@h:2181/mesos\n')
    const flags = loadFlags(MASTER_FLAGS, [`--zk=file://${folder}/zk`], {})
    assert.is(flags.text('zk'), 'zk://u:p@h:2181/mesos')
    assert.is(flags.shown.zk, `${folder}/zk`)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('all recorded flags are known', () => assert.equal([MASTER_FLAGS.size, AGENT_FLAGS.size], [79, 135]))

test('help says first that it is a stand-in, then lists every flag by all its names', () => {
  const lines = usage('mesos-master', MASTER_FLAGS).split('\n')
  assert.match(lines[0] ?? '', /stand-in/)
  assert.ok(
    lines.some((l) => /^ {2}--agent_ping_timeout=VALUE, --slave_ping_timeout=VALUE +\(default: 15secs\)$/.test(l)),
  )
  assert.ok(lines.some((l) => /^ {2}--\[no-\]quiet /.test(l)))
})

for (const [text, ms] of [
  ['15secs', 15_000],
  ['1.5hrs', 5_400_000],
  ['0ns', 0],
  ['1weeks', 604_800_000],
] as const)
  test(`duration ${text}`, () => assert.is(parseDuration(text), ms))

test('durations are printed in the largest unit that fits', () =>
  assert.equal([60_000, 90_000, 1500, 0].map(printDuration), ['1mins', '90secs', '1500ms', '0ns']))

test.run()
