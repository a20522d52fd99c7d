import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { wayOf } from '../../../src/engine/roll/way.ts'
import type { Cluster } from '../../../src/index.ts'
import { makeCluster } from '../../../src/index.ts'
import { a, b, c, clusterOf, d, e, type Named, no, shown, stepsFor, upTo, way } from './way-support.ts'

const test = suite('stages')

/** A cluster of which some are to leave. */
const retiringOf = (n: number, role: string, retire: readonly number[]): Cluster => {
  const { hosts, roles } = clusterOf(n, role)
  const leaving = (name: string) => (retire.some((i) => name === `m-${i}`) ? { retire: true as const } : {})
  return makeCluster(
    hosts.map((one) => ({ ...one, ...leaving(one.name) })),
    roles,
  )
}

/** What lies on each host, how many are wanted, and the members of each stage. */
const CASES: readonly (readonly [what: string, files: readonly Named[], wanted: number, stages: string])[] = [
  ['nothing runs: all at once', [no, no, no], 3, ''],
  ['a first start that was killed', [c, no, no], 3, ''],
  ['all is well', [c, c, c], 3, ''],
  ['one to three', [a, no, no], 3, '1 12 123'],
  ['… killed when the second has its file', [a, b, no], 3, '12 123'],
  ['… killed when both have theirs', [b, b, no], 3, '12 123'],
  ['… killed when the third has its file', [b, b, c], 3, ''],
  ['… killed when one of the old ones has learnt of it', [c, b, c], 3, ''],
  ['three to five', [c, c, c, no, no], 5, '123 1234 12345'],
  ['… killed when the fourth has its file', [c, c, c, d, no], 5, '1234 12345'],
  ['… killed among the old ones', [d, c, d, d, no], 5, '1234 12345'],
  ['… killed in the last stage', [e, d, d, d, e], 5, ''],
  ['… with a member whose disk is new', [c, no, c, no, no], 5, '123 1234 12345'],
  ['one to five', [a, no, no, no, no], 5, '1 12 123 1234 12345'],
  ['files that no run leaves behind', [a, c, no, no, no], 5, ''],
]

for (const [kind, recipe] of [
  ['zk', 'zookeeper'],
  ['consul', 'consul-server'],
] as const)
  for (const [what, files, wanted, stages] of CASES)
    test(`${recipe}: ${what}`, () => assert.is(shown(way([kind], files, wanted)?.stages, recipe), stages))

/** What lies on each host, who is to leave, who could not be looked at, and the members of each stage. */
const LEAVES: readonly (readonly [
  what: string,
  files: readonly Named[],
  retire: readonly number[],
  silent: readonly number[],
  stages: string,
])[] = [
  ['three to one', [c, c, c], [2, 3], [], '123 12 1'],
  ['… killed when the first has forgotten the third', [b, c, c], [2, 3], [], '12 1'],
  ['… killed when nobody knows the third', [b, b, c], [2, 3], [], '12 1'],
  ['… killed when the last knows only itself', [a, b, c], [2, 3], [], ''],
  ['the first and the second leave', [c, c, c], [1, 2], [], '123 13 3'],
  ['five to three', [e, e, e, e, e], [4, 5], [], '12345 1234 123'],
  ['one that joins, and one that leaves', [c, c, c, no], [2], [], '123 1234 134'],
  ['one that is gone leaves before another joins', [c, c, c, no], [2], [2], '123 13 134'],
  ['two leave, of which one is gone', [c, c, c], [1, 2], [2], '123 13 3'],
  ['they have left already', [a, c, c], [2, 3], [], ''],
]

for (const [kind, recipe] of [
  ['zk', 'zookeeper'],
  ['consul', 'consul-server'],
] as const)
  for (const [what, files, retire, silent, stages] of LEAVES)
    test(`${recipe} shrinks: ${what}`, () => {
      const cluster = retiringOf(files.length, kind, retire)
      const left = upTo(files.length).filter((n) => !retire.includes(n))
      const steps = new Map(
        files.flatMap((named, i) =>
          silent.includes(i + 1)
            ? []
            : [[`m-${i + 1}`, retire.includes(i + 1) ? [] : stepsFor(kind, named, left)] as const],
        ),
      )
      const found = wayOf(cluster, cluster.hosts, steps)
      assert.is(shown(found?.stages, recipe), stages)
      assert.equal(
        found?.silent ?? [],
        silent.map((n) => `m-${n}`),
      )
      const leaves = found?.stages.flatMap((one) => one.leaves?.name ?? []) ?? []
      assert.ok(leaves.every((name) => retire.includes(Number(name.slice(2)))))
    })

test('masters leave everything at once; the quorum is that of those who are left', () => {
  const cluster = retiringOf(5, 'master', [4, 5])
  const steps = new Map(
    upTo(5).map((n) => [`m-${n}`, n > 3 ? [] : ['zk', 'consul'].flatMap((kind) => stepsFor(kind, e, upTo(3)))]),
  )
  const stages = wayOf(cluster, cluster.hosts, steps)?.stages ?? []
  assert.equal(
    stages.map(({ says }) => says),
    [
      'ZooKeeper 5, Consul servers 5 (those that are members become alike)',
      'ZooKeeper 5 → 4, Consul servers 5 → 4 (m-5 leaves)',
      'ZooKeeper 4 → 3, Consul servers 4 → 3 (m-4 leaves)',
    ],
  )
  assert.ok(stages.every(({ cluster }) => cluster.hosts.every((h) => h.vars['mesos-master']?.quorum === undefined)))
})

test('from every place where a run can be killed, the stages that are left come to the same end', () => {
  // each host's file is written in turn: the one that joins first, then those that are members
  const trail: (readonly Named[])[] = []
  let files: readonly Named[] = [a, no, no, no, no]
  for (const n of [2, 3, 4, 5])
    for (const i of [n, ...upTo(n - 1)]) {
      files = files.map((file, at) => (at === i - 1 ? upTo(n) : file))
      trail.push(files)
    }
  for (const left of trail) {
    const stages = way(['zk'], left, 5)?.stages
    const sizes = stages?.map(({ cluster }) => cluster.withRecipe('zookeeper').length) ?? [5]
    assert.is(sizes.at(-1), 5, JSON.stringify(left))
    // never further than one member from any file that lies on a host, nor from stage to stage
    const from = left.flatMap((file) => (file === undefined ? [] : [file.length]))
    for (const size of from) assert.ok(Math.abs((sizes[0] as number) - size) <= 1, JSON.stringify(left))
    for (const [i, size] of sizes.slice(1).entries()) assert.is(size - (sizes[i] as number), 1, JSON.stringify(left))
  }
})

test('no stages where a member cannot be looked at, or is left out of the run', () => {
  const cluster = clusterOf(3, 'zk')
  const steps = new Map(['m-1', 'm-2', 'm-3'].map((name, i) => [name, stepsFor('zk', i === 0 ? a : no, c)]))
  assert.ok(wayOf(cluster, cluster.hosts, steps))
  assert.is(wayOf(cluster, cluster.hosts.slice(0, 2), steps), undefined)
  assert.is(wayOf(cluster, cluster.hosts, new Map([...steps].slice(0, 2))), undefined)
})

test.run()
