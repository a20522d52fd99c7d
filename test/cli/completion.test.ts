import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'

const test = suite('completion')
const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const provision = (...args: readonly string[]) => execFileSync(process.execPath, ['--import', 'tsx', MAIN, ...args], { encoding: 'utf8' })

test('commands and flags are offered', () => {
  const offered = provision('--complete', '').split('\n')
  for (const word of ['apply', 'plan', 'status', 'sandbox']) assert.ok(offered.includes(word), word)
  const flags = provision('--complete', 'plan', '--').split('\n')
  for (const word of ['--role', '--host', '--limit', '--out']) assert.ok(flags.includes(word), word)
})

test('bash takes the script', () => {
  const { status, stderr } = spawnSync('bash', ['-n'], { input: provision('completion', 'bash'), encoding: 'utf8' })
  assert.equal(status, 0, stderr)
})

test.run()
