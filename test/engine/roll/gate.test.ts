// How long the gate waits for components that cannot get well by themselves.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Context } from '../../../src/engine/context.ts'
import type { HostRun } from '../../../src/engine/host-run.ts'
import { notWell, waitUntil } from '../../../src/engine/roll/gate.ts'
import type { Health } from '../../../src/model/health.ts'

const test = suite('gate')
const TOKEN = 'vars.registrar.consulToken'
const REFUSED: Health = { green: false, variable: TOKEN, says: `Consul refuses its token, ${TOKEN}` }
const STARTS: Health = { green: false, says: 'starts' }
const WELL: Health = { green: true, says: 'well' }

/** Asks a component that says this, ten seconds apart. @returns its last word, and after how many seconds */
async function waits(said: readonly Health[]): Promise<readonly [says: string, after: number, told: string]> {
  let looks = 0
  const never = new AbortController().signal
  const context = {
    cluster: { withRecipe: () => [] },
    hosts: new Set(),
    signal: never,
    leave: never,
    now: () => looks * 10_000,
    emit: () => undefined,
  } as unknown as Context
  const run = { name: 'a', health: async () => said[Math.min(looks++, said.length - 1)] } as unknown as HostRun
  const health = await waitUntil(run, [], 180, context)
  return [health.says, (looks - 1) * 10, notWell(health, 180, context)]
}

for (const [what, said, after, told] of [
  ['one that starts', [STARTS], 180, 'applied, but unhealthy after 180 s: starts'],
  [
    'one whose token is refused',
    [STARTS, REFUSED],
    50,
    `applied, but Consul refuses its token, ${TOKEN}. Run the same command again when that is put right`,
  ],
  ['one that gets well during a look that ends too late', [...Array<Health>(18).fill(STARTS), WELL], 180, undefined],
  ['one whose token becomes known', [REFUSED, REFUSED, WELL], 20, undefined],
] as const)
  test(`waits for ${what}`, async () => {
    const [says, seconds, tells] = await waits(said)
    assert.is(seconds, after, says)
    if (told !== undefined) assert.is(tells, told)
  })

test.run()
