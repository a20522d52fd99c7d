/** A recipe is told of a host's steps before the first of them: another machine may have had its name. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fakeHost } from '../../support/fake-host.ts'
import { runner } from '../../support/runs-of.ts'
import { clusterOf, note, recipe } from '../../support/toys.ts'

const test = suite('a machine with the name of another')

test('its recipes hear of it once, before its first step, and not where nothing is done', async () => {
  const a = fakeHost()
  const run = runner({ a })
  const told: string[] = []
  let stop: AbortController | undefined
  const group = recipe('group', () => [note('config', { text: 'x' })], {
    farewell: {
      async replaces({ host }, steps) {
        told.push(`${host.name}: ${steps.map(({ name }) => name).join()}, ${a.read('config') ?? 'nothing is there'}`)
        stop?.abort()
      },
    },
  })
  const cluster = clusterOf(['a'], group)
  try {
    stop = new AbortController()
    const stopped = await run.apply(cluster, { signal: stop.signal })
    assert.is(stopped.host('a').outcome, 'blocked')
    assert.is(stopped.host('a').reason, 'stopped as asked, before its turn')
    stop = undefined
    assert.is((await run.plan(cluster)).host('a').outcome, 'planned')
    assert.is((await run.apply(cluster)).host('a').outcome, 'changed')
    assert.is((await run.apply(cluster)).host('a').outcome, 'in-sync')
    assert.equal(told, ['a: config, nothing is there', 'a: config, nothing is there'])
  } finally {
    a.remove()
  }
})

test.run()
