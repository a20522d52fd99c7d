import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { addressMistakes, foreignAddress, hasAddress } from '../../recipes/common/facts.ts'
import { portsTaken } from '../../recipes/common/ports.ts'
import { consul } from '../../recipes/consul.ts'
import { haproxy } from '../../recipes/haproxy.ts'
import { marathon } from '../../recipes/marathon.ts'
import { mesosAgent } from '../../recipes/mesos-agent.ts'
import { mesosMaster } from '../../recipes/mesos-master.ts'
import { zookeeper } from '../../recipes/zookeeper.ts'
import type { Listens } from '../../src/model/listens.ts'
import type { Step } from '../../src/model/plan.ts'
import type { Cluster, Recipe } from '../../src/model/recipe.ts'
import { fakeNet } from '../support/fake-net.ts'
import { lab, steps } from './consul/lab.ts'
import { ensemble, hostOf, SOURCES, stack, wanted } from './support.ts'

const test = suite('facts of a host that recipes compare')

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

const starting: readonly Step[] = [
  {
    resource: 'service x',
    type: 'service',
    name: 'x',
    changes: [{ action: 'update', attribute: 'running', from: 'inactive', to: 'running' }],
  },
]
const restarting: readonly Step[] = [
  { resource: 'service x', type: 'service', name: 'x', changes: [{ action: 'restart' }] },
]
const other = 'users:(("nginx",pid=7,fd=6))'
const at = (address: string, udp = false): Listens => ({ port: 53, address, udp })
for (const [what, all, lines, wanted, is] of [
  ['nobody listens', starting, [], [at('10.0.0.1')], []],
  [
    'another at all addresses',
    starting,
    [`tcp LISTEN 0 9 0.0.0.0:53 0.0.0.0:* ${other}`],
    [at('10.0.0.1')],
    ['Port 53, which x wants, is taken by nginx (process 7).'],
  ],
  [
    'another at all of IPv6',
    starting,
    [`tcp LISTEN 0 9 [::]:53 [::]:* ${other}`],
    [at('10.0.0.1')],
    ['Port 53, which x wants, is taken by nginx (process 7).'],
  ],
  [
    'another at this address',
    starting,
    [`tcp LISTEN 0 9 10.0.0.1:53 0.0.0.0:* ${other}`],
    [at('10.0.0.1')],
    ['Port 53, which x wants, is taken by nginx (process 7).'],
  ],
  [
    'another at another address',
    starting,
    [`tcp LISTEN 0 9 127.0.0.53%lo:53 0.0.0.0:* ${other}`],
    [at('127.0.0.1')],
    [],
  ],
  [
    'another at one address, where all are wanted',
    starting,
    [`tcp LISTEN 0 9 127.0.0.53%lo:53 0.0.0.0:* ${other}`],
    [{ port: 53 }],
    ['Port 53, which x wants, is taken by nginx (process 7).'],
  ],
  ['another over UDP', starting, [`udp UNCONN 0 0 10.0.0.1:53 0.0.0.0:* ${other}`], [at('10.0.0.1')], []],
  [
    'another over UDP, which is wanted',
    starting,
    [`udp UNCONN 0 0 10.0.0.1:53 0.0.0.0:* ${other}`],
    [at('10.0.0.1', true)],
    ['Port 53, which x wants, is taken by nginx (process 7).'],
  ],
  [
    'somebody whom ss does not name',
    starting,
    ['tcp LISTEN 0 9 *:53 *:*'],
    [at('10.0.0.1')],
    ['Port 53, which x wants, is taken.'],
  ],
  [
    'itself, when it is restarted',
    restarting,
    ['tcp LISTEN 0 9 10.0.0.1:53 0.0.0.0:* users:(("x",pid=42,fd=6))'],
    [at('10.0.0.1')],
    [],
  ],
  [
    'another, when it is restarted',
    restarting,
    [`tcp LISTEN 0 9 10.0.0.1:53 0.0.0.0:* ${other}`],
    [at('10.0.0.1')],
    ['Port 53, which x wants, is taken by nginx (process 7).'],
  ],
  ['another, where nothing is started', [], [`tcp LISTEN 0 9 10.0.0.1:53 0.0.0.0:* ${other}`], [at('10.0.0.1')], []],
] as const)
  test(`a port: ${what}`, async () => {
    const refusals = await portsTaken(
      fakeNet({}, () => ['42', ...lines, ''].join('\n')),
      all,
      'x',
      wanted,
    )
    assert.equal(
      refusals.map(({ reason }) => reason),
      is,
    )
  })

test('a port: itself, which is reloaded just now', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'provision-ports-'))
  const program = (name: string, text: string) =>
    writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 })
  const listens = (pid: number, port: number) => `tcp LISTEN 0 9 *:${port} *:* users:(("x",pid=${pid},fd=6))`
  program('systemctl', 'exit 1')
  program('docker', `echo PID; [ -e ${folder}/reloaded ] && echo 43 || echo 42`)
  program('ss', `echo '${listens(42, 53)}'; touch ${folder}/reloaded; echo '${listens(43, 54)}'`)
  const env = { ...process.env, PATH: `${folder}:${process.env.PATH}` }
  const net = fakeNet({}, (script) => execFileSync('sh', ['-c', script], { env, encoding: 'utf8' }))
  assert.equal(await portsTaken(net, restarting, 'x', [{ port: 53 }, { port: 54 }]), [])
  assert.is((await portsTaken(net, restarting, 'x', [{ port: 53 }])).length, 1, 'those of before have ended by now')
  rmSync(folder, { recursive: true })
})

const named = (name: string): Step => ({
  resource: `file ${name}`,
  type: 'file',
  name,
  changes: [{ action: 'create' }],
})
for (const [what, steps, lines, says] of [
  [
    'comes with the next render',
    [named('/etc/consul-template/haproxy.ctmpl')],
    [`tcp LISTEN 0 9 *:9101 *:* ${other}`],
    ['Port 9101, which haproxy wants, is taken by nginx (process 7).'],
  ],
  [
    'is its own',
    [named('/etc/consul-template/haproxy.ctmpl')],
    ['tcp LISTEN 0 9 0.0.0.0:80 0.0.0.0:* users:(("haproxy",pid=42,fd=6))'],
    [],
  ],
  ['does not change', [named('/etc/motd')], [`tcp LISTEN 0 9 *:9101 *:* ${other}`], []],
] as const)
  test(`a port of HAProxy that ${what}`, async () => {
    const cluster = stack({ vars: { haproxy: { metricsPort: 9101 } } })
    const net = fakeNet({}, () => ['42', ...lines, ''].join('\n'))
    const refusals = (await haproxy.refuse?.(hostOf(cluster, 's-1'), cluster, steps, net)) ?? []
    assert.equal(
      refusals.map(({ reason }) => reason),
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
for (const [what, before, names] of [
  ['a copy of another host', { node_name: 's-1', bind_addr: '10.0.0.11' }, ['consul-node-id']],
  ['one that was renamed', { node_name: 'old', bind_addr: '10.0.0.12' }, []],
  ['one that was moved', { node_name: 's-2', bind_addr: '10.0.0.99' }, []],
] as const)
  test(`Consul on ${what}`, async () => {
    const cluster = lab(3, 0)
    const all = clone(before, { node_name: 's-2', bind_addr: '10.0.0.12' })
    const refusals = (await consul.refuse?.(hostOf(cluster, 's-2'), cluster, all, fakeNet({}))) ?? []
    assert.equal(
      refusals.map(({ refusal }) => refusal),
      names,
    )
  })

test.run()
