/** Hosts that are to leave, wished wrongly: refused where the inventory is read, or by a plan. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { zookeeper } from '../../../recipes/zookeeper.ts'
import { parseInventory } from '../../../src/inventory/parse.ts'
import type { Cluster, Recipe } from '../../../src/model/recipe.ts'
import { type Transport, TransportError } from '../../../src/transport/transport.ts'
import { fakeHost, fakeTransport } from '../../support/fake-host.ts'
import { answer, answering } from '../../support/fake-keeper.ts'
import { runner } from '../../support/runs-of.ts'
import { mistakesOf, stack, text, wanted } from '../support.ts'

const test = suite('hosts that are to leave, wished wrongly')

const master = (n: number, more: object = {}) => ({
  [`m-${n}`]: { address: `10.0.0.1${n}`, roles: ['mesos-master'], vars: { zookeeper: { id: n } }, ...more },
})
const slave = (n: number, more: object = {}) => ({
  [`s-${n}`]: { address: `10.0.0.2${n}`, roles: ['mesos-slave'], ...more },
})
const retire = { retire: true }
const id = (n: number) => ({ vars: { zookeeper: { id: n } } })

for (const [what, hosts, says] of [
  [
    'two of three masters',
    { ...master(1), ...master(2, retire), ...master(3, retire), ...slave(1) },
    /it was accepted/,
  ],
  [
    'one of three masters',
    { ...master(1), ...master(2), ...master(3, retire), ...slave(1) },
    /2 hosts run zookeeper: an even/,
  ],
  [
    'three of five masters',
    { ...master(1), ...master(2), ...master(3, retire), ...master(4, retire), ...master(5, retire), ...slave(1) },
    /2 hosts run consul-server: an even number/,
  ],
  [
    'all masters',
    { ...master(1, retire), ...slave(1) },
    /hosts\.m-1\.retire +no host with \S+ would be left: keep m-1/,
  ],
  [
    'all slaves',
    { ...master(1), ...slave(1, retire), ...slave(2, retire) },
    /hosts\.s-1\.retire +no host with \S+ would be left: keep one of s-1, s-2, or add others first/,
  ],
  ['one of two slaves', { ...master(1), ...slave(1, retire), ...slave(2) }, /it was accepted/],
  [
    'a master whose number another one gets',
    { ...master(1), ...master(2), ...master(3, retire), ...master(4, id(3)) },
    /hosts\.m-4\.vars\.zookeeper\.id +3 is the number of m-3, too/,
  ],
] as const)
  test(`an inventory in which ${what} is to leave`, () =>
    assert.match(
      mistakesOf(() => stack({ masters: 0, slaves: 0, hosts })),
      says,
    ))

const CONFIG = '/etc/zookeeper/zoo.cfg'
const DATA = '/var/lib/zookeeper'
/** ZooKeeper, but for what this machine has, too. */
const keeper: Recipe = {
  ...zookeeper,
  resources: (...args) => zookeeper.resources(...args).filter(({ name }) => [CONFIG, `${DATA}/myid`].includes(name)),
} as Recipe
const roles = new Map([['zookeeper', { name: 'zookeeper', recipes: [keeper], after: [] }]])

/** What the leader of the three answers. */
const LEADER = {
  srvr: answer('srvr-leader'),
  mntr: answer('mntr-leader-2-of-2'),
  conf: [1, 2, 3].map((n) => `server.${n}=10.0.0.1${n}:2888:3888:participant\n`).join(''),
}

/** Members, each as its number; what else is said of them. */
function keepers(members: Readonly<Record<string, readonly [at: number, id: number, retire?: true]>>): Cluster {
  const hosts = Object.entries(members).map(([name, [at, id, leaves]]) => [
    name,
    { address: `10.0.0.${at}`, roles: ['zookeeper'], vars: { zookeeper: { id } }, ...(leaves ? retire : {}) },
  ])
  return parseInventory(JSON.stringify({ hosts: Object.fromEntries(hosts) }), { path: '/x/inventory.json', roles })
}

/**
 * What a plan and a run say of each host, where three members run as m-1, m-2 and m-3. `dead`: hosts that do not answer.
 * A run that is refused has changed nothing.
 */
async function planned(
  cluster: Cluster,
  { apply = false, dead = [] as readonly string[], only = cluster.hosts.map(({ name }) => name) } = {},
) {
  const three = keepers({ 'm-1': [11, 1], 'm-2': [12, 2], 'm-3': [13, 3] })
  const hosts = Object.fromEntries(cluster.hosts.map(({ name }) => [name, fakeHost(['/etc/zookeeper', DATA])]))
  for (const { name } of three.hosts) {
    const host = hosts[name]
    const all = wanted(keeper, three, name)
    for (const path of [CONFIG, `${DATA}/myid`]) {
      const file = host?.path(path.slice(1)) ?? ''
      mkdirSync(file.replace(/\/[^/]*$/, ''), { recursive: true })
      writeFileSync(file, text(all, `file ${path}`))
    }
  }
  const back = (said: string) =>
    said.replaceAll('etc//zookeeper', '/etc/zookeeper').replaceAll('var/lib//zookeeper', DATA)
  for (const [name, host] of Object.entries(hosts)) {
    host.fault = () => ({ lines: back })
    if (dead.includes(name)) host.refuse = new TransportError('timeout', 'nobody listens')
  }
  const files = () =>
    Object.values(hosts).flatMap((host) => [CONFIG, `${DATA}/myid`].map((path) => host.read(path.slice(1))))
  const before = files()
  const fake = fakeTransport(hosts)
  const transport: Transport = {
    connect: async (target, signal) => ({
      ...(await fake.connect(target, signal)),
      dial: async () => answering(LEADER),
    }),
  }
  try {
    const { result } = await runner(hosts)[apply ? 'apply' : 'plan'](cluster, {
      transport,
      allow: ['private-address'],
      hosts: only.map((name) => cluster.host(name)),
    })
    assert.equal(files(), before, 'nothing was touched')
    return {
      result,
      said: Object.fromEntries(result.hosts.map(({ host, outcome, reason }) => [host, `${outcome} ${reason ?? ''}`])),
    }
  } finally {
    for (const host of Object.values(hosts)) host.remove()
  }
}

const [one, two, four] = [{ 'm-1': [11, 1] }, { 'm-2': [12, 2] }, { 'm-4': [14, 4] }] as const

for (const [what, members, stages] of [
  ['two of three leave', { ...one, 'm-2': [12, 2, true], 'm-3': [13, 3, true] }, 3],
  ['one is replaced by another', { ...one, ...two, 'm-3': [13, 3, true], ...four }, 3],
] as const)
  test(`a plan in which ${what}`, async () => {
    const { result, said } = await planned(keepers(members))
    assert.is(result.stages?.length, stages)
    assert.not.match(JSON.stringify(said), 'refused')
  })

const NUMBER = /m-3 is number 3 .* the inventory says 7/s

for (const [what, members, dead, refused] of [
  ['one is renumbered', { ...one, ...two, 'm-3': [13, 7] }, [], NUMBER],
  ['two have changed their numbers', { ...one, 'm-2': [12, 3], 'm-3': [13, 2] }, [], /m-[23] is number [23] /],
  ['one that leaves is renumbered', { ...one, ...two, 'm-3': [13, 7, true], ...four }, [], NUMBER],
  [
    'the number of one that leaves is given to another',
    { ...one, ...two, 'm-3': [13, 7, true], 'm-4': [14, 3] },
    [],
    NUMBER,
  ],
  [
    'one that leaves does not answer',
    { ...one, ...two, 'm-3': [13, 3, true], ...four },
    ['m-3'],
    /m-3, which is to leave, cannot be looked at\. If it is gone for good/,
  ],
  [
    'two leave and one that stays does not answer',
    { ...one, 'm-2': [12, 2, true], 'm-3': [13, 3, true] },
    ['m-1'],
    /it leaves ZooKeeper in stages: run provision over all hosts/,
  ],
  [
    'one joins and leaves where one does not answer',
    { ...one, ...two, 'm-3': [13, 3, true], ...four },
    ['m-2'],
    /it leaves ZooKeeper in stages/,
  ],
] as const)
  for (const apply of [false, true])
    test(`a ${apply ? 'run' : 'plan'} in which ${what} is refused`, async () => {
      const { said } = await planned(keepers(members), { apply, dead })
      const all = Object.entries(said)
      assert.ok(
        all.some(([, each]) => /^refused /.test(each) && refused.test(each)),
        JSON.stringify(said),
      )
      if (!apply) return
      for (const [name, each] of all)
        assert.match(each, (dead as readonly string[]).includes(name) ? /^unreachable / : /^(refused|blocked) /, name)
    })

for (const apply of [false, true])
  test(`a ${apply ? 'run' : 'plan'} over the one that joins alone is refused while another is to leave`, async () => {
    const { said } = await planned(keepers({ ...one, ...two, 'm-3': [13, 3, true], ...four }), { apply, only: ['m-4'] })
    assert.match(
      said['m-4'] ?? '',
      /^refused zookeeper: m-3 would leave the running ensemble while another member joins: .*Run provision over all hosts/,
    )
  })

test.run()
