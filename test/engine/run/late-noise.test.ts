import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { sh } from '../../../src/shell/script.ts'
import { clusterOf, note, recipe } from '../../support/toys.ts'
import { type Ctx, onTwoHosts } from './ground.ts'

const test = suite<Ctx>('run: a login that prints at its end')
onTwoHosts(test)

test('what a login prints after a script is no part of any answer', async ({ a, run }) => {
  a.fault = (script) => (/echo more|printf fine/.test(script) ? { answer: (stdout) => `${stdout}bye\n` } : undefined)
  const heard: string[] = []
  const asking = { ...note('x', { text: '1' }) }
  const type = { ...asking.type, foresee: () => sh`echo more` }
  const polite = recipe('polite', () => [{ ...asking, type }], {
    health: async (_host, _cluster, net) => {
      heard.push(await net.read(sh`printf fine`))
      return { green: true, says: 'well' }
    },
  })
  const planned = await run.plan(clusterOf(['a'], polite))
  assert.equal([planned.host('a').outcome, planned.host('a').plan?.alsoInstalls], ['planned', ['more']])
  const applied = await run.apply(clusterOf(['a'], polite))
  assert.equal([applied.host('a').outcome, applied.host('a').reason], ['changed', undefined])
  assert.ok(heard.length > 0)
  assert.equal([...new Set(heard)], ['fine'])
})

test.run()
