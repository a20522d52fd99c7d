// A process that may open no more files says so, wherever it wanted to start a program.
import { execFileSync } from 'node:child_process'
import { chmodSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { root } from '../support/code.ts'

const test = suite('too many open files')

test.after(() => {
  for (const file of ['few.mts', 'hosts']) rmSync(file, { force: true })
})

const LIMIT = 'this process may open no more files: raise its limit (ulimit -n)'

/** What a piece of code throws once no more files can be opened. */
function thrown(code: string): string {
  const from = (path: string) => JSON.stringify(join(root, path))
  writeFileSync(
    'few.mts',
    `import { openSync } from 'node:fs'
import { localSecrets } from ${from('src/inventory/secrets.ts')}
import { fromProgram } from ${from('src/project/source/program.ts')}
import { proxyLine } from ${from('src/transport/ssh/dial.ts')}
import { localConnection } from ${from('src/transport/local.ts')}
void [localSecrets, fromProgram, proxyLine, localConnection]
try { for (;;) openSync('/dev/null', 'r') } catch {}
try { ${code}; console.log('nothing') } catch (error) { console.log(error.message) }
`,
  )
  const tsx = join(root, 'node_modules/tsx/dist/esm/index.mjs')
  const line = `ulimit -n 400; exec "${process.execPath}" --import "${tsx}" few.mts`
  return execFileSync('sh', ['-c', line], { encoding: 'utf8' }).trim()
}

for (const [what, code, message] of [
  ['a secret', `localSecrets('.')('cmd:echo x')`, `the secret's command cannot be run: ${LIMIT}`],
  ['a secret in a file', `localSecrets('.')('file:few.mts')`, `the secret's file few.mts cannot be read: ${LIMIT}`],
  [
    'a ProxyCommand',
    `proxyLine('true', '/bin/sh', 'db:22')`,
    `the ProxyCommand to db:22 could not be started: ${LIMIT} before the login was done, and said nothing`,
  ],
] as const)
  test(what, () => assert.is(thrown(code), message))

test('an inventory that is a program', () => {
  writeFileSync('hosts', '#!/bin/sh\n')
  chmodSync('hosts', 0o755)
  assert.is(thrown(`await fromProgram("hosts")`), `hosts cannot be run: ${LIMIT}`)
})

test.run()
