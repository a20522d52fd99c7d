import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { run } from '../../src/cli/commands/sandbox.ts'

const test = suite('provision sandbox: the words')

/** Runs a command line; nothing of it gets as far as touching the machine. */
const words = async (...line: string[]): Promise<{ code?: number; out: string; error: string }> => {
  let out = ''
  const write = (text: string): boolean => {
    out += text
    return true
  }
  const io = { stdout: { write }, stderr: { write }, env: {}, cwd: '/nowhere' }
  try {
    return { code: await run({ command: 'sandbox', flags: {}, words: line, help: false }, io as never), out, error: '' }
  } catch (error) {
    assert.is((error as Error).name, 'UsageError')
    return { out, error: (error as Error).message }
  }
}

for (const [line, says] of [
  ['upp', /no command "upp"; did you mean "up"\?$/],
  ['explode', /no command "explode"; see provision sandbox --help$/],
  ['kill', /kill wants the name of a host/],
  ['delay zk-1', /delay wants two words/],
  ['bake zk-1 a b', /bake takes no word "b"$/],
  ['ls zk-1', /ls takes no word "zk-1"$/],
  ['down --purgee', /^sandbox: Unknown option '--purgee'; see provision sandbox --help$/],
] as const)
  test(`${line}: one sentence`, async () => {
    const { code, error } = await words(...line.split(' '))
    assert.is(code, undefined)
    assert.match(error, says)
  })

for (const line of [[], ['help'], ['--help'], ['kill', '-h']])
  test(`${line.join(' ') || 'no word'}: the help names every command, in 120 columns`, async () => {
    const { code, out } = await words(...line)
    assert.is(code, 0)
    for (const word of 'up down ls ssh sh kill boot stop reset cut heal drop undrop freeze thaw delay remove bake'.split(' '))
      assert.match(out, new RegExp(`\\b${word}\\b`))
    assert.ok(out.split('\n').every((each) => each.length <= 120))
  })

test.run()
