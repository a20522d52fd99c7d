import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { HostResult, RunEvent } from '../../../src/index.ts'
import type { Sandbox } from '../../../src/sandbox/index.ts'
import type { Bench } from './bench.ts'
import { points, words } from './recipe.ts'

type State = 'A' | 'B'

/** A single fault: breaks the change to `want`, makes the host ready for the next run, and returns whether it hit. */
export interface Fault {
  readonly kind: string
  /** Where in the change it strikes. */
  readonly at: string
  strike(b: Bench, box: Sandbox, want: State): Promise<'hit' | 'missed'>
}

/** Starts a change and does `deed` some time after the host's script began. Resolves when both have ended. */
async function during(
  b: Bench,
  want: State,
  wait: number,
  deed: () => Promise<unknown>,
  options = {},
): Promise<HostResult> {
  let done: Promise<unknown> | undefined
  const result = await b.run(want, options, (event) => {
    if (event.event === 'applying') done ??= sleep(wait).then(deed)
  })
  await done
  return result
}

const hitIf = (hit: boolean): 'hit' | 'missed' => (hit ? 'hit' : 'missed')
const killScript = (b: Bench) => b.host.sh('systemctl kill --signal=KILL "provision-*.scope"')
/** Waits until no detached script runs on the host. */
const settled = (b: Bench) =>
  b.sh(
    'n=0; while systemctl list-units --plain --no-legend "provision-*.scope" | grep -q running; do n=$((n+1)); [ $n -lt 300 ] || exit 1; sleep .1; done',
  )

const atBoundary = (point: string): Fault => ({
  kind: 'script killed at a step boundary',
  at: point,
  async strike(b, _box, want) {
    await b.arm(point)
    const result = await b.run(want)
    assert.equal(result.outcome, 'failed', `${point}: ${result.outcome}`)
    return hitIf(await b.wasHit())
  },
})

const scriptKilled = (wait: number): Fault => ({
  kind: 'script killed at a random instant',
  at: `${wait} ms`,
  strike: async (b, _box, want) => hitIf((await during(b, want, wait, () => killScript(b))).outcome === 'failed'),
})

/** Kills a controller process when it reports an event for which `stop(event)` says so, then lets the host finish. */
const controllerKilled = (at: string, stop: (event: RunEvent) => number | undefined): Fault => ({
  kind: 'controller killed',
  at,
  async strike(b, _box, want) {
    const file = fileURLToPath(new URL('controller.ts', import.meta.url))
    const child: ChildProcess = spawn(process.execPath, ['--import', 'tsx', file, JSON.stringify(b.host), want], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const over = new Promise<void>((resolve) => child.once('close', () => resolve()))
    let began = false
    for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
      const event = JSON.parse(line) as RunEvent
      began ||= event.event === 'step'
      const wait = stop(event)
      if (wait !== undefined) setTimeout(() => child.kill('SIGKILL'), wait)
    }
    await over
    await settled(b)
    if (began) assert.equal(await b.says(), words(want), 'the host did not finish its script')
    return hitIf(child.signalCode === 'SIGKILL')
  },
})

const linkHealed = (wait: number, cut: number): Fault => ({
  kind: 'link cut, then healed',
  at: `${wait} ms, for ${cut} ms`,
  async strike(b, box, want) {
    let lost = 0
    const result = await during(b, want, wait, async () => {
      await box.cut(b.host.name)
      await sleep(cut)
      await box.heal(b.host.name)
    })
    lost = result.cost.connections - 1
    assert.ok(result.outcome === 'changed', `a run must survive a lost link: ${result.outcome}: ${result.reason}`)
    return hitIf(lost > 0)
  },
})

const linkGone = (wait: number): Fault => ({
  kind: 'link cut for good',
  at: `${wait} ms`,
  async strike(b, box, want) {
    const result = await during(b, want, wait, () => box.cut(b.host.name), { reconnects: [100, 200] })
    await box.heal(b.host.name)
    await settled(b)
    // a lost controller's lock expires within a minute
    await b.sh('[ ! -e /run/provision/run.lock ] || timeout 70 flock /run/provision/run.lock true')
    return hitIf(result.outcome !== 'changed')
  },
})

const hostKilled = (wait: number): Fault => ({
  kind: 'host killed and booted',
  at: `${wait} ms`,
  async strike(b, box, want) {
    const result = await during(b, want, wait, () => box.kill(b.host.name), { reconnects: [100, 200] })
    await box.boot(b.host.name)
    return hitIf(result.outcome !== 'changed')
  },
})

const diskFull = (dir: string): Fault => ({
  kind: 'disk full',
  at: dir,
  async strike(b, _box, want) {
    const before = await b.says()
    await b.sh(
      `cp -a ${dir} /run/kept; mount -t tmpfs -o size=16k,mode=700 tmpfs ${dir}; cp -a /run/kept/. ${dir}/; head -c 64k /dev/zero >${dir}/full 2>/dev/null || :`,
    )
    const result = await b.run(want)
    assert.equal(result.outcome, 'failed', `a full ${dir}: ${result.outcome}`)
    assert.match(`${result.reason} ${result.output}`, /No space left|I\/O error/, 'it must say why')
    assert.equal(await b.says(), before)
    await b.sh(`umount ${dir}; rm -rf /run/kept`)
    return 'hit'
  },
})

const lockHeld = (seconds: number): Fault => ({
  kind: 'dpkg lock held by another',
  at: `${seconds} s`,
  async strike(b, _box, want) {
    await b.sh(
      `setsid apt-get -q -y -o DPkg::Pre-Invoke::=${JSON.stringify(`sleep ${seconds}`)} install --reinstall witness >/dev/null 2>&1 </dev/null & sleep .7`,
    )
    const said: string[] = []
    const result = await b.run(want, {}, (event) => event.event === 'output' && said.push(event.line))
    assert.equal(result.outcome, 'changed', `${result.reason} ${result.output?.join('\n')}`)
    return hitIf(said.some((line) => /waiting for the package manager.*apt-get/.test(line)))
  },
})

const dpkgKilled = (wait: number): Fault => ({
  kind: 'dpkg killed inside',
  at: `${wait} ms after it appears`,
  async strike(b, _box, want) {
    const pause = (wait / 1000).toFixed(3)
    const hunt = `n=0; while [ $n -lt 3000 ]; do n=$((n+1)); for p in /proc/[0-9]*; do read -r c <$p/comm && [ "$c" = dpkg ] && tr '\\0' ' ' <$p/cmdline | grep -q -e unpack -e configure -e install && { sleep ${pause}; kill -9 \${p#/proc/} && exit 0; }; done; done 2>/dev/null; exit 1`
    let killed = false
    const result = await during(b, want, 0, async () => {
      killed = (await b.host.sh(hunt)).code === 0
    })
    return hitIf(killed && result.outcome === 'failed')
  },
})

const startFails = (): Fault => ({
  kind: 'service does not start',
  at: 'its configuration is broken',
  async strike(b) {
    const result = await b.run('broken')
    assert.equal(result.outcome, 'failed')
    assert.match(result.output?.join('\n') ?? '', /witness: bad configuration/, 'its last words must be told')
    assert.deepEqual(result.owed, ['witness'])
    return 'hit'
  },
})

const times = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i))

/** All faults of a run, `scale` times over; `random` determines the times. */
export function allFaults(random: () => number, scale = 1): readonly Fault[] {
  const upTo = (ms: number) => Math.floor(random() * ms)
  const n = (count: number) => Math.max(1, Math.round(count * scale))
  return [
    ...points().flatMap((point) => times(n(6), () => atBoundary(point))),
    ...times(n(30), () => scriptKilled(upTo(2200))),
    ...times(n(10), (i) =>
      controllerKilled(`step ${(i % 4) + 1}`, (e) => (e.event === 'step' && e.index >= i % 4 ? 0 : undefined)),
    ),
    ...times(n(10), () => upTo(2200)).map((wait) =>
      controllerKilled(`${wait} ms`, (e) => (e.event === 'applying' ? wait : undefined)),
    ),
    ...times(n(12), () => linkHealed(upTo(1500), 4000 + upTo(3000))),
    ...times(n(8), () => linkGone(upTo(1500))),
    ...times(n(20), () => hostKilled(upTo(2200))),
    ...times(n(3), () => diskFull('/etc/witness')),
    ...times(n(3), () => diskFull('/var/lib/provision')),
    ...times(n(4), (i) => lockHeld(2 + i)),
    ...times(n(16), () => dpkgKilled(upTo(60))),
    ...times(n(4), startFails),
  ]
}
