import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { cli } from '../../src/cli/cli.ts'

const test = suite('provision sandbox: the words')

/** Runs a command line; nothing of it gets as far as touching the machine. */
const words = async (...line: string[]): Promise<{ code: number; out: string; error: string }> => {
  const out: string[] = []
  const error: string[] = []
  const io = {
    stdout: { write: (text: string) => out.push(text) },
    stderr: { write: (text: string) => error.push(text) },
    env: {},
    cwd: '/proc/nowhere',
  }
  const code = await cli(['sandbox', ...line], io)
  return { code, out: out.join(''), error: error.join('') }
}

for (const [line, says] of [
  ['upp', /no command "upp"; did you mean "up"\?\n$/],
  ['explode', /no command "explode"; see provision sandbox --help\n$/],
  ['kill', /kill needs the name of a host/],
  ['delay zk-1', /delay needs two words/],
  ['bake zk-1 a b', /bake takes no argument "b"\n$/],
  ['ls zk-1', /ls takes no argument "zk-1"\n$/],
  ['down -l zk-1', /sandbox down does not take --host; it belongs to sandbox up\n$/],
  ['down --light', /sandbox down does not take --light; it belongs to sandbox up\n$/],
  ['up --purge', /sandbox up does not take --purge; it belongs to sandbox down\n$/],
  ['kill zk-1 -u root', /sandbox kill does not take --user; it belongs to sandbox ssh\n$/],
  ['sh zk-1 ls -l /', /sandbox sh does not take --host; it belongs to sandbox up\n$/],
  ['down -- zk-1', /sandbox down takes nothing after --\n$/],
  ['kill zk-1 -- zk-2', /sandbox kill takes nothing after --\n$/],
  ['down --purgee', /^provision: there is no flag --purgee; did you mean --purge\?\n$/],
] as const)
  test(`${line}: one sentence`, async () => {
    const { code, error } = await words(...line.split(' '))
    assert.is(code, 3)
    assert.match(error, says)
  })

for (const line of [[], ['help'], ['--help'], ['kill', '-h']])
  test(`${line.join(' ') || 'no word'}: the help names every command, in 120 columns`, async () => {
    const { code, out } = await words(...line)
    assert.is(code, 0)
    for (const word of 'up down ls ssh sh kill boot stop reset cut heal drop undrop freeze thaw delay remove bake'.split(
      ' ',
    ))
      assert.match(out, new RegExp(`\\b${word}\\b`))
    assert.ok(out.split('\n').every((each) => each.length <= 120))
  })

test.run()
