/**
 * A step that prints 100 MB and a step that is silent: memory stays bounded, the run ends, the other host is not held
 * up.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import { withHosts } from '../support/hosts.ts'
import { loginOf } from '../support/login.ts'
import { PATIENCE } from '../support/until.ts'

const test = suite('flood')
const { host } = await withHosts(test, import.meta.url, [{ name: 'loud' }, { name: 'quiet' }])
const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const TSX = import.meta.resolve('tsx')
const folder = mkdtempSync(join(tmpdir(), 'provision-flood-'))
test.after(() => rmSync(folder, { recursive: true, force: true }))

const ROLE = `
import * as v from 'valibot'
import { command, defineRecipe, defineRole, sh } from 'provision-ssh'
const say = {
  loud: sh\`yes "$(printf '\\\\033[31mred\\\\033[2J\\\\a 0123456789 0123456789 0123456789 0123456789')" | head -c 100000000
    i=0; while [ "$(du -k "/run/provision/$run_id.log" | cut -f 1)" -gt 40000 ] && [ $((i+=1)) -lt ${PATIENCE * 10} ]; do sleep .1; done
    du -k "/run/provision/$run_id.log" | cut -f 1 >/etc/said\`,
  quiet: sh\`: >/etc/said\`,
}
export default defineRole({ name: 'talk', recipes: [defineRecipe({
  name: 'talk', attributes: v.object({}),
  resources: (host) => [command('talk', { run: say[host.name], creates: '/etc/said' })],
})] })
`

/** Runs the program; how it ended, what it took, and what it printed (cut). */
function cli(
  ...args: readonly string[]
): Promise<{ code: number | null; peakMiB: number; out: string; bytes: number }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--import', TSX, MAIN, ...args], {
      cwd: folder,
      env: { ...process.env, XDG_CACHE_HOME: join(folder, 'cache') },
    })
    let out = ''
    let bytes = 0
    let peakMiB = 0
    const watch = setInterval(() => {
      try {
        peakMiB = Math.max(
          peakMiB,
          Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? 0) / 1024,
        )
      } catch {} // it has just ended
    }, 50)
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        out = (out + chunk.toString('latin1')).slice(-20_000)
      })
    }
    child.on('error', reject)
    child.on('close', (code) => {
      clearInterval(watch)
      resolve({ code, peakMiB: Math.round(peakMiB), out, bytes })
    })
  })
}

test.before(() => {
  mkdirSync(join(folder, 'roles'))
  writeFileSync(join(folder, 'roles/talk.ts'), ROLE)
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  const hosts = ['loud', 'quiet'].map((name) => {
    return [name, { address: host(name).address, roles: ['talk'], ssh: loginOf(host(name)) }]
  })
  writeFileSync(join(folder, 'inventory.json'), JSON.stringify({ hosts: Object.fromEntries(hosts) }))
})

for (const args of [[], ['--json'], ['--verbose']]) {
  test(`100 MB of output with escapes: provision ${args.join(' ')}`, async () => {
    for (const name of ['loud', 'quiet']) await host(name).sh('rm -f /etc/said')
    const { code, peakMiB, out, bytes } = await cli(...args)
    assert.equal(code, 0, out)
    assert.ok(peakMiB < 400, `${peakMiB} MiB`)
    const { stdout: kept } = await host('loud').sh('cat /etc/said')
    assert.ok(Number(kept) <= 40_000, `${kept} KiB of the log were kept in memory`)
    assert.doesNotMatch(out, /[\x00-\x09\x0b-\x1f\x7f]/)
    assert.equal(
      (await host('loud').sh('ls /run/provision/*.log 2>/dev/null | wc -l')).stdout.trim(),
      '0',
      'a log stayed behind',
    )
    console.log(`provision ${args.join(' ')}: peak ${peakMiB} MiB, ${bytes} bytes shown`)
  })
}

test.run()
