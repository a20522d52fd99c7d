import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { changedMembers } from '../../../recipes/zookeeper/refuse.ts'
import { zookeeper } from '../../../recipes/zookeeper.ts'
import { TransportError } from '../../../src/index.ts'
import type { Net } from '../../../src/model/health.ts'
import type { Step } from '../../../src/model/plan.ts'
import { answer, answering } from '../../support/fake-keeper.ts'
import { contentsOf, ensemble, hostOf, without } from '../support.ts'

const test = suite('recipes/zookeeper: health, and what a change may do')

const steps = (diff: string): readonly Step[] => [
  {
    resource: 'file /etc/zookeeper/zoo.cfg',
    type: 'file',
    name: '/etc/zookeeper/zoo.cfg',
    changes: [
      diff === 'create' ? { action: 'create', text: '18 lines' } : { action: 'update', text: 'content differs', diff },
    ],
    contents: diff === 'create' ? { after: 'server.1=10.0.0.11:2888:3888\n' } : contentsOf(diff),
  },
]
for (const [what, diff, changed] of [
  ['nothing', '', []],
  ['another setting', '@@ -1 +1 @@\n-tickTime=2000\n+tickTime=3000\n server.1=10.0.0.1:2888:3888', []],
  ['one more', ' server.1=a:2888:3888\n+server.4=d:2888:3888', [4]],
  ['one moved', '-server.1=a:2888:3888\n+server.1=b:2888:3888', [1]],
  ['the same in another form', '-server.1=a:2888:3888;2181\n+server.1=a:2888:3888', []],
  ['one replaced by another', '-server.1=a:2888:3888\n+server.9=a:2888:3888', [1, 9]],
  ['two more', '+server.4=d:2888:3888\n+server.5=e:2888:3888', [4, 5]],
] as const) {
  test(`members in a diff with ${what}`, () => assert.equal(changedMembers(steps(diff)), changed))
}

const FOLLOWER = { srvr: answer('srvr-follower') }
const LEADER = { srvr: answer('srvr-leader'), mntr: answer('mntr-leader-2-of-2') }
const LAGGING = { srvr: answer('srvr-leader'), mntr: answer('mntr-leader-1-of-2') }
const NO_QUORUM = { srvr: answer('srvr-no-quorum') }
const STANDALONE = { srvr: answer('srvr-follower').replace('follower', 'standalone') }

/** A network where addresses answer as they are told; all others refuse. */
const net = (servers: Record<string, Record<string, string>>): Net => ({
  read: () => Promise.reject(new Error('nobody reads here')),
  async dial(address, port) {
    const words = servers[`${address}:${port}`]
    if (words === undefined) throw new Error(`${address}:${port} does not answer`)
    return answering(words)
  },
})
const ONE = '10.0.0.11:2181'
const TWO = '10.0.0.12:2181'

for (const [what, other, green] of [
  ['serves, since it was told of others', LEADER, true],
  ['does not serve either', NO_QUORUM, false],
] as const)
  test(`health of one of two members in no quorum, where the other ${what}`, async () => {
    const cluster = without(ensemble([1, 2, 3]), 'zk-3')
    const health = await zookeeper.health?.(cluster.host('zk-1'), cluster, net({ [ONE]: NO_QUORUM, [TWO]: other }))
    assert.is(health?.green, green, health?.says)
  })

for (const [what, size, server, health] of [
  ['a follower', 3, FOLLOWER, { green: true, says: 'follower' }],
  ['a leader', 3, LEADER, { green: true, says: 'leader, 2 of 2 followers in sync', leads: true }],
  [
    'a leader that misses a follower',
    3,
    LAGGING,
    { green: true, says: 'leader, 1 of 2 followers in sync', leads: true },
  ],
  ['a member in no quorum', 3, NO_QUORUM, { green: false, down: true, says: 'up, but in no quorum' }],
  [
    'a member that knows no other',
    3,
    STANDALONE,
    { green: false, says: 'standalone: it knows nothing of the other members' },
  ],
  ['the only one', 1, STANDALONE, { green: true, says: 'standalone', leads: true }],
] as const) {
  test(`health of ${what}`, async () => {
    const cluster = ensemble(Array.from({ length: size }, (_, i) => i + 1))
    assert.equal(await zookeeper.health?.(cluster.host('zk-1'), cluster, net({ [ONE]: server })), health)
  })
}

test('health of the second member of an ensemble of one, until the first knows it', async () => {
  const cluster = without(ensemble([1, 2, 3]), 'zk-3')
  const alone = answer('mntr-leader-2-of-2').replace(/quorum_size\t3/, 'quorum_size\t1')
  const health = (servers: Record<string, Record<string, string>>) =>
    zookeeper.health?.(cluster.host('zk-1'), cluster, net({ [ONE]: NO_QUORUM, ...servers }))
  assert.is((await health({ '10.0.0.12:2181': { ...LEADER, mntr: alone } }))?.green, true)
  assert.is((await health({ '10.0.0.12:2181': NO_QUORUM }))?.green, false)
  assert.is((await health({}))?.green, false)
})

test('health of a member whose port refuses: it is down', async () => {
  const cluster = ensemble([1, 2, 3])
  const refusing: Net = {
    ...net({}),
    dial: () => Promise.reject(new TransportError('refused', '10.0.0.11:2181 refused the connection')),
  }
  assert.equal(await zookeeper.health?.(cluster.host('zk-1'), cluster, refusing), {
    green: false,
    down: true,
    says: 'not running: port 2181 refuses',
  })
})

test('health of a member that nobody can ask: nothing is known', async () => {
  const cluster = ensemble([1, 2, 3])
  const error = await zookeeper.health?.(cluster.host('zk-1'), cluster, net({})).then(
    () => 'it was well',
    (e: Error) => e.message,
  )
  assert.is(error, '10.0.0.11:2181 does not answer')
})

const TWO_MORE = '+server.4=10.0.0.14:2888:3888\n+server.5=10.0.0.15:2888:3888'

for (const [what, diff, servers, memory, refused] of [
  ['two more members of an ensemble that runs', TWO_MORE, { [ONE]: FOLLOWER }, 4, ['zookeeper-membership']],
  ['the same, where only another member runs', TWO_MORE, { '10.0.0.13:2181': LEADER }, 4, ['zookeeper-membership']],
  ['the same, where none runs', TWO_MORE, {}, 4, []],
  ['the same, without a quorum', TWO_MORE, { [ONE]: NO_QUORUM }, 4, []],
  ['one more member', '+server.4=10.0.0.14:2888:3888', { [ONE]: FOLLOWER }, 4, []],
  ['the first start of one of three', 'create', { [ONE]: LEADER }, 4, []],
  ['the first start where nothing runs', 'create', {}, 4, []],
  ['another data directory', '-dataDir=/a\n+dataDir=/b', {}, 4, ['zookeeper-data']],
  ['another log directory', '-dataLogDir=/a\n+dataLogDir=/b', {}, 4, ['zookeeper-data']],
  ['a heap as large as the memory', '', {}, 1, ['zookeeper-heap']],
] as const) {
  test(`refuses: ${what}`, async () => {
    const cluster = ensemble([1, 2, 3])
    const host = hostOf(cluster, 'zk-1', { memory: memory * 1024 ** 3 })
    const refusals = await zookeeper.refuse?.(host, cluster, steps(diff), net(servers as never))
    assert.equal(
      refusals?.map((r) => r.refusal),
      refused,
    )
  })
}

test('refuses: the first start of two that join three', async () => {
  const cluster = ensemble([1, 2, 3, 4, 5])
  const refusals = await zookeeper.refuse?.(
    hostOf(cluster, 'zk-4'),
    cluster,
    steps('create'),
    net({ [ONE]: FOLLOWER, '10.0.0.12:2181': LEADER }),
  )
  assert.match(refusals?.[0]?.reason ?? '', /runs with 3 members, and the inventory has 5/)
})

test.run()
