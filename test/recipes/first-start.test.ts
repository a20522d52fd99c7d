/** What an agent does once, run by a real sh: how long it waits for a leader. Consul and time are small stand-ins. */
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { consul } from '../../recipes/consul.ts'
import type { Resource } from '../../src/model/resource.ts'
import type { Script } from '../../src/shell/script.ts'
import { lab } from './consul/lab.ts'
import { wanted } from './support.ts'

const test = suite('the first start of a Consul agent')

/** Runs it where the cluster gets a leader after so many seconds. Is it complete then, and what does it say? */
function run(host: string, seconds: number): { readonly complete: boolean; readonly said: string } {
  const folder = mkdtempSync(join(tmpdir(), 'first-start-'))
  const at = (name: string) => join(folder, name)
  const programs = {
    sleep: `echo >>${at('slept')}`,
    curl: `
      case $* in
      *status/leader*) [ "$(wc -l <${at('slept')})" -lt ${2 * seconds} ] && echo '""' || echo '"10.0.0.11:8300"' ;;
      *) cat >/dev/null; printf '{"Node":{"ID":"own","Address":"10.0.0.11"}}' ;;
      esac`,
  }
  try {
    for (const [name, script] of Object.entries(programs)) {
      writeFileSync(at(name), `#!/bin/sh\n${script}\n`)
      chmodSync(at(name), 0o755)
    }
    writeFileSync(at('slept'), '')
    writeFileSync(at('node-id'), 'own')
    writeFileSync(at('.provision-new'), '')
    const step = wanted(consul, lab(3, 1, { dataDir: folder }), host).find(
      ({ name }) => name === 'the first start of this agent is complete',
    )
    const { run: script } = (step as Resource).props as { run: Script }
    const env = { ...process.env, PATH: `${folder}:${process.env.PATH}` }
    const { status, stdout, stderr } = spawnSync('sh', {
      input: `{ ${script.text}\n} </dev/null`,
      encoding: 'utf8',
      env,
    })
    assert.equal([status, stderr], [0, ''])
    return { complete: !existsSync(at('.provision-new')), said: stdout.trim() }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const LEFT = 'no leader yet: left for the next run'
for (const [what, host, seconds, complete, said] of [
  ['a leader is there', 's-1', 0, true, ''],
  [
    'the other servers, which are set up beside it, take 90 s longer: it is not left for the next run',
    's-1',
    90,
    true,
    '',
  ],
  ['the other servers are not part of the run', 's-1', 1000, false, LEFT],
  ['a client of servers that are electing', 'c-1', 20, true, ''],
  ['a client of servers that are away', 'c-1', 90, false, LEFT],
] as const) {
  test(what, () => assert.equal(run(host, seconds), { complete, said }))
}

test.run()
