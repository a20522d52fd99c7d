import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { frontOf } from '../../../src/cli/kit/cloud/front.ts'
import type { InventoryHost } from '../../../src/model/host.ts'

// Which hosts leave their balancers before a turn interrupts them. That every command asks is seen to by types: no run
// begins without saying what stands before the hosts.
const test = suite('in front of hosts')

const host = (balancers: readonly string[], attached?: readonly string[]): InventoryHost =>
  ({
    name: 's-1',
    ...(balancers.length > 0 ? { cloud: { balancers } } : {}),
    ...(attached ? { attached } : {}),
  }) as unknown as InventoryHost

const HOSTS: readonly (readonly [what: string, host: InventoryHost, behind: boolean])[] = [
  ['one of no cloud', host([]), false],
  ['one that never was a target', host(['g']), false],
  ['a target', host(['g'], ['g']), true],
  ['a target of what the inventory no longer names', host([], ['g']), true],
  ['one that an interrupted run was taking out', host(['g'], []), true],
  ['one that has left for good', host([], []), false],
]
for (const [what, of, behind] of HOSTS)
  test(`${what}: ${behind ? 'leaves first' : 'nothing is asked'}`, () =>
    assert.is(frontOf([of], {}, {} as never) !== undefined, behind))

test('hosts beside those behind balancers open no cloud', async () => {
  const front = frontOf([host(['g'], ['g'])], { inventory: '/proc/nowhere' } as never, { cwd: '/' } as never)
  const other = { ...host([]), name: 'm-1' }
  await front?.leave(other, () => {})
  await front?.join(other, () => {})
})

test.run()
