import assert from 'node:assert/strict'
import { suite } from 'uvu'
import { parseSnapshot } from '../../src/backup/snapshot.ts'
import { snapshotBytes } from './bytes.ts'

const test = suite('snapshots of ZooKeeper')

const NODES = [
  { path: '/zookeeper', data: '' },
  { path: '/a', data: 'x'.repeat(10_000) },
  { path: '/a/nothing' },
  { path: '/a/ü', data: 'ü' },
]
const whole = snapshotBytes(NODES)

test('nodes, what ends with its session, and logins are found', () => {
  const owners = [
    ['a session', 0x1000123456789abcn, 1],
    ['a container', 0x8000000000000000n, 0],
    ['a node with a time to live', 0xff00000000001388n, 0],
    ['nobody', 0n, 0],
  ] as const
  for (const [what, owner, ephemerals] of owners)
    assert.deepEqual(
      parseSnapshot(
        snapshotBytes(
          [...NODES, { path: '/own', owner }],
          [
            ['world', 'anyone'],
            ['digest', 'mesos:2jmj7l5rSw0yVb/vlWAYkK/YBwk='],
          ],
        ),
      ),
      { nodes: 5, ephemerals, paths: [...NODES.map(({ path }) => path), '/own'], logins: ['mesos'] },
      what,
    )
})

test('whatever is cut off is not whole, at every byte of it', () => {
  const end = whole.length - 8 - 5 - 8
  for (let size = 0; size < whole.length - 13; size += size < 200 || size > end - 200 ? 1 : 97)
    assert.throws(() => parseSnapshot(whole.subarray(0, size)), { message: 'it is incomplete' }, `${size} bytes`)
})

test('one that was changed is damaged, and something else is no snapshot', () => {
  const changed = Buffer.from(whole)
  changed[changed.indexOf('xxx') + 5] = 0x79
  const cases = [
    [changed, /^its checksum is wrong: it is damaged$/],
    [Buffer.from('ZKLG'.padEnd(100)), /^it is not a ZooKeeper snapshot$/],
    [Buffer.alloc(100), /^it is not a ZooKeeper snapshot$/],
    [Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0]), /^it is not a ZooKeeper snapshot$/],
  ] as const
  for (const [bytes, message] of cases) assert.throws(() => parseSnapshot(bytes), { message })
})

test.run()
