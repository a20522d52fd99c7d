// What people type who come from another program, or whose shell has an unset variable.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { commands } from '../../src/cli/commands.ts'
import { parse } from '../../src/cli/parse.ts'

const test = suite('cli parse: newcomers')

for (const [line, sentence] of [
  ['exec uname -a', 'exec needs its command after --: provision exec -- uname -a'],
  ['exec -l zk-1 -v df -h', 'exec needs its command after --: provision exec -- df -h'],
  ['--role web exec ls -l /etc', 'exec needs its command after --: provision exec -- ls -l /etc'],
  ['exec -l -- uptime', '--host needs a value: --host PATTERN'],
  ['plan -e -- x', '--extra-vars needs a value: --extra-vars NAME=VALUE'],
  ['--no-color=yes', '--no-color takes no value'],
  ['plan --no-wait=1', '--no-wait takes no value'],
  ['run ls', 'there is no command "run"; did you mean "exec"?'],
  ['ssh web-1', 'there is no command "ssh"; did you mean "exec"?'],
  ['converge', 'there is no command "converge"; did you mean "apply"?'],
  ['diff', 'there is no command "diff"; did you mean "plan"?'],
] as const)
  test(`provision ${line}`, () => {
    assert.throws(
      () => parse(line.split(' ')),
      (error: Error) => error.name === 'UsageError' && error.message === sentence,
    )
  })

test("another program's word stands for one command, and is none of ours", () => {
  const words = commands.flatMap(({ elsewhere = [] }) => elsewhere)
  assert.equal(words, [...new Set(words)])
  assert.not(words.some((word) => commands.some(({ name }) => name === word)))
})

for (const line of [['drain', ''], [''], ['plan', ''], ['remove', '--yes', ''], ['deploy', '']])
  test(`an empty argument: ${JSON.stringify(line)}`, () => {
    assert.throws(() => parse(line), /^an argument is empty: is a variable of your shell unset\?$/)
  })
test('a command of a host may have empty arguments', () => {
  assert.equal(parse(['exec', '--', 'echo', '']), { ...parse(['exec', '--', 'echo', 'x']), behind: ['echo', ''] })
})

test.run()
