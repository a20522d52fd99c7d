import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { check } from './check.ts'
import { help } from './help.ts'
import { options } from './options.ts'
import { FLAGS, parse, refused, type Values } from './parse.ts'

const test = suite('marathon stand-in: flags')

test('every flag of the real one, with its default', () => {
  const text = readFileSync(new URL('../../recordings/marathon/02_flags.tsv', import.meta.url), 'utf8')
  const recorded = text
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split('\t') as [string, string, string, string, string, string])
  assert.equal(FLAGS.map(({ name }) => name).sort(), recorded.map(([name]) => name).sort())
  for (const [name, , , , preset] of recorded) {
    if (/^(deprecated|enable)_features$|^hostname$/.test(name)) continue // shown there as what they are parsed to
    assert.is(FLAGS.find((flag) => flag.name === name)?.preset ?? '', preset, name)
  }
})

const bad = (name: string, given: string, why: string) =>
  `[scallop] Error: Bad arguments for option '${name}': '${given}' - ${why}`
const once = 'you should provide exactly one argument for this option'

// arguments, environment, what it says before it exits with 1
const wrong: readonly (readonly [string, Record<string, string>, string])[] = [
  ['--bogus', {}, "[scallop] Error: Unknown option 'bogus'"],
  ['--bogus x', {}, "[scallop] Error: Unknown option 'bogus'"],
  ['--version', {}, "[scallop] Error: Unknown option 'version'"],
  ['--master x --http_port abc', {}, bad('http_port', 'abc', 'bad Int value')],
  ['--master x --http_port 8080 --http_port 8081', {}, bad('http_port', '8080 8081', once)],
  ['--master x', { MARATHON_BOGUS: '1' }, "[scallop] Error: Unknown option 'bogus'"],
  ['--master x', { MARATHON_HTTP_PORT: 'abc' }, bad('http_port', 'abc', 'bad Int value')],
  ['--master x --http_port 8082', { MARATHON_HTTP_PORT: '8081' }, bad('http_port', '8081 8082', once)],
  [
    '--master x --zk http://x',
    {},
    bad(
      'zk',
      'http://x',
      'http://x is not a valid zk url; it should formatted like zk://user:pass@host1:port1,host2:port2/path, or zk://host1:port1,host2:port2/marathon',
    ),
  ],
  ['', {}, "[scallop] Error: Required option 'master' not found"],
  ['--master x --checkpoint true', {}, "[scallop] Error: Excess arguments provided: 'true'"],
]
for (const [args, env, says] of wrong)
  test(`${JSON.stringify(env)} ${args}: exit 1`, () => {
    const found = parse(args.split(' ').filter(Boolean), env)
    assert.ok(refused(found))
    assert.equal(found, { code: 1, lines: [says] })
  })

const good = (args: string, env: Record<string, string> = {}): Values => {
  const found = parse(args.split(' ').filter(Boolean), env)
  assert.not.ok(refused(found), JSON.stringify(found))
  return found as Values
}

test('the environment stands for arguments; an empty value is a bare flag; MARATHON_APP_ is for tasks', () => {
  const env = {
    MARATHON_MASTER: 'zk://a:2181/mesos',
    MARATHON_DISABLE_HA: '',
    MARATHON_APP_ID: '/x',
    PATH: '/bin',
    MARATHON_HTTP_PORT: '8181',
  }
  const { ha, httpPort, master } = options(good('', env))
  assert.equal([ha, httpPort, master], [false, 8181, 'zk://a:2181/mesos'])
})

const resolves = async (host: string) => host === 'known'
const late: readonly (readonly [string, number | undefined, RegExp])[] = [
  ['--hostname known', undefined, /^$/],
  ['--hostname unknown', 112, /UnknownHostException: unknown/],
  ['--hostname known --enable_features task_killing,secrets', undefined, /^$/],
  [
    '--hostname known --enable_features nope',
    112,
    /Unknown features specified: nope\. Available features are: secrets - /,
  ],
  ['--hostname known --deprecated_features nope', 112, /Unknown deprecated features specified: nope/],
  [
    '--hostname known --deprecated_features text_plain_tasks',
    1,
    /Validation failure for 'deprecated_features' option parameters: text_plain_tasks/,
  ],
]
for (const [args, code, says] of late)
  test(`${args}: ${code ?? 'goes on'}`, async () => {
    const found = await check(good(`--master x ${args}`), resolves)
    assert.is(found?.code, code)
    assert.match(found?.lines.join(' ') ?? '', says)
  })

test('--help says first what this is', () => {
  const [first = '', ...rest] = help().split('\n')
  assert.match(first, /stand-in/)
  for (const { name } of FLAGS)
    assert.ok(
      rest.some((line) => line.includes(`--${name}`)),
      name,
    )
})

test.run()
