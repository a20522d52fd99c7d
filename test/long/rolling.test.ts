/** A quorum is never restarted at once: a real ensemble of three, under a client that writes all the time. */
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import { boot } from '../../src/engine/about.ts'
import type { RebootWish } from '../../src/engine/roll/reboot.ts'
import type { RunEvent } from '../../src/index.ts'
import type { SandboxHost } from '../../src/sandbox/index.ts'
import { withHosts } from '../support/hosts.ts'
import { wereOneAtATime } from '../support/one-at-a-time.ts'
import { until } from '../support/until.ts'
import { writer } from '../support/zk-client.ts'
import { apply, ensemble, finish, LAYER, memory, outcomes, plan, reasons, srvr } from '../support/zookeeper.ts'

const test = suite('rolling')
const { box } = await withHosts(test, import.meta.url)
const names = ['zk-1', 'zk-2', 'zk-3']
const facts = memory()
let hosts: readonly SandboxHost[] = []
const sh = async (host: SandboxHost, command: string): Promise<string> => (await host.sh(command)).stdout.trim()
const starts = async () => Promise.all(hosts.map((h) => sh(h, 'systemctl show -p MainPID --value zookeeper')))
const leaderOf = async (): Promise<string> => {
  const all = await Promise.all(hosts.map(srvr))
  const leader = hosts[all.findIndex(({ mode }) => mode === 'leader')]
  if (leader === undefined) throw new Error('no leader')
  return leader.name
}
const turns = (events: readonly { event: string; host?: string }[]): string[] =>
  events.filter((e) => e.event === 'applying').map((e) => e.host as string)

test.before(async () => {
  hosts = await box.up(names.map((name) => ({ name, layer: LAYER })))
})

test('a fresh ensemble is applied side by side', async () => {
  const result = await finish(apply, ensemble(hosts), facts)
  assert.deepEqual(outcomes(result), { 'zk-1': 'changed', 'zk-2': 'changed', 'zk-3': 'changed' }, reasons(result))
  const firstDone = result.events.findIndex((e) => e.event === 'verifying')
  assert.equal(turns(result.events.slice(0, firstDone)).length, 3, 'nobody waited for anybody')
  const second = await finish(apply, ensemble(hosts), facts)
  assert.deepEqual(outcomes(second), { 'zk-1': 'in-sync', 'zk-2': 'in-sync', 'zk-3': 'in-sync' }, reasons(second))
  assert.deepEqual(
    second.hosts.map((h) => [h.cost.connections, h.cost.execs]),
    [
      [1, 1],
      [1, 1],
      [1, 1],
    ],
  )
})

test('a change is rolled under writes: followers, then the leader, one at a time, nothing lost', async () => {
  const leader = await leaderOf()
  const writes = await writer(
    hosts.map((h) => h.address),
    '/rolling',
  )
  await sleep(500)
  const result = await finish(apply, ensemble(hosts, { tickTime: 1500 }), facts)
  await sleep(500)
  const { written, lost, slowest } = await writes.stop()
  assert.deepEqual(outcomes(result), { 'zk-1': 'changed', 'zk-2': 'changed', 'zk-3': 'changed' }, reasons(result))
  const order = turns(result.events)
  assert.equal(order.at(-1), leader, `the leader ${leader} goes last: ${order}`)
  await wereOneAtATime(hosts, 'zookeeper')
  assert.deepEqual(lost, [])
  assert.ok(written > 50, `only ${written} writes`)
  assert.ok(slowest < 30_000, `a write took ${slowest} ms`)
  console.log(`${written} writes, 0 lost, slowest ${Math.round(slowest)} ms`)
})

const boots = () => Promise.all(hosts.map((h) => sh(h, 'cat /proc/sys/kernel/random/boot_id')))
const reboots = (wish: Partial<RebootWish>, only?: readonly string[]) => {
  const of = ensemble(hosts, { tickTime: 1500 })
  const about = boot({ ifNeeded: false, within: 240, ...wish })(of)
  return finish(apply, of, facts, { about, ...(only === undefined ? {} : { only }) })
}

test('a reboot of all, under writes: one at a time, the leader last, nothing lost', async () => {
  const [leader, before] = await Promise.all([leaderOf(), boots()])
  const writes = await writer(
    hosts.map((h) => h.address),
    '/rebooted',
  )
  const result = await reboots({})
  const { written, lost } = await writes.stop()
  assert.deepEqual(outcomes(result), { 'zk-1': 'changed', 'zk-2': 'changed', 'zk-3': 'changed' }, reasons(result))
  assert.equal(turns(result.events).at(-1), leader)
  const after = await boots()
  assert.ok(before.every((id, i) => id !== after[i]))
  assert.deepEqual(lost, [])
  assert.ok(written > 50, `only ${written} writes`)
})

test('a reboot where it is needed: that host only, with the reason; then it is needed no more', async () => {
  await sh(hosts[1] as SandboxHost, ': >/run/reboot-required; echo libc6 >/run/reboot-required.pkgs')
  const before = await boots()
  const result = await reboots({ ifNeeded: true })
  assert.deepEqual(outcomes(result), { 'zk-1': 'in-sync', 'zk-2': 'changed', 'zk-3': 'in-sync' }, reasons(result))
  assert.equal(result.hosts[1]?.plan?.steps[0]?.changes[0]?.text, 'packages ask for it: libc6')
  const after = await boots()
  assert.deepEqual(
    before.map((id, i) => id === after[i]),
    [true, false, true],
  )
})

test('a host that does not come back ends the run before the next one', async () => {
  const [leader, before] = await Promise.all([leaderOf(), boots()])
  const [first = '', second = ''] = names.filter((name) => name !== leader)
  const silent = box.host(first)
  await sh(silent, 'systemctl mask ssh')
  const result = await reboots({ within: 8 }, [first, second])
  await until(
    'it has booted, and its sshd is back',
    async () =>
      !before.includes(await sh(silent, 'cat /proc/sys/kernel/random/boot_id')) &&
      (await sh(silent, 'systemctl unmask ssh; systemctl start ssh; systemctl is-active ssh')) === 'active',
    500,
  )
  assert.deepEqual(outcomes(result), { [first]: 'failed', [second]: 'blocked' }, reasons(result))
  assert.match(result.hosts[0]?.reason ?? '', /^it was told to reboot, and is not back after 8 s \(.*\)\. Look at its/)
  const after = await boots()
  assert.deepEqual(
    before.map((id, i) => id === after[i]),
    names.map((name) => name !== first),
  )
})

test('a member that cannot be reached: nothing is restarted, and the run says why', async () => {
  const before = await starts()
  await box.cut('zk-3')
  const result = await finish(apply, ensemble(hosts, { tickTime: 1600 }), facts)
  await box.heal('zk-3')
  assert.deepEqual(outcomes(result), { 'zk-1': 'blocked', 'zk-2': 'blocked', 'zk-3': 'unreachable' }, reasons(result))
  assert.match(
    result.hosts[0]?.reason ?? '',
    /zk-3 cannot be reached, and a quorum is restarted only while every member answers/,
  )
  assert.equal(result.exitCode, 1)
  assert.deepEqual(await starts(), before)
  assert.equal(await sh(hosts[0] as SandboxHost, 'grep -c tickTime=1500 /etc/zookeeper/zoo.cfg'), '1')
})

test('a member whose service is stopped goes first', async () => {
  const [, second] = hosts as [SandboxHost, SandboxHost, SandboxHost]
  await sh(second, 'systemctl stop zookeeper')
  const result = await finish(apply, ensemble(hosts, { tickTime: 1700 }), facts)
  assert.deepEqual(outcomes(result), { 'zk-1': 'changed', 'zk-2': 'changed', 'zk-3': 'changed' }, reasons(result))
  assert.equal(turns(result.events)[0], 'zk-2')
})

test('a configuration that keeps the first member from coming up leaves the others untouched', async () => {
  const before = await starts()
  const configs = await Promise.all(hosts.map((h) => sh(h, 'sha256sum /etc/zookeeper/zoo.cfg')))
  const result = await finish(apply, ensemble(hosts, { tickTime: 1700, settings: { peerType: 'nonsense' } }), facts)
  const first = turns(result.events)
  assert.equal(first.length, 1, `only one may be touched: ${first}`)
  const at = names.indexOf(first[0] as string)
  const after = await starts()
  assert.equal(result.hosts[at]?.outcome, 'failed', reasons(result))
  for (const i of [0, 1, 2].filter((i) => i !== at)) {
    assert.equal(result.hosts[i]?.outcome, 'blocked')
    assert.equal(after[i], before[i], 'it was restarted')
    assert.equal(
      await sh(hosts[i] as SandboxHost, 'sha256sum /etc/zookeeper/zoo.cfg'),
      configs[i],
      'its configuration was changed',
    )
  }
  const mended = await finish(apply, ensemble(hosts, { tickTime: 1800 }), facts)
  assert.deepEqual(outcomes(mended), { 'zk-1': 'changed', 'zk-2': 'changed', 'zk-3': 'changed' }, reasons(mended))
  assert.equal(turns(mended.events)[0], first[0], 'the one that is down goes first')
})

/** Of these members, none starts before the returned function is called: nobody's turn is over before. */
async function held(of: readonly SandboxHost[]): Promise<() => Promise<void>> {
  const all = (command: string) => Promise.all(of.map((h) => sh(h, command)))
  const folder = '/run/systemd/system/zookeeper.service.d'
  await all(`mkdir -p ${folder}; cat >${folder}/held.conf <<'END'
[Service]
TimeoutStartSec=infinity
ExecStartPre=/bin/sh -c 'until [ -e /run/go ]; do sleep .1; done'
END
systemctl daemon-reload`)
  return async () => {
    await all('touch /run/go')
  }
}
const released = async (of: readonly SandboxHost[]): Promise<void> => {
  for (const h of of) await sh(h, 'rm -r /run/go /run/systemd/system/zookeeper.service.d; systemctl daemon-reload')
}

test('two controllers on different members of one quorum: one gives up and names the other', async () => {
  const other = memory()
  await finish(plan, ensemble(hosts), other)
  const go = await held(hosts.slice(0, 2))
  const runs = [
    finish(apply, ensemble(hosts, { tickTime: 1900 }), facts, { only: ['zk-1'], who: 'alice@here' }),
    finish(apply, ensemble(hosts, { tickTime: 1950 }), other, { only: ['zk-2'], who: 'bob@there' }),
  ] as const
  await Promise.race(runs)
  await go()
  const [a, b] = await Promise.all(runs)
  await released(hosts.slice(0, 2))
  const outcome = [a.hosts[0]?.outcome, b.hosts[0]?.outcome].sort()
  assert.deepEqual(outcome, ['blocked', 'changed'], `${reasons(a)}\n${reasons(b)}`)
  const [loser, winner] = a.hosts[0]?.outcome === 'blocked' ? [a, 'bob@there'] : [b, 'alice@here']
  assert.match(loser.hosts[0]?.reason ?? '', new RegExp(winner))
})

test('with --wait the second controller waits', async () => {
  const go = await held(hosts.slice(0, 2))
  let waits = false
  const on = (e: RunEvent): void => {
    waits ||= e.event === 'waiting' && /another run/.test(e.for)
  }
  const of = ensemble(hosts, { tickTime: 2000 })
  const runs = Promise.all([
    finish(apply, of, facts, { only: ['zk-1'], who: 'alice@here', wait: true }, on),
    finish(apply, of, memory(), { only: ['zk-2'], who: 'bob@there', wait: true }, on),
  ])
  await until('one of them waits', () => waits)
  await go()
  const [a, b] = await runs
  await released(hosts.slice(0, 2))
  assert.deepEqual([a.hosts[0]?.outcome, b.hosts[0]?.outcome], ['changed', 'changed'], `${reasons(a)}\n${reasons(b)}`)
})

test.run()
