import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { offers } from '../../src/cli/commands/completion.ts'
import { commands, options } from '../../src/cli/commands.ts'
import { help } from '../../src/cli/help.ts'
import { extraVars } from '../../src/cli/kit/extra-vars.ts'
import { retype } from '../../src/cli/kit/retype.ts'
import { CLUSTER, LOGIN } from '../../src/cli/options.ts'
import { parse } from '../../src/cli/parse.ts'
import { width } from '../../src/report/index.ts'

const test = suite('cli parse')

const understood: readonly (readonly [
  line: string,
  command: string,
  flags: object,
  words?: readonly string[],
  behind?: readonly string[],
])[] = [
  ['', 'apply', {}],
  ['--role zookeeper', 'apply', { role: ['zookeeper'] }],
  ['apply --role a --role b,c', 'apply', { role: ['a', 'b,c'] }],
  ['-i f.json plan', 'plan', { inventory: 'f.json' }],
  ['plan --host=zk-*', 'plan', { host: ['zk-*'] }],
  ['plan -l zk-1', 'plan', { host: ['zk-1'] }],
  ['--limit zk-1 -C', 'plan', { host: ['zk-1'], check: true }],
  ['--check --diff', 'plan', { check: true, diff: true }],
  ['-CD', 'plan', { check: true, diff: true }],
  ['--list-hosts', 'hosts', { 'list-hosts': true }],
  ['-f 5 -u admin -kK', 'apply', { forks: 5, user: 'admin', 'ask-pass': true, 'ask-become-pass': true }],
  ['-f5', 'apply', { forks: 5 }],
  ['-Curoot', 'plan', { check: true, user: 'root' }],
  ['plan -u root --user=-x', 'plan', { user: '-x' }],
  ['scale true --wait false', 'scale', { wait: true }, ['true', 'false']],
  ['--private-key k', 'apply', { identity: 'k' }],
  ['--no-color', 'apply', { color: false }],
  ['--color', 'apply', { color: true }],
  ['-vv', 'apply', { verbose: true }],
  ['--allow a --allow b --wait', 'apply', { allow: ['a', 'b'], wait: true }],
  ['--user a --user b', 'apply', { user: 'b' }],
  ['--diff --diff', 'apply', { diff: true }],
  ['-e a.b=c=d', 'apply', { 'extra-vars': ['a.b=c=d'] }],
  ['--user 007', 'apply', { user: '007' }],
  ['plan --out p --script', 'plan', { out: 'p', script: true }],
  ['apply --plan p', 'apply', { plan: 'p' }],
  ['exec -l zk-1 -- ls -l --color', 'exec', { host: ['zk-1'] }, [], ['ls', '-l', '--color']],
  ['exec -- a -- b', 'exec', {}, [], ['a', '--', 'b']],
  ['deploy app.json', 'deploy', {}, ['app.json']],
  ['deploy --to v1 /web --wait', 'deploy', { to: 'v1', wait: true }, ['/web']],
  ['deploy --prestop', 'prestop', {}],
  ['prestop', 'prestop', {}],
  ['scale /web 4 --allow room', 'scale', { allow: ['room'] }, ['/web', '4']],
  ['sandbox up --name x', 'sandbox', { name: 'x' }, ['up']],
  ['sandbox up --name x -- y', 'sandbox', { name: 'x' }, ['up'], ['y']],
  ['sandbox ssh -u root zk-1 -- ls -l', 'sandbox', { user: 'root' }, ['ssh', 'zk-1'], ['ls', '-l']],
  ['--no-diff --port=22', 'apply', { diff: false, port: 22 }],
]
for (const [line, command, flags, words = [], behind = []] of understood) {
  test(`provision ${line}`, () => {
    const args = parse(line.split(' ').filter(Boolean))
    if (args.help) return assert.unreachable('no help was asked for')
    assert.equal([args.command.name, args.flags, args.words, args.behind], [command, flags, words, behind])
  })
}

const mistakes: readonly (readonly [line: string, sentence: string])[] = [
  ['paln', 'there is no command "paln"; did you mean "plan"?'],
  ['zk-1', 'there is no command "zk-1"; to select hosts: --host zk-1, or --role zk-1'],
  ['--rol x', 'there is no flag --rol; did you mean --role?'],
  ['--limmit=x', 'there is no flag --limmit; did you mean --limit?'],
  ['--frobnicate', 'there is no flag --frobnicate; see provision --help'],
  ['-z', 'there is no flag -z; see provision --help'],
  ['--role', '--role needs a value: --role ROLE'],
  ['--host=', '--host needs a value: --host PATTERN'],
  ['plan zk-1', 'plan takes no arguments; to select hosts: --host zk-1, or --role zk-1'],
  ['exec uptime', 'exec needs its command after --: provision exec -- uptime'],
  ['exec', 'exec needs a command after --: provision exec -- uptime'],
  ['plan -- x', 'plan takes nothing after --'],
  ['hosts --out f', 'hosts does not take --out; it belongs to plan'],
  ['--out f', 'apply does not take --out; it belongs to plan'],
  ['status --allow x', 'status does not take --allow'],
  ['deploy app.json --role x', 'deploy does not take --role'],
  ['plan --to v1', 'plan does not take --to; it belongs to deploy'],
  ['deploy a b', 'deploy takes no argument "b"; see provision deploy --help'],
  ['scale /web 4 5', 'scale takes no argument "5"; see provision scale --help'],
  ['scale /web 4 --deadline soon', '--deadline needs a number of at least 1, not "soon"'],
  ['deploy -- app.json', 'deploy takes nothing after --'],
  ['--forks abc', '--forks needs a number of at least 1, not "abc"'],
  ['--port 65536', '--port needs a number of at most 65535, not "65536"'],
  ['--forks 0', '--forks needs a number of at least 1, not "0"'],
  ['plan -C5', 'there is no flag -5; see provision --help'],
  ['apply --every -5m', 'there is no flag -5; see provision --help'],
  ['plan -C=no', 'there is no flag -=; see provision --help'],
  ['--check=false', '--check takes no value'],
  ['--no-user', 'there is no flag --no-user; see provision --help'],
  ['--role a --role', '--role needs a value: --role ROLE'],
  ['--forks -1', '--forks needs a number of at least 1, not "-1"'],
  ['scale /web -4', 'there is no flag -4; see provision --help'],
  ['--__proto__ x', 'there is no flag --___proto___; see provision --help'],
  ['--constructor', 'there is no flag --constructor; see provision --help'],
  ['--role --json', '--role needs a value: --role ROLE'],
  ['plan --diff=yes', '--diff takes no value'],
  ['schema inventory', 'schema takes no argument "inventory"; see provision schema --help'],
  ['plan --layer x', 'plan does not take --layer; it belongs to sandbox'],
  ['deploy --check app.json', 'deploy does not take --check'],
  ['exec -C -l web-1 -- reboot', 'exec does not take --check'],
  ['apply --prestop', 'apply does not take --prestop; it belongs to deploy'],
  ['prestop -i x', 'prestop does not take --inventory'],
]
for (const [line, sentence] of mistakes) {
  test(`provision ${line}`, () => {
    assert.throws(
      () => parse(line.split(' ').filter(Boolean)),
      (error: Error) => error.name === 'UsageError' && error.message === sentence,
    )
  })
}

test('a switch that selects another command is taken by no command that it selects none for', () => {
  for (const { name, options: its, commands: parts, behind, words } of commands)
    for (const { name: flag, command } of options) {
      if (command === undefined || command === name || its.some((each) => each.name === flag)) continue
      const line = [name, ...(parts || words ? ['x'] : []), `--${flag}`, ...(behind?.needed ? ['--', 'x'] : [])]
      const refused = (error: Error): boolean => error.message.startsWith(`${name} does not take --${flag}`)
      assert.throws(() => parse(line), refused, line.join(' '))
    }
})

test('extra variables: JSON where they can be, else text', () => {
  assert.equal(extraVars(['zookeeper.heapMb=512', 'zookeeper.dir=/a=b', 'base.tools=["vim"]']), {
    zookeeper: { heapMb: 512, dir: '/a=b' },
    base: { tools: ['vim'] },
  })
  assert.is(
    Object.keys(extraVars(['__proto__.polluted=1', 'constructor.polluted=1', 'base.__proto__=1'])).join(),
    '__proto__,constructor,base',
  )
  assert.is(({} as { polluted?: unknown }).polluted, undefined)
  for (const wrong of ['x', 'x=1', '.a=1', 'a.=1']) assert.throws(() => extraVars([wrong]), 'RECIPE.NAME=VALUE')
})

test('the help names every command and every flag, in 80 columns', () => {
  const text = (name?: string): string[] =>
    help(
      commands.find((c) => c.name === name),
      commands,
      { columns: 80, unicode: true, colour: false },
    )
  const all = text().join('\n')
  const shown = commands.filter(({ name }) => name !== 'sandbox').flatMap((c) => c.options.filter((o) => !o.old))
  for (const { name } of commands) assert.match(all, new RegExp(`^  ${name} `, 'm'))
  for (const { name, short } of shown) assert.match(all, short ? `-${short}, --${name}` : `--${name}`)
  for (const command of commands) {
    const own = text(command.name)
    for (const line of own) assert.ok(width(line) <= 80, line)
    for (const option of options)
      assert.is(
        own.some((line) => new RegExp(`^ +(-\\w, )?--${option.name}( |$)`).test(line)),
        command.options.some((o) => o.name === option.name && !o.old),
        `${command.name} --${option.name}`,
      )
  }
})

test('no two flags share a name', () => {
  const names = options.flatMap((o) => [o.name, ...(o.short ? [o.short] : []), ...(o.also ?? [])])
  assert.equal([...new Set(names)], names)
})

test('one name is the same flag in every command', () => {
  const kinds = commands.flatMap((c) =>
    c.options.map(({ name, short, also, value, many, most }) => [name, { short, also, value, many, most }] as const),
  )
  const first = new Map(kinds.toReversed())
  for (const [name, kind] of kinds) assert.equal(kind, first.get(name), name)
})

test('every command has examples that are understood, exit codes, and a summary without a full stop', () => {
  for (const { name, summary, examples, exits } of commands) {
    assert.not.match(summary, /\.$/)
    assert.ok(examples.length > 0 && exits.length > 0, name)
    for (const [line] of examples) {
      const [, words = ''] = /\bprovision\b ?([^>)]*)/.exec(line) ?? []
      const argv = [...words.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? (bare as string))
      assert.ok(parse(argv), line)
    }
  }
})

test('flags are typed again as they were meant', () => {
  const flags = {
    inventory: 'my file.json',
    'extra-vars': ['a.b=1', 'c.d=$x'],
    user: 'root',
    'ask-pass': true,
    diff: true,
  }
  assert.is(retype([...CLUSTER, ...LOGIN], flags), " -i 'my file.json' -e 'a.b=1' -e 'c.d=$x' -u root -k")
})

const completions: readonly (readonly [
  typed: readonly string[],
  offered: readonly string[],
  not?: readonly string[],
])[] = [
  [[''], ['apply', 'plan', 'sandbox']],
  [['sta'], ['status'], ['plan']],
  [
    ['plan', '--'],
    ['--role', '--limit', '--out', '--help'],
    ['--image', '--prestop'],
  ],
  [['--ro'], ['--role']],
  [['-i', 'f.json', 'pl'], ['plan']],
  [
    ['sandbox', ''],
    ['up', 'thaw'],
  ],
  [['sandbox', 'up', '--re'], ['--release']],
  [['plan', '-i', ''], [], ['apply']],
  [['exec', '--', 'ap'], [], ['apply']],
  [['plan', ''], [], ['apply']],
]
for (const [typed, offered, not = []] of completions) {
  test(`completion of: ${typed.join(' ')}`, async () => {
    const all = await offers(typed, commands)
    for (const word of offered) assert.ok(all.includes(word), word)
    for (const word of not) assert.not(all.includes(word), word)
    if (offered.length === 0) assert.equal(all, [])
  })
}

test.run()
