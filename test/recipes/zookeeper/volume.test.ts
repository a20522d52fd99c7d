import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { docker } from '../../../recipes/docker.ts'
import { zookeeper } from '../../../recipes/zookeeper.ts'
import { defineRole } from '../../../src/index.ts'
import { parseInventory } from '../../../src/inventory/parse.ts'
import type { Cluster } from '../../../src/model/recipe.ts'
import { mistakesOf, text, wanted } from '../support.ts'

const test = suite('data on disks of their own')

const roles = new Map([
  ['zookeeper', defineRole({ name: 'zookeeper', recipes: [zookeeper] })],
  ['docker', defineRole({ name: 'docker', recipes: [docker] })],
])
const read = (inventory: object) => parseInventory(JSON.stringify(inventory), { path: '/x/inventory.json', roles })

const inventory = (vars: object, volumes: readonly object[] = [{ gb: 50 }, { gb: 20 }]) => ({
  cloud: { aws: { cluster: 'dc1', type: 't3.small', subnets: ['subnet-a'], securityGroups: ['sg-1'] } },
  hosts: {
    'm-1': {
      cloud: { volumes },
      privateAddress: '10.0.0.11',
      roles: ['zookeeper', 'docker'],
      vars: { zookeeper: { id: 1 }, ...vars },
    },
  },
})

/** The cluster when its instances are launched. */
const launched = (vars: object, volumes: readonly string[] | undefined): Cluster =>
  parseInventory(JSON.stringify(inventory(vars)), {
    path: '/x/inventory.json',
    roles,
    ledger: {
      provider: 'aws',
      cluster: 'dc1',
      ended: {},
      hosts: { 'm-1': { id: 'i-1', generation: 1, state: 'running', ...(volumes === undefined ? {} : { volumes }) } },
    },
  })

const DISK: readonly (readonly [variable: unknown, disk: string])[] = [
  [1, 'vol-0aaaaaaaaaaaaaaaa'],
  [2, 'vol-0bbbbbbbbbbbbbbbb'],
  ['vol-0123456789abcdef0', 'vol-0123456789abcdef0'],
  ['/dev/disk/by-id/x', '/dev/disk/by-id/x'],
]
for (const [volume, disk] of DISK)
  test(`${volume}: before anything that writes there, and nothing starts without it`, () => {
    const ids = ['vol-0aaaaaaaaaaaaaaaa', 'vol-0bbbbbbbbbbbbbbbb']
    const keeper = wanted(zookeeper, launched({ zookeeper: { id: 1, volume } }, ids), 'm-1')
    const first = ['package e2fsprogs', `filesystem ${disk}`]
    assert.equal(
      keeper.slice(0, 3).map(({ id }) => id),
      [...first, 'mount /var/lib/zookeeper'],
    )
    assert.match(text(keeper, 'unit zookeeper.service'), /\nRequiresMountsFor=\/var\/lib\/zookeeper\n/)
    const engine = wanted(docker, launched({ docker: { volume } }, ids), 'm-1')
    assert.equal(
      engine.slice(0, 4).map(({ id }) => id),
      [...first, 'mount /var/lib/docker', 'unit docker.service.d/volume.conf'],
    )
  })

test('where nobody says so, nothing is different', () => {
  const keeper = wanted(zookeeper, launched({}, ['vol-0aaaaaaaaaaaaaaaa']), 'm-1')
  assert.not.match(keeper.map(({ id }) => id).join(), /filesystem|mount|e2fsprogs/)
  assert.not.match(text(keeper, 'unit zookeeper.service'), /RequiresMountsFor/)
})

test('logs on the second disk, and Docker where it is told to be', () => {
  const ids = ['vol-0aaaaaaaaaaaaaaaa', 'vol-0bbbbbbbbbbbbbbbb']
  const keeper = wanted(zookeeper, launched({ zookeeper: { id: 1, volume: 1, logVolume: 2 } }, ids), 'm-1')
  assert.match(
    text(keeper, 'unit zookeeper.service'),
    /\nRequiresMountsFor=\/var\/lib\/zookeeper \/var\/lib\/zookeeper-log\n/,
  )
  const settings = { 'data-root': '/srv/docker' }
  const engine = wanted(docker, launched({ docker: { volume: 1, settings } }, ids), 'm-1')
  assert.match(engine.map(({ id }) => id).join(), /mount \/srv\/docker,unit docker\.service\.d\/volume\.conf/)
})

for (const volumes of [undefined, [], ['', 'vol-0bbbbbbbbbbbbbbbb']])
  test(`the ledger says ${JSON.stringify(volumes)} of volumes: it is said what to do`, () => {
    assert.throws(
      () => wanted(zookeeper, launched({ zookeeper: { id: 1, volume: 1 } }, volumes), 'm-1'),
      /^the instance has no volume 1 in the file of instances: provision refresh asks the cloud$/,
    )
  })

const WRONG: readonly (readonly [vars: object, volumes: readonly object[], says: string])[] = [
  [
    { zookeeper: { id: 1, volume: 2 } },
    [{ gb: 50 }],
    'hosts.m-1.vars.zookeeper.volume: is 2, and "cloud" gives the host 1 of "volumes" only',
  ],
  [{ docker: { volume: 1 } }, [], 'hosts.m-1.vars.docker.volume: is 1, and "cloud" gives the host no "volumes"'],
  [
    { docker: { volume: '/srv/disk' } },
    [{ gb: 50 }],
    'hosts.m-1.vars.docker.volume: must be an id like vol-0123456789abcdef0, or a path below /dev, not "/srv/disk"',
  ],
]
for (const [vars, volumes, says] of WRONG)
  test(`a mistake: ${says}`, () =>
    assert.is(
      mistakesOf(() => read(inventory(vars, volumes))),
      `inventory.json has 1 mistake:\n  ${says.replace(': ', '   ')}`,
    ))

test('a host of no cloud has no numbers', () => {
  const one = { address: '10.0.0.1', roles: ['docker'], vars: { docker: { volume: 1 } } }
  assert.match(
    mistakesOf(() => read({ hosts: { s: one } })),
    /docker\.volume +is the number of a volume, which only hosts of the cloud have/,
  )
})

test.run()
