import { rmSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Trouble } from '../support/gate/gate.ts'
import { World } from '../support/gate/kills.ts'
import type { Command } from '../support/gate/story.ts'
import { withMoto } from '../support/moto.ts'
import { quickFolder } from '../support/quick-folder.ts'

// The commands on instances as processes of their own, against EC2's stand-in: they are killed for good. Here once a
// command; test/long/controller-killed.test.ts does it at every point.
const test = suite('the process is killed')
const env = await withMoto(test)
const folder = quickFolder('killed')
test.after(() => rmSync(folder, { recursive: true }))
const world = new World(env, folder)

/** Points at which most can be lost: an order is out, a key is made, an instance has ended and is still written down. */
const POINTS: readonly (readonly [command: Command, call: number])[] = [
  ['launch', 10],
  ['terminate', 4],
  ['stop', 4],
]
for (const [command, call] of POINTS)
  test(`${command} at call ${call}`, () =>
    world.story(async (told) => {
      await told.prepare(command)
      assert.ok(await told.killed(command, { call, done: true }), 'it was killed')
      await told.again(command, `${command}, call ${call}`)
    }))

const TROUBLES: readonly (readonly [what: string, troubles: readonly Trouble[]])[] = [
  ['throttled', ['throttled', 'throttled', 'throttled']],
  ['the answers are lost', ['lost', 'lost', 'throttled', 'lost']],
  ['two subnets are full', ['full', 'full']],
]
for (const [what, troubles] of TROUBLES)
  test(`launch where ${what}`, () =>
    world.story(async (told) => {
      const { outcomes, results } = await told.run('launch', troubles)
      assert.equal(outcomes, ['launched', 'launched'], JSON.stringify(results))
      await told.again('launch', what)
    }))

test.run()
