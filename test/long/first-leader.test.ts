/**
 * Marathon's leader changes for the first time while a new task starts: its successor may end as many healthy old tasks
 * as there are surplus ones, and where that could be all of them, `deploy` leaves it no rollout to start anew. One host,
 * so the successor has to start. New tasks take longer to start than it does. (Mesos and Marathon are stand-ins, unless
 * real ones are given: docs/sandbox.md.) PROVISION_INSTANTS is the number of deployments, PROVISION_SEED repeats a run.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { DeployEvent } from '../../src/index.ts'
import { inShare } from '../support/load.ts'
import { random } from '../support/random.ts'
import { ok, withStack } from '../support/stack.ts'

const test = suite("Marathon's leader changes while the only new task starts")
const stack = await withStack(test, import.meta.url, { masters: ['all-1'], slaves: ['all-1'] })
const instants = Number(process.env.PROVISION_INSTANTS ?? 2)
/** How many seconds a new task needs, longer than a leader needs to follow. */
const SLOW = 75
/** For how many seconds at most a new task has run when the leader dies. */
const RUN = 15

test('a bare host, and an app with one task', async () => {
  await stack.converge()
  const { outcome, reason } = await stack.deploys({ version: 'v1', instances: 1 })
  assert.is(outcome, 'live', reason)
})

test(`${instants} deployments, each with a change of the leader`, async () => {
  const next = random(stack.seed)
  const host = stack.host('all-1')
  const wrong: string[] = []
  for (let i = 0; i < instants; i++) {
    await stack.slowMarathons()
    const client = stack.load(inShare(20))
    const wait = next() * RUN
    const began = performance.now()
    let dead: Promise<unknown> | undefined
    const starts = (event: DeployEvent): boolean =>
      event.event === 'rolling' &&
      event.phase === 'forward' &&
      event.hosts.some(({ fresh, healthy }) => fresh > healthy)
    const { outcome, reason } = await stack.deploys({ version: `v${i + 2}`, instances: 1, slow: SLOW }, {}, (event) => {
      if (starts(event)) dead ??= sleep(wait * 1000).then(() => ok(host, 'docker kill marathon'))
    })
    await dead
    await stack.green()
    const load = await client.stop()
    const took = ((performance.now() - began) / 1000).toFixed(0)
    const dies = `the leader dead ${wait.toFixed(1)} s after the task started`
    const told = `${i + 1}: ${dies}: ${outcome} after ${took} s, ${load.lost} of ${load.sent} lost`
    console.error(told)
    if (outcome !== 'live' || dead === undefined || load.lost > 0)
      wrong.push(`${told}: ${reason} ${JSON.stringify([load.kinds, load.gaps])}`)
  }
  assert.equal(wrong, [], `PROVISION_SEED=${stack.seed}`)
})

test.run()
