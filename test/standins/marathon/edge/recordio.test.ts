import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { RecordIo } from './recordio.ts'

const test = suite('marathon stand-in: RecordIO')

const bytes = Buffer.from('5\nhello0\n4\n\u00e9\u00e93\na\nb')

for (const size of [1, 2, 3, 7, bytes.length])
  test(`in chunks of ${size}`, () => {
    const records = new RecordIo()
    const got: string[] = []
    for (let at = 0; at < bytes.length; at += size) got.push(...records.push(bytes.subarray(at, at + size)))
    assert.equal(got, ['hello', '', '\u00e9\u00e9', 'a\nb'])
  })

test('anything else is refused', () => {
  assert.throws(() => new RecordIo().push(Buffer.from('<html>\n')), /not RecordIO/)
})

test.run()
