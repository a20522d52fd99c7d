import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { wayOf } from '../../../src/engine/roll/way.ts'
import type { Step } from '../../../src/index.ts'
import { a, c, clusterOf, no, shown, stepsFor, upTo, way } from './way-support.ts'

const test = suite('stages of several quorums together')

/** The steps on masters that run with these quorums (undefined: none), where `wanted` is. */
function quorumSteps(quorums: readonly (number | undefined)[], wanted: number): ReadonlyMap<string, readonly Step[]> {
  const name = '/etc/mesos/master.env'
  const line = (quorum: number) => `MESOS_QUORUM=${quorum}\n`
  const own = (quorum: number | undefined): readonly Step[] =>
    quorum === wanted
      ? []
      : ([
          {
            resource: `file ${name}`,
            type: 'file',
            name,
            changes: [{ action: quorum === undefined ? 'create' : 'update' }],
            contents: { after: line(wanted), ...(quorum === undefined ? {} : { before: line(quorum) }) },
          },
        ] as readonly Step[])
  return new Map(quorums.map((quorum, i) => [`m-${i + 1}`, own(quorum)]))
}

for (const [what, files, quorums, stages, ends] of [
  ['one to three', [a, no, no], [1, no, no], '1:1 12:1 123:1 123:123', 'm-1'],
  ['… killed before the last stage', [c, c, c], [1, no, no], '123:123', 'm-1'],
  ['… killed when the others have begun', [c, c, c], [1, 2, 2], '123:123', 'm-1'],
  ['… killed when it has begun, too', [c, c, c], [2, 2, no], '', ''],
  ['a first start of three', [no, no, no], [no, no, no], '', ''],
  ['one to five', [a, no, no, no, no], [1, no, no, no, no], '1:1 12:1 123:1 1234:1 12345:1 12345:12345', 'm-1'],
] as const)
  test(`masters of which one has a registry of its own: ${what}`, () => {
    const wanted = files.length
    const cluster = clusterOf(wanted, 'master')
    const keepers = files.map((named) => ['zk', 'consul'].flatMap((kind) => stepsFor(kind, named, upTo(wanted))))
    const mesos = quorumSteps(quorums, Math.floor(wanted / 2) + 1)
    const steps = new Map(keepers.map((own, i) => [`m-${i + 1}`, [...own, ...(mesos.get(`m-${i + 1}`) ?? [])]]))
    const found = wayOf(cluster, cluster.hosts, steps)?.stages ?? []
    const [keeping, ruling] = ['zookeeper', 'mesos-master'].map((recipe) => shown(found, recipe).split(' '))
    assert.is(found.map((_, i) => `${keeping?.[i]}:${ruling?.[i]}`).join(' '), stages)
    assert.is(found.flatMap((stage) => stage.ends?.host.name ?? []).join(), ends)
    for (const { cluster: part } of found.slice(0, -1))
      for (const host of part.hosts) assert.is(host.vars['mesos-master']?.quorum, undefined)
    // a run that leaves out one of them has no stages
    assert.is(wayOf(cluster, cluster.hosts.slice(0, -1), steps), undefined)
  })

test('masters: one joins everything before the next begins; the quorum grows before the first of them', () => {
  const stages = way(['zk', 'consul'], [c, c, c, no, no], 5, 'master')?.stages ?? []
  assert.equal(
    stages.map(({ says }) => says),
    [
      'ZooKeeper 3, Consul servers 3 (those that are members become alike)',
      'ZooKeeper 3 → 4, Consul servers 3 → 4 (m-4 joins)',
      'ZooKeeper 4 → 5, Consul servers 4 → 5 (m-5 joins)',
    ],
  )
  assert.equal(
    stages.slice(0, -1).map(({ cluster }) => cluster.hosts.map((h) => h.vars['mesos-master']?.quorum)),
    [
      [3, 3, 3],
      [3, 3, 3, 3],
    ],
  )
})

test.run()
