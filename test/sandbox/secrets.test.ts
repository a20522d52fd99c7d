/** A secret used in a file, a template, a command and an error appears nowhere but in the files that are to hold it. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import type { SandboxHost } from '../../src/sandbox/index.ts'
import { builtProgram } from '../support/built.ts'
import { withHosts } from '../support/hosts.ts'
import { journal } from '../support/journal.ts'
import { loginOf } from '../support/login.ts'
import { until } from '../support/until.ts'

const test = suite('secrets')
const { box } = await withHosts(test, import.meta.url)
const CANARY = 'canary-7f3a91d2e6'
const PROGRAM = builtProgram()
let host: SandboxHost
let folder: string

const RECIPE = `
import * as v from 'valibot'
import { command, defineRecipe, file, secret, sh, template } from 'provision-ssh'

export const canary = defineRecipe({
  name: 'canary',
  attributes: v.object({ token: secret(), step: v.optional(v.string(), 'ok') }),
  resources: (_host, _cluster, { token, step }) => [
    file('/etc/canary.key', { content: token }),
    template('/etc/canary.conf', { from: 'canary.ejs', vars: { token } }),
    command('log in', { run: sh\`t=$(cat); sleep 1; printf %s "$t" | sha256sum >/etc/canary.sum\`, stdin: token, creates: '/etc/canary.sum' }),
    ...(step === 'fail' ? [command('fail', { run: sh\`cat /etc/canary.key; echo; cat /etc/canary.conf >&2; exit 7\`, creates: '/nonexistent' })] : []),
  ],
})
`
const ROLE = `
import { defineRole } from 'provision-ssh'
import { canary } from '../recipes/canary.ts'
export default defineRole({ name: 'canary', recipes: [canary] })
`

interface Ended {
  readonly code: number | null
  readonly out: string
  /** Every command line and environment that this machine showed of the controller while it ran. */
  readonly seen: string
}

function cli(...args: readonly string[]): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [PROGRAM, ...args], {
      cwd: folder,
      env: { ...process.env, CANARY_FILE: 'x', XDG_CACHE_HOME: join(folder, 'cache') },
    })
    let out = ''
    let seen = ''
    const watch = setInterval(() => {
      for (const kind of ['cmdline', 'environ']) {
        try {
          seen += readFileSync(`/proc/${child.pid}/${kind}`, 'latin1')
        } catch {} // it has just ended
      }
    }, 50)
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (out += chunk))
    child.on('error', reject)
    child.on('close', (code) => {
      clearInterval(watch)
      resolve({ code, out, seen })
    })
  })
}

/** Watches all processes of the host, and what they were started with, until the file goes; counts its rounds. */
const spy = () =>
  host.sh(
    `: >/run/spy; while [ -e /run/spy ]; do for p in /proc/[0-9]*; do tr '\\0' ' ' <$p/cmdline; tr '\\0' ' ' <$p/environ; done; echo; echo >>/run/rounds; sleep .02; done 2>/dev/null | grep -o -e '.\\{0,60\\}canary[-]${CANARY.slice(7)}.\\{0,20\\}' -e 'control[-]seen' | sort -u || true`,
  )

/** Waits until the spy has been through all processes that run now. */
async function spiedOut(): Promise<void> {
  const rounds = async () => Number((await host.sh('wc -l </run/rounds')).stdout)
  const before = await rounds()
  await until('the spy has begun and ended another round', async () => (await rounds()) >= before + 2, 100)
}

const clean = (what: string, text: string) =>
  assert.ok(
    !text.includes(CANARY),
    `${what} shows the secret: …${text.slice(Math.max(0, text.indexOf(CANARY) - 200), text.indexOf(CANARY) + 40)}`,
  )

test.before(async () => {
  ;[host] = (await box.up([{ name: 'c-1' }])) as [SandboxHost]
  folder = mkdtempSync(join(tmpdir(), 'provision-canary-'))
  for (const dir of ['recipes', 'roles', 'templates']) mkdirSync(join(folder, dir))
  writeFileSync(join(folder, 'recipes/canary.ts'), RECIPE)
  writeFileSync(join(folder, 'roles/canary.ts'), ROLE)
  writeFileSync(join(folder, 'templates/canary.ejs'), 'token = <%= token %>\n')
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  writeFileSync(join(folder, 'secret'), `${CANARY}\n`, { mode: 0o600 })
  writeFileSync(
    join(folder, 'inventory.json'),
    JSON.stringify({
      hosts: {
        'c-1': {
          address: host.address,
          roles: ['canary'],
          vars: { canary: { token: 'file:secret' } },
          ssh: loginOf(host),
        },
      },
    }),
  )
})
test.after(() => rmSync(folder ?? '', { recursive: true, force: true }))

test('no command, in any of its ways to speak, shows it', async () => {
  const spied = spy()
  await until('the spy is at work', async () => (await host.sh('[ -s /run/rounds ]')).code === 0, 100)
  await host.sh('setsid sh -c "while [ -e /run/spy ]; do sleep .1; done; : control-seen" >/dev/null 2>&1 &')
  const shown: [string, Ended, number][] = []
  const run = async (code: number, ...args: readonly string[]) => shown.push([args.join(' '), await cli(...args), code])
  await run(2, 'plan', '--diff', '--out', 'plan.json')
  await run(2, 'plan', '--json')
  await run(2, 'plan', '--script')
  await run(0, 'apply', '--plan', 'plan.json', '--verbose')
  await run(1, '--json', '-e', 'canary.step=fail')
  await run(1, '--verbose', '-e', 'canary.step=fail')
  await host.sh('echo other >/etc/canary.key; echo other >/etc/canary.conf')
  await run(2, 'plan', '--diff')
  await run(0, '--verbose', '--diff')
  await run(0, '--json')
  await spiedOut()
  await host.sh('rm /run/spy')
  for (const [args, { code, out, seen }, expected] of shown) {
    assert.equal(code, expected, `provision ${args}: ${out}`)
    clean(`provision ${args}`, out)
    clean(`the process of provision ${args}`, seen)
  }
  const failing = shown[4]?.[1].out ?? ''
  assert.match(failing, /‹secret›/, 'the failing command did print it, and it was replaced')
  const { stdout } = await spied
  assert.match(stdout, /control-seen/, 'the spy must have seen the process that says so openly')
  clean('a process of the host', stdout)
})

test('neither does a plan file, the cache or anything else beside the inventory', () => {
  for (const file of readdirSync(folder, { recursive: true, withFileTypes: true }).filter(
    (f) => f.isFile() && f.name !== 'secret',
  )) {
    clean(file.name, readFileSync(join(file.parentPath, file.name), 'latin1'))
  }
})

test('on the host it stands in its two files, 0600, and in no log', async () => {
  const { stdout } = await host.sh(
    `grep -rlsF '${CANARY}' / --exclude-dir=proc --exclude-dir=sys --exclude-dir=dev | sort | xargs stat -c '%n %a %U'`,
  )
  assert.equal(stdout.trim(), '/etc/canary.conf 600 root\n/etc/canary.key 600 root')
  const { stdout: said } = await host.sh(journal('-o verbose'))
  clean('the journal', said)
})

test.run()
