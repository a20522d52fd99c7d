import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { markFinder } from '../../../src/transport/exec/marks.ts'

const test = suite('transport/marks')
const NONCE = '0123456789abcdef'

/** Feeds the pieces; gives the uid and everything behind the begin mark. */
function feed(pieces: readonly Buffer[]): { uid: number | undefined; ready: boolean; rest: string; noise: string } {
  const finder = markFinder(NONCE)
  let uid: number | undefined
  let ready = false
  const rest: Buffer[] = []
  for (const piece of pieces) {
    if (uid !== undefined) {
      rest.push(piece)
      continue
    }
    const found = finder.push(piece)
    ready = found.ready
    uid = found.uid
    if (found.rest) rest.push(found.rest)
  }
  return { uid, ready, rest: Buffer.concat(rest).toString(), noise: finder.noise() }
}

const cases: readonly [name: string, stream: string, uid: number | undefined, rest: string][] = [
  ['nothing before it', `${NONCE} begin 0\nhello\n`, 0, 'hello\n'],
  ['a banner', `Welcome to host!\n${NONCE} begin 0\nhello`, 0, 'hello'],
  ['noise that does not end its line', `neofetch▌${NONCE} begin 1000\nx`, 1000, 'x'],
  ['no output behind it', `${NONCE} begin 0\n`, 0, ''],
  ['the mark once more, in the output', `${NONCE} begin 0\n${NONCE} begin 7\n`, 0, `${NONCE} begin 7\n`],
  ['a false start', `${NONCE} begin ${NONCE} begin 0\nx`, 0, 'x'],
  ['another nonce', 'fedcba9876543210 begin 0\nx', undefined, ''],
  ['no line feed', `${NONCE} begin 0`, undefined, ''],
  ['an id that is no number', `${NONCE} begin root\nx`, undefined, ''],
]

for (const [name, stream, uid, rest] of cases) {
  test(`${name}, cut at each byte`, () => {
    const bytes = Buffer.from(stream)
    for (let cut = 0; cut <= bytes.length; cut++) {
      const found = feed([bytes.subarray(0, cut), bytes.subarray(cut)])
      assert.is(found.uid, uid, `cut at ${cut}`)
      assert.is(found.rest, rest, `cut at ${cut}`)
    }
    assert.is(feed([...bytes].map((byte) => Buffer.of(byte))).rest, rest, 'byte by byte')
  })
}

test('sudo is ready before the script begins, cut at each byte', () => {
  const bytes = Buffer.from(`noise${NONCE} ready\n`)
  for (let cut = 0; cut <= bytes.length; cut++)
    assert.is(feed([bytes.subarray(0, cut), bytes.subarray(cut)]).ready, true)
  assert.is(feed([bytes.subarray(0, -1)]).ready, false)
})

test('noise is bounded, and its beginning is kept', () => {
  const found = feed([
    Buffer.from('This account is currently not available.\n'),
    ...Array.from({ length: 1000 }, () => Buffer.alloc(10_000, 'x')),
  ])
  assert.match(found.noise, /^This account/)
  assert.is(found.noise.length, 4096)
})

test.run()
