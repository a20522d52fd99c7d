import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseRecording } from './recording.ts'

const test = suite('contract: recordings')

test('a recording is read', () => {
  const asked = 'POST /v2/apps?x=1 HTTP/1.1\r\nHost: a:1\r\nAccept: */*\r\n\r\n{"id": 1}\r\n'
  const answered = '422 \r\nX-A: b\r\n\r\n# took 3 ms\r\n\r\n{"message": "no"}'
  assert.equal(parseRecording('r', `${asked}--\r\n${answered}`), {
    name: 'r',
    method: 'POST',
    path: '/v2/apps?x=1',
    headers: { accept: '*/*' },
    body: '{"id": 1}',
    answers: [{ status: 422, headers: { 'x-a': 'b' }, body: '{"message": "no"}' }],
  })
})

test.run()
