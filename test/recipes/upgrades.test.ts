/** From which version of a component to which one it may go at once. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { forbidden, RULES, refuseAhead, refuseTooFarAhead } from '../../recipes/common/upgrades.ts'
import { beforeMasters, beyondAgents, tooFar } from '../../recipes/mesos/upgrade.ts'
import { zookeeper } from '../../recipes/zookeeper.ts'
import type { Net } from '../../src/model/health.ts'
import type { Step } from '../../src/model/plan.ts'
import { answering, fakeKeeper } from '../support/fake-keeper.ts'
import { fakeNet, paths } from '../support/fake-net.ts'
import { steps } from './consul/lab.ts'
import { ensemble, hostOf, stack } from './support.ts'

const test = suite('upgrades')
const { consul, zookeeper: keeper, mesos } = RULES

for (const [rule, from, to, says] of [
  [consul, '1.21.0', '1.21.0', undefined],
  [consul, '1.20.1', '1.21.0', undefined],
  [consul, '1.19.2', '1.21.0', undefined],
  [consul, '1.21.4', '1.21.0', undefined],
  [
    consul,
    '1.15.6',
    '1.21.0',
    /^it crosses 6 minor versions, and Consul .* of 2\. Go by 1\.17 and 1\.19, each with all/,
  ],
  [consul, '1.18.2', '1.21.0', /^it crosses 3 .* Go by 1\.20, each/],
  [consul, '1.10.12', '1.21.0-1', /^it crosses 11 .* Go by 1\.12, 1\.14, 1\.16, 1\.18 and 1\.20, each/],
  [consul, '1.21.0', '1.20.5', /^an older version does not read .* Stay at 1\.21\.0\. To go back/],
  [consul, '1.22.1-1', '2.0.0-1', undefined],
  [consul, '1.21.0', '2.0.0', undefined],
  [consul, '1.20.0', '2.0.0', /^it crosses 3 .* Go by 1\.22, each/],
  [consul, '1.21.0', '2.1.0', /^it crosses 3 .* Go by 2\.0, each/],
  [consul, '2.0.0', '1.22.0', /^an older version does not read/],
  [consul, '2.0.0', '3.0.0', /^nobody has promised that Consul goes from one to the other/],
  [keeper, '3.8.0', '3.9.5', undefined],
  [keeper, '3.5.10', '3.9.5', undefined],
  [keeper, '3.4.5', '3.9.5', /^only 3\.4\.6 and later can be upgraded\. Go to 3\.4\.6 first\.$/],
  [keeper, '3.4.5', '3.4.14', undefined],
  [keeper, '3.4.6', '3.5.0', undefined],
  [keeper, '3.9.3', '3.8.4', /^an older version does not read/],
  [keeper, '3.8.0-11+deb12u2', '3.9.3-1+deb13u1', undefined],
  [mesos, '1.11.0-0.9.0.debian12', '1.11.0-0.10.0.debian12', undefined],
  [mesos, '1.10.0-2.0.1', '1.11.0-0.9.0', undefined],
  [mesos, '1:1.9.0', '1:1.11.0', /^it crosses 2 minor versions, .* across 1\. Go by 1\.10, each/],
  [mesos, '1.11.0', '1.10.0', /^the registry and the checkpoints/],
  [mesos, '1.11.0', '2.0.0', /^nobody has promised/],
] as const)
  test(`${rule.title} from ${from} to ${to}`, () => {
    const found = forbidden(rule, from, to)
    const text = found && `${found.reason.replace(`From ${from} to ${to}: `, '')} ${found.remedy}`
    if (says === undefined) assert.is(text, undefined)
    else assert.match(text ?? 'it is allowed', says)
  })

test("Mesos' package, and no other", () => {
  const host = stack().host('m-1')
  const change = { attribute: 'version', from: '1.9.0-1', to: '1.11.0-0.9.0.debian12' }
  assert.equal(
    tooFar(host, steps(['package', 'aventer-mesos', change])).map(({ refusal }) => refusal),
    ['mesos-version'],
  )
  assert.equal(tooFar(host, steps(['package', 'libmesos', change])), [])
})

for (const [what, rule, to, first, names] of [
  ['servers of an older minor version', consul, '1.21.0', ['1.20.5', '1.21.0', '1.19.0'], ['a', 'c']],
  ['servers of an older patch', consul, '1.21.4-1', ['1.21.0'], undefined],
  ['newer servers', consul, '1.20.0', ['1.21.0'], undefined],
  ['an older major version', consul, '2.0.0', ['1.22.0'], ['a']],
  ['masters that do not answer', mesos, '1.11.0-0.10.0', [''], undefined],
  ['older masters', mesos, '1.11.0-0.10.0', ['1.10.0'], ['a']],
] as const)
  test(`${rule.title} ahead of ${what}`, () => {
    const running = first.map((version, i) => ({ name: 'abc'[i] as string, version }))
    const [found] = refuseAhead(rule, 'x', to, running)
    assert.equal(found?.endedBy, names)
    if (found !== undefined)
      assert.match(found.reason, /^a( and c)? runs? \S+ 1\.\d+\.\d, and here it would be .* before /)
  })

test('masters that leave agents two minor versions behind', () => {
  const agents = [
    { name: 's-1', version: '1.10.0' },
    { name: 's-2', version: '1.9.0' },
  ]
  const [found] = refuseTooFarAhead(mesos, 'x', '1.11.0-0.10.0', agents)
  assert.match(
    found?.reason ?? '',
    /^s-2 runs Mesos 1\.9\.0, and here it would be 1\.11\.0-0\.10\.0: masters and agents/,
  )
  assert.equal(refuseTooFarAhead(mesos, 'x', '1.11.0', agents.slice(0, 1)), [])
})

test('an agent asks the masters before its package, and a master the agents', async () => {
  const cluster = stack({ masters: 1, slaves: 1 })
  const master = { '/version': '{"version":"1.10.0"}' }
  const slaves = {
    slaves: [{ id: 'S1', hostname: '10.0.0.21', pid: 'slave(1)@10.0.0.21:5051', active: true, version: '1.9.0' }],
  }
  const asked = fakeNet({
    '10.0.0.11:5050': paths({
      ...master,
      '/redirect': { status: 307, headers: { location: '//10.0.0.11:5050' } },
      '/slaves': { body: slaves },
    }),
  })
  const brings = steps([
    'package',
    'aventer-mesos',
    { attribute: 'version', from: '1.10.0-1', to: '1.11.0-0.9.0.debian12' },
  ])
  const [agent] = await beforeMasters(hostOf(cluster, 's-1'), cluster, brings, asked)
  assert.equal(agent?.endedBy, ['m-1'])
  const [left] = await beyondAgents(hostOf(cluster, 'm-1'), cluster, brings, asked)
  assert.match(left?.reason ?? 'it is allowed', /^s-1 runs Mesos 1\.9\.0/)
  for (const [name, its] of [
    ['s-1', steps(['file', '/etc/mesos/agent.env', 'x'])],
    ['m-1', brings],
  ] as const)
    assert.equal(await beforeMasters(hostOf(cluster, name), cluster, its, asked), [])
})

const srvr = (version: string): string =>
  `Zookeeper version: ${version}-abc, built on x\nMode: follower\nNode count: 4\n`
const net = (version: string): Net => ({
  read: async () => '3.8.0-11+deb12u2', // the package
  dial: async () => (version === '' ? fakeKeeper('in no quorum') : answering({ srvr: srvr(version) })),
})
const tarball = { source: { tarball: 'https://files.test/zk.tar.gz', version: '3.8.4', sha512: 'a'.repeat(128) } }
const unpacks: readonly Step[] = steps(['archive', '/opt/zookeeper-3.8.4', 'x'])
const changes = (from: string, to: string) =>
  steps(['package', 'libzookeeper-java', { attribute: 'version', from, to }])

for (const [what, vars, all, runs, refused] of [
  ['a tarball, older than what runs', tarball, unpacks, '3.9.5', true],
  ['a tarball, of the same minor version', tarball, unpacks, '3.8.0', false],
  ['a tarball, and nothing runs', tarball, unpacks, '', false],
  ['another step', tarball, steps(['file', '/etc/zookeeper/zoo.cfg', 'x']), '3.9.5', false],
  ["Debian's package, older", {}, changes('3.9.3-1', '3.8.0-11'), '', true],
  [
    "Debian's package, still there from before a newer tarball",
    {},
    steps(['unit', 'zookeeper.service', 'x']),
    '3.9.3',
    true,
  ],
  ['another unit of the same version', {}, steps(['unit', 'zookeeper.service', 'x']), '3.8.0', false],
  ["Debian's package, newer", {}, changes('3.8.0-11', '3.9.3-1'), '3.8.0', false],
] as const)
  test(`ZooKeeper: ${what}`, async () => {
    const cluster = ensemble([1], vars)
    const found = (await zookeeper.refuse?.(hostOf(cluster, 'zk-1'), cluster, all, net(runs))) ?? []
    assert.is(
      found.some(({ refusal }) => refusal === 'zookeeper-version'),
      refused,
    )
  })

test.run()
