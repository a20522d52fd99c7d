/** Who is a member of what runs, and not in the inventory. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { strangers as ofConsul } from '../../recipes/consul/strangers.ts'
import { strangers as ofMesos } from '../../recipes/mesos-agent/strangers.ts'
import { strangers as ofZooKeeper } from '../../recipes/zookeeper/strangers.ts'
import { answering } from '../support/fake-keeper.ts'
import { fakeNet, paths } from '../support/fake-net.ts'
import { agent, lab } from './consul/lab.ts'
import { ensemble, stack } from './support.ts'

const test = suite('strangers')

const member = (name: string, Status: number, role = 'node') => ({
  Name: name,
  Addr: '10.0.0.9',
  Status,
  Tags: { role, id: name },
})

test('agents of Consul that run or have failed; those that have left are none', async () => {
  const members = [member('s-1', 1, 'consul'), member('old-1', 4, 'consul'), member('old-2', 1), member('old-3', 3)]
  const cluster = lab(1, 0)
  assert.equal(await ofConsul(cluster.host('s-1'), cluster, agent({ '/v1/agent/members': members })), [
    { name: 'old-1', says: 'Consul knows it as a server (failed)' },
    { name: 'old-2', says: 'Consul knows it as a client (alive)' },
  ])
})

test('hosts of the inventory whose roles do not have the recipe any more', async () => {
  const cluster = stack({
    masters: 1,
    slaves: 0,
    hosts: {
      's-1': { address: '10.0.0.21', roles: ['base'] },
      'm-2': { address: '10.0.0.12', roles: ['mesos-slave'] },
    },
  })
  const slaves = [{ id: 'S1', hostname: '10.0.0.21', pid: 'slave(1)@10.0.0.21:5051', active: true }]
  const net = fakeNet({ '10.0.0.11:5050': paths({ '/slaves': { body: { slaves } } }) })
  const host = cluster.host('m-1')
  assert.equal(await ofMesos(host, cluster, net), [{ name: 's-1', says: 'Mesos knows its agent', roles: true }])
  const conf = 'server.1=10.0.0.11:2888:3888:participant\nserver.2=10.0.0.12:2888:3888:participant\n'
  assert.equal(await ofZooKeeper(host, cluster, { read: async () => '', dial: async () => answering({ conf }) }), [
    { name: 'm-2', says: "ZooKeeper's configuration has it as a member", roles: true },
  ])
  const members = [member('m-1', 1, 'consul'), member('s-1', 1), member('m-2', 1, 'consul')]
  assert.equal(await ofConsul(host, cluster, agent({ '/v1/agent/members': members })), [
    { name: 's-1', says: 'Consul knows it as a client (alive)', roles: true },
    { name: 'm-2', says: 'Consul knows it as a server (alive)', roles: true },
  ])
})

test('agents of Mesos, by where they registered from', async () => {
  const slaves = ['10.0.0.21', '10.0.0.22', '10.0.0.29'].map((at) => ({
    id: at,
    hostname: at,
    pid: `slave(1)@${at}:5051`,
    active: at !== '10.0.0.29',
  }))
  const cluster = stack({ hosts: { 's-3': { address: '10.0.0.22', roles: ['mesos-slave'], retire: true } }, slaves: 1 })
  const net = fakeNet({ '10.0.0.11:5050': paths({ '/slaves': { body: { slaves } } }) })
  assert.equal(await ofMesos(cluster.host('s-1'), cluster, net), [
    { name: '10.0.0.29', says: 'Mesos knows its agent (not active)' },
  ])
})

test('members of ZooKeeper, by the configuration of one that runs', async () => {
  const conf = `clientPort=2181
membership:
server.1=10.0.0.11:2888:3888:participant
server.2=10.0.0.12:2888:3888:participant
server.9=[fd00::9]:2888:3888:participant
`
  const cluster = ensemble([1, 2, 3])
  const net = { read: async () => '', dial: async () => answering({ conf }) }
  assert.equal(await ofZooKeeper(cluster.host('zk-1'), cluster, net), [
    { name: 'fd00::9', says: "ZooKeeper's configuration has it as a member" },
  ])
})

test.run()
