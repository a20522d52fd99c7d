import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  allocate,
  bridge,
  freeNetwork,
  mac,
  netOf,
  networkOf,
  takenNetworks,
  wire,
} from '../../src/sandbox/network/network.ts'

const test = suite('sandbox network')

const fails = (work: () => unknown, words: RegExp): void => {
  assert.throws(work, (error: Error) => error.name === 'SandboxError' && words.test(error.message))
}

test('names fit into an interface name (15 bytes) up to the last address', () => {
  for (const name of [bridge(254), wire('10.77.254.254'), wire('10.77.254.254').replace('psb', 'psbt')])
    assert.ok(name.length <= 15, name)
  assert.is(mac('10.77.254.17'), '02:77:00:00:fe:11')
})

for (const [address, net] of [
  ['10.77.0.11', 0],
  ['10.77.254.254', 254],
  ['10.77.255.2', undefined], // the package cache's
  ['10.77.3.1', undefined], // the bridge's
  ['10.77.3.255', undefined],
  ['10.77.3.0', undefined],
  ['10.77.256.2', undefined],
  ['10.78.0.11', undefined],
  ['zk-1.example', undefined],
  ['10.77.0.11.example', undefined],
] as const)
  test(`${address} lies in network ${net}`, () => assert.is(netOf(address), net))

test('the network of an inventory', () => {
  assert.is(networkOf([{ name: 'a' }, { name: 'b', address: '10.77.9.4' }]), 9)
  assert.is(networkOf([{ name: 'a' }]), undefined)
  fails(() => networkOf([{ name: 'a', address: '10.0.0.5' }]), /^a: .*10\.77\.N\.2.*not 10\.0\.0\.5$/)
  fails(
    () =>
      networkOf([
        { name: 'a', address: '10.77.1.5' },
        { name: 'b', address: '10.77.2.5' },
      ]),
    /a lies in 10\.77\.1\.0\/24, b lies in 10\.77\.2\.0\/24/,
  )
})

test('a free network: never 0, never one that an interface has', () => {
  const taken = takenNetworks(
    '1: lo    inet 10.77.255.1/32 scope\n2: psb1    inet 10.77.1.1/24 brd\n3: eth0    inet 10.7.2.1/24 brd',
  )
  assert.equal([...taken], [255, 1])
  assert.is(freeNetwork(new Set()), 1)
  assert.is(freeNetwork(taken), 2)
  fails(() => freeNetwork(new Set(Array.from({ length: 255 }, (_, net) => net))), /all 254/)
})

test('addresses: asked ones are kept, the others get the next free ones', () => {
  const hosts = [{ name: 'a' }, { name: 'b', address: '10.77.4.12' }, { name: 'c' }, { name: 'd' }]
  const given = allocate(4, hosts, new Map([['10.77.4.11', 'old']])).map(({ address }) => address)
  assert.equal(given, ['10.77.4.13', '10.77.4.12', '10.77.4.14', '10.77.4.15'])
  fails(
    () =>
      allocate(
        4,
        [
          { name: 'a', address: '10.77.4.2' },
          { name: 'b', address: '10.77.4.2' },
        ],
        new Map(),
      ),
    /b and a have the same address/,
  )
  fails(
    () => allocate(4, [{ name: 'a', address: '10.77.4.2' }], new Map([['10.77.4.2', 'old']])),
    /a and old have the same address/,
  )
  fails(
    () =>
      allocate(
        4,
        Array.from({ length: 245 }, (_, n) => ({ name: `h${n}` })),
        new Map(),
      ),
    /10\.77\.4\.0\/24 is full/,
  )
})

test.run()
