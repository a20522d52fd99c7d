/**
 * Breaks a change (configuration, package, unit, restart) in every way there is, more than 150 times, and proves after
 * each that no half file stands on the host, that the next run converges, and that no restart was lost: the service
 * itself says what it runs with. `PROVISION_SEED=N` repeats a run; `PROVISION_FAULTS=KIND` runs one kind only;
 * `PROVISION_FAULTS_SCALE=0.1` fewer.
 */
import assert from 'node:assert/strict'
import { suite } from 'uvu'
import { withHosts } from '../support/hosts.ts'
import { random, seed } from '../support/random.ts'
import { type Bench, bench } from '../support/witness/bench.ts'
import { allFaults, type Fault } from '../support/witness/faults.ts'
import { offer } from '../support/witness/package.ts'

const test = suite('faults')
const names = ['w-1', 'w-2', 'w-3', 'w-4']
const { box, host } = await withHosts(
  test,
  import.meta.url,
  names.map((name) => ({ name })),
)

const used = seed()
const only = process.env.PROVISION_FAULTS
const faults = allFaults(random(used), Number(process.env.PROVISION_FAULTS_SCALE ?? 1)).filter(
  (f) => only === undefined || f.kind.includes(only),
)
const kinds = [...new Set(faults.map((f) => f.kind))]
const benches: { bench: Bench; state: 'A' | 'B' }[] = []
const counts = new Map<string, { runs: number; hits: number; steps: number }>()

test.before(async () => {
  for (const name of names) {
    await offer(host(name))
    const made = bench(host(name))
    assert.equal((await made.run('A')).outcome, 'changed')
    benches.push({ bench: made, state: 'A' })
  }
})

async function once(fault: Fault, place: { bench: Bench; state: 'A' | 'B' }): Promise<void> {
  const want = place.state === 'A' ? 'B' : 'A'
  const { bench: b } = place
  try {
    const hit = await fault.strike(b, box, want)
    place.state = want
    await b.noHalfFiles()
    const second = await b.recovers(want)
    const key = fault.kind.includes('boundary') ? `${fault.kind}: ${fault.at}` : fault.kind
    const count = counts.get(key) ?? { runs: 0, hits: 0, steps: 0 }
    counts.set(key, {
      runs: count.runs + 1,
      hits: count.hits + (hit === 'hit' ? 1 : 0),
      steps: count.steps + second.steps,
    })
  } catch (error) {
    // now, not when all are over
    console.error(`${fault.kind} at ${fault.at}: ${error instanceof Error ? error.message.split('\n')[0] : error}`)
    throw new Error(
      `seed ${used}, ${fault.kind} at ${fault.at}, on ${b.host.name}: ${error instanceof Error ? error.message : error}`,
      {
        cause: error,
      },
    )
  }
}

for (const kind of kinds) {
  test(kind, async () => {
    const waiting = faults.filter((f) => f.kind === kind)
    const worked = await Promise.allSettled(
      benches.map(async (place) => {
        for (let fault = waiting.shift(); fault !== undefined; fault = waiting.shift()) await once(fault, place)
      }),
    )
    for (const each of worked) if (each.status === 'rejected') throw each.reason
    const own = [...counts].filter(([key]) => key.startsWith(kind))
    for (const [key, { runs, hits }] of own) assert.ok(hits >= Math.min(1, runs), `${key}: none of ${runs} faults hit`)
  })
}

test('enough', () => {
  const runs = [...counts.values()].reduce((sum, c) => sum + c.runs, 0)
  console.log(`seed ${used}`)
  for (const [kind, { runs, hits, steps }] of counts)
    console.log(
      `${kind.padEnd(66)} ${String(runs).padStart(3)} runs ${String(hits).padStart(3)} hit ${String(steps).padStart(4)} steps to mend, 0 restarts lost`,
    )
  console.log(`${runs} faults in all`)
  if (only === undefined && process.env.PROVISION_FAULTS_SCALE === undefined)
    assert.ok(runs >= 150, `only ${runs} faults`)
})

test.run()
