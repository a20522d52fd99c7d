import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { sideBySide, type WorkState, workLines } from './side-by-side.ts'

const test = suite('demo: what is made side by side')

const look = { columns: 44, unicode: true, colour: false }

const cases: readonly (readonly [string, readonly WorkState[], readonly string[]])[] = [
  [
    'what runs says what it does, and for how long',
    [
      { name: 'Consul', says: 'is built', began: 0 },
      { name: 'hosts', says: 'boots', began: 0 },
    ],
    ['Consul  is built                    2 m 10 s', 'hosts   boots                       2 m 10 s'],
  ],
  [
    'what has ended keeps its time',
    [{ name: 'hosts', says: 'boots', began: 0, ended: { at: 4200, failed: false } }],
    ['hosts  done                            4.2 s'],
  ],
  [
    'what has failed says why, as far as there is room',
    [{ name: 'hosts', says: 'failed: there is no room on this disk', began: 0, ended: { at: 4200, failed: true } }],
    ['hosts  failed: there is no room…       4.2 s'],
  ],
]

for (const [what, states, lines] of cases) {
  test(what, () => {
    assert.equal(workLines(states, 130_000, look), lines)
  })
}

/** Runs works where nothing can be repainted, and gives what is printed. */
async function printed(works: Parameters<typeof sideBySide>[0]): Promise<{ lines: string[]; error: unknown }> {
  const lines: string[] = []
  const stream = { isTTY: false, columns: 80, rows: 24, write: (text: string) => lines.push(text.trimEnd()) > 0 }
  const error = await sideBySide(works, stream as never, {}).catch((error: unknown) => error)
  return { lines: lines.map((line) => line.replace(/[\d.]+ s$/, 'N s')), error }
}

test('where nothing can be repainted, each line is printed once', async () => {
  const { lines, error } = await printed([{ name: 'A', what: 'is made', run: async (say) => say('half of it') }])
  assert.is(error, undefined)
  assert.equal(lines, ['A: is made', 'A: half of it', 'A: done in N s'])
})

test('one that fails does not end the others', async () => {
  const failure = new Error('out of paper\nat line 3')
  const { lines, error } = await printed([
    { name: 'A', what: 'is made', run: () => Promise.reject(failure) },
    { name: 'B', what: 'is made', run: () => new Promise((resolve) => setTimeout(resolve, 20)) },
  ])
  assert.is(error, failure)
  assert.equal(lines, ['A: is made', 'B: is made', 'A: failed: out of paper', 'B: done in N s'])
})

test.run()
