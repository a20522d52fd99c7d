/** Commands about hosts that are to leave: nothing else is done with them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { cli } from '../../src/cli/cli.ts'

const test = suite('hosts that are to leave, on the command line')
const folder = mkdtempSync(join(tmpdir(), 'provision-leaving-'))
test.after(() => rmSync(folder, { recursive: true }))
const entry = (address: string, more: object = {}) => ({
  address,
  roles: ['base'],
  ssh: { port: 1, retries: 0 },
  ...more,
})
const inventory = { hosts: { a: entry('127.0.0.1', { retire: true }), b: entry('127.0.0.2') } }
writeFileSync(join(folder, 'inventory.json'), JSON.stringify(inventory))

async function provision(line: string): Promise<{ readonly code: number; readonly said: string }> {
  const all: string[] = []
  const out = { write: (text: string) => void all.push(text) }
  const code = await cli(line.split(' '), { stdout: out, stderr: out, env: {}, cwd: folder })
  return { code, said: all.join('') }
}

for (const line of ['reboot a', 'reboot --if-needed a b', 'drain a', 'undrain a'])
  test(`3: provision ${line}`, async () => {
    const { code, said } = await provision(line)
    assert.is(code, 3, said)
    assert.match(
      said,
      /^provision: a is to leave \("retire": true in the inventory\), which drains it and stops what runs/,
    )
  })

test('a reboot of all hosts leaves it out', async () => {
  const { code, said } = await provision('reboot')
  assert.is(code, 4, said)
  assert.match(said, /^b +unreachable/m)
  assert.not.match(said, /^a /m)
})

test.run()
