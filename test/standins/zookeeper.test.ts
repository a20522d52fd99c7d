import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { int, long, Packets, packet, Reader, string, vector } from './zookeeper/jute.ts'
import { parseZkUrl } from './zookeeper/url.ts'

const test = suite('zookeeper client')

const urls: readonly (readonly [string, unknown])[] = [
  ['zk://10.0.0.1:2181/mesos', { servers: [{ host: '10.0.0.1', port: 2181 }], path: '/mesos' }],
  [
    'zk://u:p@a:1,b:2/x/y/',
    {
      servers: [
        { host: 'a', port: 1 },
        { host: 'b', port: 2 },
      ],
      path: '/x/y',
      auth: 'u:p',
    },
  ],
  ['zk://a', { servers: [{ host: 'a', port: 2181 }], path: '/' }],
  [' zk://u:p@ss@a:2181/m\n', { servers: [{ host: 'a', port: 2181 }], path: '/m', auth: 'u:p@ss' }],
]
for (const [text, wanted] of urls) test(`url ${text.trim()}`, () => assert.equal(parseZkUrl(text), wanted))

test('a url of another kind', () =>
  assert.throws(() => parseZkUrl('10.0.0.1:2181/mesos'), /Expecting 'zk:\/\/' at the beginning/))

test('what is written is read', () => {
  const body = Buffer.concat([int(-7), long(-8n), string('ä'), vector([string('a'), string('')])])
  const from = new Reader(body)
  assert.equal([from.int(), from.long(), from.string(), from.strings()], [-7, -8n, 'ä', ['a', '']])
})

test('packets are cut wherever the stream is', () => {
  const stream = Buffer.concat([packet(string('one')), packet(), packet(string('two'))])
  for (let at = 0; at <= stream.length; at++) {
    const packets = new Packets()
    const whole = [...packets.push(stream.subarray(0, at)), ...packets.push(stream.subarray(at))]
    assert.equal(
      whole.map((bytes) => bytes.subarray(4).toString()),
      ['one', '', 'two'],
      `cut at ${at}`,
    )
  }
})

test.run()
