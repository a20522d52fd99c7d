import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'

const test = suite('completion')
const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const provision = (...args: readonly string[]) =>
  execFileSync(process.execPath, ['--import', 'tsx', MAIN, ...args], { encoding: 'utf8' })

test('commands and flags are offered', () => {
  const offered = provision('--get-yargs-completions', 'provision', '').split('\n')
  for (const word of ['apply', 'plan', 'status', 'sandbox']) assert.ok(offered.includes(word), word)
  const flags = provision('--get-yargs-completions', 'provision', 'plan', '--').split('\n')
  for (const word of ['--role', '--host', '--limit', '--out']) assert.ok(flags.includes(word), word)
})

test('bash takes the script', () => {
  const { status, stderr } = spawnSync('bash', ['-n'], { input: provision('completion', 'bash'), encoding: 'utf8' })
  assert.equal(status, 0, stderr)
})

test('bash completes with it, whatever the shell of the login is', () => {
  const ask = `${provision('completion', 'bash')}
provision() { "${process.execPath}" --import tsx "${MAIN}" "$@"; }
COMP_WORDS=(provision plan --ro) COMP_CWORD=2
_provision_yargs_completions
echo "\${COMPREPLY[*]}"`
  const { stdout, stderr } = spawnSync('bash', ['-c', ask], {
    encoding: 'utf8',
    env: { ...process.env, SHELL: '/bin/zsh' },
  })
  assert.equal(stdout.trim(), '--role', stderr)
})

test('zsh is told what each word is for', () => {
  const env = { ...process.env, SHELL: '/bin/zsh' }
  const words = execFileSync(
    process.execPath,
    ['--import', 'tsx', MAIN, '--get-yargs-completions', 'provision', 'pl'],
    {
      encoding: 'utf8',
      env,
    },
  )
  assert.match(words, /^plan:.+\n$/)
})

test.run()
