import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { addressMistakes, foreignAddress, hasAddress } from '../../recipes/common/facts.ts'
import { consul } from '../../recipes/consul.ts'
import { marathon } from '../../recipes/marathon.ts'
import { mesosAgent } from '../../recipes/mesos-agent.ts'
import { mesosMaster } from '../../recipes/mesos-master.ts'
import { zookeeper } from '../../recipes/zookeeper.ts'
import type { Cluster, Recipe } from '../../src/model/recipe.ts'
import { fakeNet } from '../support/fake-net.ts'
import { agent, lab, steps } from './consul/lab.ts'
import { ensemble, hostOf, SOURCES, stack, wanted } from './support.ts'

const test = suite('addresses of a host that recipes compare')

for (const [address, addresses, has] of [
  ['10.0.0.5', ['10.0.0.5'], true],
  ['10.0.0.5', ['10.0.0.50', '172.17.0.1'], false],
  ['127.0.0.1', ['10.0.0.5'], true],
  ['::1', ['10.0.0.5'], true],
  ['fd00::1', ['fd00:0:0::1'], true],
  ['FD00::A', ['fd00::a'], true],
  ['fd00::2', ['fd00::1'], false],
  ['0.0.0.0', ['10.0.0.5'], false],
] as const)
  test(`a host with ${addresses.join(', ')} has ${address}: ${has}`, () =>
    assert.is(hasAddress(hostOf(ensemble([1]), 'zk-1', { addresses }), address), has))

const elsewhere = { addresses: ['10.77.61.13', '172.17.0.1'] }
for (const [recipe, cluster, name] of [
  [zookeeper, ensemble([1]), 'zk-1'],
  [consul, lab(1, 0), 's-1'],
  [mesosMaster, stack(), 'm-1'],
  [mesosAgent, stack(), 's-1'],
  [marathon, stack(), 'm-1'],
] as readonly (readonly [Recipe, Cluster, string])[])
  test(`${recipe.name} refuses a private address that the host does not have`, async () => {
    const [refusal] = (await recipe.refuse?.(hostOf(cluster, name, elsewhere), cluster, [], fakeNet({}))) ?? []
    const { privateAddress } = cluster.host(name)
    assert.is(refusal?.refusal, 'private-address')
    assert.is(
      refusal?.reason,
      `hosts.${name}.privateAddress: ${privateAddress} is not an address of this host, which has 10.77.61.13, 172.17.0.1.`,
    )
  })

test('a host with one address is told it', () => {
  const [refusal] = foreignAddress(hostOf(ensemble([1]), 'zk-1', { addresses: ['10.77.61.13'] }))
  assert.is(refusal?.remedy, 'Set privateAddress to 10.77.61.13; address is only where SSH goes.')
})

for (const [address, more, says] of [
  ['10.0.0.1', [], []],
  ['127.0.0.1', [], []],
  ['127.0.0.1', ['10.0.0.2'], ['the other hosts could not reach Consul at 127.0.0.1']],
  ['::', [], [':: stands for all addresses: others could not be told where to find Consul']],
  ['a.example.com', [], ['Consul listens there, and a.example.com is not an IP address']],
] as const)
  test(`the private address ${address} among ${1 + more.length} hosts`, () => {
    const hosts = [address, ...more].map((privateAddress, i) => ({ name: `h-${i}`, privateAddress }))
    const cluster = { hosts, withRecipe: () => hosts.slice(0, 1) } as unknown as Cluster
    assert.equal(
      addressMistakes(cluster, 'consul', 'Consul').map(({ message }) => message),
      says,
    )
  })

const clients = (addresses: readonly string[]) => lab(1, 0, { clientAddresses: addresses })
for (const [what, cluster, names] of [
  ['an address of the host', clients(['10.0.0.11']), []],
  ['all addresses', clients(['0.0.0.0']), []],
  ['an address that nobody has, where no Docker makes it', clients(['172.17.0.1']), ['consul-client-address']],
] as const)
  test(`programs reach Consul at ${what}`, async () => {
    const refusals = (await consul.refuse?.(hostOf(cluster, 's-1'), cluster, [], fakeNet({}))) ?? []
    assert.equal(
      refusals.map(({ refusal }) => refusal),
      names,
    )
  })

for (const [what, settings] of [
  ["Docker's bridge", {}],
  ["Docker's bridge elsewhere", { settings: { bip: '10.9.0.1/24' } }],
] as const)
  test(`programs reach Consul at ${what}, which is not there yet`, async () => {
    const address = 'settings' in settings ? '10.9.0.1' : '172.17.0.1'
    const cluster = stack({ vars: { consul: { ...SOURCES.consul, clientAddresses: [address] }, docker: settings } })
    const host = hostOf(cluster, 's-1')
    assert.equal(await consul.refuse?.(host, cluster, [], fakeNet({})), [])
    assert.ok(wanted(consul, cluster, 's-1').some(({ id }) => id === 'sysctl net.ipv4.ip_nonlocal_bind'))
  })

const clone = (before: object, after: object) =>
  steps([
    'file',
    '/etc/consul.d/consul.json',
    'content differs',
    `-${JSON.stringify(before)}\n+${JSON.stringify(after)}`,
  ])
const CALLED = { node_name: 's-2', bind_addr: '10.0.0.12' }
for (const [what, before, names] of [
  ['a copy of another host', { node_name: 's-1', bind_addr: '10.0.0.11' }, ['consul-node-id']],
  ['one that was renamed', { node_name: 'old', bind_addr: '10.0.0.12' }, []],
  ['one that was moved', { node_name: 's-2', bind_addr: '10.0.0.99' }, []],
] as const)
  test(`Consul on ${what}`, async () => {
    const cluster = lab(3, 0)
    const refusals = (await consul.refuse?.(hostOf(cluster, 's-2'), cluster, clone(before, CALLED), fakeNet({}))) ?? []
    assert.equal(
      refusals.map(({ refusal }) => refusal),
      names,
    )
  })

const [ALIVE, FAILED] = [1, 4]
for (const [what, Addr, Status, name, reason] of [
  [
    'that another machine has',
    '10.0.0.13',
    ALIVE,
    's-3',
    'This host is s-3 in Consul, and would become s-2, which runs at 10.0.0.13: no two nodes may have a name, even for a moment.',
  ],
  ['that a dead machine had', '10.0.0.13', FAILED, 's-3', undefined],
  ['that it has already', '10.0.0.12', ALIVE, 's-3', undefined],
  ['that does not change', '10.0.0.13', ALIVE, 's-2', undefined],
] as const)
  test(`Consul gets a name ${what}`, async () => {
    const cluster = lab(3, 0)
    const members = [{ Name: 's-2', Addr, Status, Tags: { role: 'consul', id: 'x' } }]
    const before = clone({ ...CALLED, node_name: name }, CALLED)
    const net = agent({ '/v1/agent/members': members })
    const refusals = (await consul.refuse?.(hostOf(cluster, 's-2'), cluster, before, net)) ?? []
    assert.equal(
      refusals.map((each) => [each.refusal, each.reason]),
      reason === undefined ? [] : [['consul-node-name', reason]],
    )
  })

test.run()
