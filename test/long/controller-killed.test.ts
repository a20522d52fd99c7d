import { rmSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { World } from '../support/gate/kills.ts'
import type { Command } from '../support/gate/story.ts'
import { withMoto } from '../support/moto.ts'
import { quickFolder } from '../support/quick-folder.ts'
import { random, seed } from '../support/random.ts'

// Commands on instances, each a process of its own, killed at points of a table that a seed deals: before or after what
// the call does. After each the next run ends with one instance a host, and a ledger that says what the tags say.
const test = suite('the process is killed at every point')
const env = await withMoto(test)
const folder = quickFolder('controller-killed')
test.after(() => rmSync(folder, { recursive: true }))
const world = new World(env, folder)
const used = seed()
const next = random(used)

/** How many kills each command meets. */
const KILLS: Readonly<Record<Command, number>> = { launch: 30, terminate: 12, stop: 12, start: 12 }

/** A list in an order that the seed deals. */
const dealt = <T>(list: readonly T[]): readonly T[] =>
  list
    .map((each) => [next(), each] as const)
    .sort(([a], [b]) => a - b)
    .map(([, each]) => each)

let killed = 0
for (const [command, kills] of Object.entries(KILLS) as [Command, number][])
  test(`${command}: ${kills} kills`, async () => {
    const calls = await world.story(async (told) => {
      await told.prepare(command)
      return (await told.run(command)).calls
    })
    // the last calls may not come in another run, which asks fewer times how things are
    const points = Array.from({ length: calls - 2 }, (_, i) =>
      [false, true].map((done) => ({ call: i + 1, done })),
    ).flat()
    const table = Array.from({ length: Math.ceil(kills / points.length) }, () => dealt(points))
      .flat()
      .slice(0, kills)
    for (const point of table)
      await world.story(async (told) => {
        const says = `seed ${used}, ${command}, ${point.done ? 'after' : 'before'} call ${point.call} of ${calls}`
        await told.prepare(command)
        if (await told.killed(command, point)) killed++
        await told.again(command, says)
      })
  })

test('at least 60 of them were killed', () => {
  console.log(`seed ${used}: ${killed} kills`)
  assert.ok(killed >= 60, `${killed}`)
})

test.run()
