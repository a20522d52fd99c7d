import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { howLong, type Missing } from './prepare.ts'

const test = suite('demo: how long it will take')

const cases: readonly (readonly [string, Missing, string])[] = [
  ['nothing is missing', { parts: [] }, 'It takes about 2 minutes on two cores.'],
  [
    'a part is missing',
    { parts: [{ name: 'rails', seconds: 60, fetched: false }] },
    'It takes about 3 minutes on two cores, because rails must be made first; the next time 2 minutes.',
  ],
  [
    'several are made side by side',
    {
      image: 'Debian 12',
      parts: [
        { name: 'consul', seconds: 200, fetched: false },
        { name: 'rails', seconds: 60, fetched: false },
      ],
    },
    'It takes about 7 minutes on two cores, because Debian 12, consul, rails must be made first; the next time 2 minutes.',
  ],
]
for (const [what, missing, says] of cases) test(what, () => assert.is(howLong(missing), says))

test.run()
