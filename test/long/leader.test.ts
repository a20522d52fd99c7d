/**
 * Marathon's leader dies at any instant of a deploy, a way back and a scaling: live or back, no serving version is
 * taken back, nothing is lost. One host, so the leader that follows is the one that has to start: the worst case.
 * In every other change, the leader that follows dies as well, as soon as it has led for a few seconds.
 * (Mesos and Marathon are stand-ins, unless real ones are given: docs/sandbox.md.) PROVISION_INSTANTS is the number of
 * instants, PROVISION_DEATHS how many leaders die in each change, PROVISION_SEED repeats a run, PROVISION_LOAD is the
 * share of the load that is sent.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { SandboxHost } from '../../src/sandbox/index.ts'
import { inShare } from '../support/load.ts'
import { random } from '../support/random.ts'
import { ok, until, withStack } from '../support/stack.ts'

const test = suite("Marathon's leader dies at any instant")
const stack = await withStack(test, import.meta.url, { masters: ['all-1'], slaves: ['all-1'] })
const instants = Number(process.env.PROVISION_INSTANTS ?? 3)
/** How many leaders die in the `n`th change. */
const deathsIn = (n: number): number => Number(process.env.PROVISION_DEATHS ?? 1 + ((n + 1) % 2))
/** For how many seconds at most a leader that follows has led when it dies. */
const LED = 6

/** A change of the app: what becomes of it, and why if not what should. */
interface Change {
  readonly what: string
  /** Seconds that it takes where nobody dies: the leader dies within them. */
  readonly within: number
  run(): Promise<string>
}

let version = 1
let instances = 2
const changes: readonly [Change, ...Change[]] = [
  {
    what: 'deploy',
    within: 40,
    async run() {
      version += 1
      const { outcome, reason } = await stack.deploys({ version: `v${version}`, instances })
      return outcome === 'live' ? '' : `${outcome}: ${reason}`
    },
  },
  {
    what: 'way back',
    within: 70,
    async run() {
      const sick = { version: 'sick', instances, env: { HEALTH: '500' } }
      const { outcome, reason, back } = await stack.deploys(sick, { deadline: 40 })
      return outcome === 'failed' && back?.done === true ? '' : `${outcome}: ${reason} ${JSON.stringify(back)}`
    },
  },
  {
    what: 'scaling',
    within: 10,
    async run() {
      instances = 5 - instances
      const { outcome, reason } = await stack.scales(instances)
      return outcome === 'live' ? '' : `${outcome}: ${reason}`
    },
  },
]

/** Does the host's Marathon lead, so that it answers for apps? */
const leads = (host: SandboxHost): Promise<boolean> =>
  ok(host, `curl -sf -m 5 -o /dev/null http://${host.address}:8080/v2/apps`).then(() => true)

const seconds = (since: number): string => ((performance.now() - since) / 1000).toFixed(1)

test('a bare host, and the app', async () => {
  await stack.converge()
  const { outcome, reason } = await stack.deploys({ version: 'v1', instances })
  assert.is(outcome, 'live', reason)
})

test(`${instants} instants`, async () => {
  const next = random(stack.seed)
  const [host] = stack.masters as [SandboxHost]
  const wrong: string[] = []
  for (let i = 0; i < instants; i++) {
    const { what, within, run } = changes[i % changes.length] ?? changes[0]
    await stack.slowMarathons()
    const client = stack.load(inShare(20))
    const began = performance.now()
    const waits = [next() * within, ...Array.from({ length: deathsIn(i) - 1 }, () => next() * LED)]
    const die = async (): Promise<string> => {
      const dead: string[] = []
      for (const wait of waits) {
        if (dead.length > 0) await until('Marathon leads again', () => leads(host), 500)
        await sleep(wait * 1000)
        await ok(host, 'docker kill marathon')
        dead.push(seconds(began))
      }
      return dead.join(', ')
    }
    const [outcome, dead] = await Promise.all([run(), die()])
    const over = seconds(began)
    await stack.green()
    const load = await client.stop()
    const told = `${i + 1} ${what}, the leader dead after ${dead} s: over after ${over} s, ${load.lost} of ${load.sent} lost, p99 ${load.p99} ms`
    console.error(told)
    if (outcome !== '' || load.lost > 0) wrong.push(`${told}: ${outcome} ${JSON.stringify([load.kinds, load.gaps])}`)
  }
  assert.equal(wrong, [], `PROVISION_SEED=${stack.seed}`)
  const running = await ok(host, 'docker ps -q --filter name=^mesos- | wc -l')
  assert.is(Number(running), instances)
})

test.run()
