import assert from 'node:assert/strict'
import {
  apply,
  createTransport,
  type HostResult,
  makeCluster,
  type RunEvent,
  type RunOptions,
} from '../../../src/index.ts'
import type { SandboxHost } from '../../../src/sandbox/index.ts'
import { loginOf } from '../login.ts'
import { memory } from '../memory.ts'
import { FAULT, type Want, witnessRole, words } from './recipe.ts'

type Sh = (command: string) => Promise<string>
type Runs = (want: Want, options?: Partial<RunOptions>, on?: (event: RunEvent) => void) => Promise<HostResult>

/** The witness's own account: its pid, and what it read. @throws if it does not run */
async function wordsOf(sh: Sh): Promise<string> {
  const [state, pid, read] = (
    await sh(
      'systemctl show -p ActiveState --value witness; systemctl show -p MainPID --value witness; cat /run/witness/read',
    )
  ).split('\n')
  assert.equal(state, 'active', 'the witness does not run')
  const [own, ...rest] = (read ?? '').split(' ')
  assert.equal(own, pid, 'the process that runs is not the one that wrote down what it read')
  return rest.join(' ')
}

/**
 * Asserts that no file is half written: each belongs to one state entirely, and a fault's leftovers are hidden and
 * root's.
 */
async function noHalfFilesOf(sh: Sh): Promise<void> {
  const lines = await sh(
    `cd /etc/witness 2>/dev/null && for f in witness.conf; do [ ! -e $f ] || cat $f; done; find /etc/witness /etc/systemd/system -maxdepth 1 -name '.*.provision' ! -perm 0600 -o -name '*.dpkg-*' -o -name '*.new'; cat /etc/systemd/system/witness.service 2>/dev/null | grep -c . || true`,
  )
  const [conf = '', ...rest] = lines.split('\n')
  assert.match(conf, /^(conf-A|conf-B|broken|\d)$/, 'the configuration is neither the old nor the new one')
  const unit = rest.at(-1) ?? conf
  assert.match(unit, /^(0|7)$/, `the unit is neither absent nor whole: ${lines}`)
}

/** After a fault: one more run brings the host to its state, with nothing lost, and the next run has nothing to do. */
async function recoversTo(want: 'A' | 'B', sh: Sh, run: Runs): Promise<HostResult> {
  const second = await run(want)
  assert.ok(
    second.outcome === 'changed' || second.outcome === 'in-sync',
    `the run after the fault: ${second.outcome}: ${second.reason} ${second.output?.join('\n')}`,
  )
  assert.equal(
    await wordsOf(sh),
    words(want),
    'a restart was lost: the witness runs with something else than what is on the disk',
  )
  const third = await run(want)
  assert.equal(third.outcome, 'in-sync', `the run after that: ${third.outcome}: ${third.reason}`)
  assert.equal(
    await sh('grep -l "$(cat /proc/sys/kernel/random/boot_id)" /var/lib/provision/*.owed 2>/dev/null || true'),
    '',
    'something is still owed',
  )
  return second
}

/** A host that runs the witness, with the queries that its tests repeat. */
export function bench(host: SandboxHost) {
  const facts = memory()
  const ssh = loginOf(host, { keepalive: 1 })
  const target = { name: host.name, address: host.address, privateAddress: host.address, roles: ['witness'], ssh }
  const cluster = (want: Want) =>
    makeCluster([{ ...target, vars: { witness: { want } } }], new Map([['witness', witnessRole]]))

  /** Runs `apply` to its end; `on` sees every event. */
  const run: Runs = async (want, options = {}, on = () => {}) => {
    const going = apply(cluster(want), {
      transport: createTransport(),
      facts,
      reconnects: [200, 300, 500, 1000, 1000, 2000],
      ...options,
    })
    for await (const event of going) on(event)
    return (await going.result).hosts[0] as HostResult
  }

  const sh: Sh = async (command) => {
    const { code, stdout, stderr } = await host.sh(command)
    assert.equal(code, 0, `${command}: ${stderr}`)
    return stdout.trim()
  }
  const says = () => wordsOf(sh)
  const noHalfFiles = () => noHalfFilesOf(sh)
  const recovers = (want: 'A' | 'B') => recoversTo(want, sh, run)
  const arm = (point: string) => sh(`rm -f ${FAULT}.hit; printf '%s' '${point}' >${FAULT}`)
  const wasHit = async () => (await sh(`[ -e ${FAULT}.hit ] && echo hit; rm -f ${FAULT} ${FAULT}.hit; true`)) === 'hit'

  return { host, run, sh, says, noHalfFiles, recovers, arm, wasHit, cluster, ssh, target }
}

export type Bench = ReturnType<typeof bench>
