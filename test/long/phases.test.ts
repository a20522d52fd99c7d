/**
 * A run that is stopped, killed, held up or cut off at each of its phases, which its own events tell: whatever happened,
 * no half file stays, each step is done once, and the next run converges. `PROVISION_PHASES=SIGINT` tries one deed only,
 * `PROVISION_PHASES_DELAY=300` over a slow link.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { RunEvent } from '../../src/index.ts'
import { withHosts } from '../support/hosts.ts'
import { loginOf } from '../support/login.ts'
import { installed, write } from '../support/packed.ts'
import { until } from '../support/until.ts'

const test = suite('stopped at each phase')
const { box, host } = await withHosts(test, import.meta.url, [{ name: 'a' }])

const folder = mkdtempSync(join(tmpdir(), 'phases-'))
test.after(() => rmSync(folder, { recursive: true }))

const RECIPE = `
import { command, defineRecipe, directory, file } from 'provision-ssh'
const { N } = process.env
export const p = defineRecipe({
  name: 'p',
  resources: () => [
    directory('/srv/phases', {}),
    file('/srv/phases/a', { content: N + '\\n' }),
    command('slow', { run: ['sh', '-c', \`sleep .3; echo \${N} >>/srv/phases/count; : >/srv/phases/done-\${N}\`], creates: \`/srv/phases/done-\${N}\` }),
    file('/srv/phases/b', { content: N + '\\n' }),
  ],
})`

test.before(async () => {
  const missing = await installed(folder, join(folder, 'user'))
  assert.is(missing, undefined, missing)
  const { address } = host('a')
  const ssh = loginOf(host('a'), { keepalive: 1 })
  write(join(folder, 'user'), {
    'package.json': '{ "type": "module" }',
    'recipes/p.js': RECIPE,
    'roles/p.js': `import { defineRole } from 'provision-ssh'\nimport { p } from '../recipes/p.js'\nexport default defineRole({ name: 'p', recipes: [p] })`,
    'inventory.json': JSON.stringify({ hosts: { a: { address, roles: ['p'], ssh } } }),
  })
  await box.delay('a', Number(process.env.PROVISION_PHASES_DELAY ?? 0))
})

interface Ran {
  readonly code: number | null
  readonly events: readonly RunEvent[]
  readonly said: string
}

/** Runs the installed program for a value of the recipe, and calls `on` with each event. */
async function run(n: number, on: (event: RunEvent, child: ChildProcess) => void = () => {}): Promise<Ran> {
  const child = spawn(join(folder, 'user/node_modules/.bin/provision'), ['apply', '--wait', '--json'], {
    cwd: join(folder, 'user'),
    env: { PATH: process.env.PATH, HOME: folder, N: String(n) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const over = once(child, 'close')
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const events: RunEvent[] = []
  // not `for await`: it would wait for ever for the end of an output that is closed here
  createInterface({ input: child.stdout }).on('line', (line) => {
    const event = JSON.parse(line) as RunEvent
    events.push(event)
    on(event, child)
  })
  await over
  return { code: child.exitCode, events, said }
}

const PHASES = ['run', 'connecting', 'observing', 'plan', 'applying', 'step', 'step-done', 'verifying', 'host'] as const
type Phase = (typeof PHASES)[number]

type Deed = (child: ChildProcess) => unknown
const signal =
  (name: NodeJS.Signals): Deed =>
  (child) =>
    child.kill(name)

let healing: NodeJS.Timeout | undefined
function heal(): Promise<void> {
  clearTimeout(healing)
  return box.heal('a')
}

/** What is done to a run, once. `retry`: what is done when it says that it tries again. */
const DEEDS: Readonly<Record<string, { readonly deed: Deed; readonly retry?: Deed }>> = {
  'link cut': {
    async deed() {
      await box.cut('a')
      // a connection that the host had taken already waits for its greeting, and is not tried again
      healing = setTimeout(heal, 10_000)
    },
    retry: heal,
  },
  SIGKILL: { deed: signal('SIGKILL') },
  SIGINT: { deed: signal('SIGINT') },
  'SIGINT twice': {
    deed(child) {
      child.kill('SIGINT')
      child.kill('SIGINT')
    },
  },
  SIGTERM: { deed: signal('SIGTERM') },
  SIGHUP: { deed: signal('SIGHUP') },
  'stopped and continued': {
    async deed(child) {
      child.kill('SIGSTOP')
      await host('a').sh('sleep 2') // longer than the keepalive
      child.kill('SIGCONT')
    },
  },
  'its output closed': { deed: (child) => child.stdout?.destroy() },
}

/** Deeds that a run survives. */
const SURVIVED = ['stopped and continued', 'its output closed', 'link cut']

/** What a run leaves on the host once it is over there, too. */
const LEFT = `
systemctl list-units --plain --no-legend 'provision-*.scope' | cut -d ' ' -f 1
find /srv /etc /var/lib/provision -name '.*.provision*'`

const onHost = async (command: string): Promise<string> => (await host('a').sh(command)).stdout.trim()

let n = 0
for (const [what, { deed, retry }] of Object.entries(DEEDS))
  for (const phase of PHASES)
    if (what.startsWith(process.env.PROVISION_PHASES ?? ''))
      test(`${what}, at ${phase}`, async () => {
        n += 1
        let done: unknown
        let ended = false
        const strike = (event: RunEvent, child: ChildProcess, at: Phase): void => {
          if (event.event === at && done === undefined) done = Promise.resolve(deed(child))
          else if (event.event === 'retry') retry?.(child)
          if (event.event === 'host') ended = true
        }
        const { code, events, said } = await run(n, (event, child) => strike(event, child, phase))
        await done
        await retry?.(undefined as never)
        const [last] = events.flatMap((event) => (event.event === 'host' ? [event] : []))
        console.error(
          [
            what,
            phase,
            `exit ${code}`,
            last?.outcome ?? 'no result',
            last?.reason ?? said.trim().split('\n').at(-1),
          ].join(' | '),
        )
        assert.ok(done !== undefined, 'the phase was not there')
        if (SURVIVED.includes(what) && (ended || what !== 'its output closed')) assert.is(code, 0, said)
        // what comes after the last event may find a run that is over: it ends the process as it ends any other
        if (what !== 'SIGKILL' && phase !== 'host') assert.ok(code !== null, 'a signal ended it')
        await until('the host’s own script has ended', async () => (await onHost(LEFT)) === '')
        const second = await run(n)
        assert.is(second.code, 0, second.said)
        assert.is(await onHost(`cat /srv/phases/a /srv/phases/b; grep -cx ${n} /srv/phases/count`), `${n}\n${n}\n1`)
        const third = await run(n)
        const results = third.events.flatMap((event) => (event.event === 'host' ? [event] : []))
        assert.equal([third.code, ...results.map(({ outcome, cost }) => `${outcome} ${cost.execs}`)], [0, 'in-sync 1'])
        await until('nothing is left', async () => (await onHost(LEFT)) === '')
      })

test.run()
