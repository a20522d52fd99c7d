import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { CloudResult } from '../../src/cloud/events.ts'
import type { Ground } from '../../src/cloud/ground.ts'
import { type Declared, declared, launch } from '../../src/cloud/launch/launch.ts'
import { parseInventory } from '../../src/inventory/parse.ts'
import { groundIn, written } from '../support/cloud-ground.ts'
import { MemoryCloud } from '../support/memory-cloud.ts'
import { quickFolder } from '../support/quick-folder.ts'

export const folder = quickFolder('death')

export const inventory = (...names: readonly string[]) =>
  parseInventory(
    JSON.stringify({
      cloud: { aws: { cluster: 'dc1', type: 't3.small', subnets: ['subnet-a', 'subnet-b'], securityGroups: ['sg-1'] } },
      hosts: Object.fromEntries(names.map((name) => [name, { cloud: true, roles: [] }])),
    }),
    { path: join(folder, 'inventory.json'), roles: new Map() },
  )

export type Create = ReturnType<MemoryCloud['provider']>['create']

/** How the cloud takes orders from now on, given how it took them before. @returns what ends that */
export function orderedBy(cloud: MemoryCloud, how: (before: Create) => Create): () => void {
  const { provider } = cloud
  cloud.provider = () => {
    const whole = provider.call(cloud)
    return { ...whole, create: how((order) => whole.create(order)) }
  }
  return () => {
    cloud.provider = provider
  }
}

export type Work = (ground: Ground, hosts: readonly Declared[]) => Promise<readonly CloudResult[]>
export let runs = 0

/** A place of its own for one story: a cloud, and what is written down of it. */
export function story(...names: readonly string[]) {
  const cloud = new MemoryCloud()
  const place = join(folder, String(++runs))
  const cluster = inventory(...names)
  const run = (work: Work, of = cluster): Promise<readonly CloudResult[]> =>
    work(
      groundIn(place, { cluster: of, provider: cloud.provider(), transport: cloud.transport, settling: 500 }),
      declared(of.hosts),
    )
  const ledger = () => written(place).ledger.hosts
  return {
    cloud,
    run,
    ledger,
    forget: () => rmSync(place, { recursive: true }),
    journal: () => written(place).journal.hosts(),
  }
}

export const launching: Work = (ground, hosts) => launch(ground, hosts, false)
export const outcomes = (results: readonly CloudResult[]) => results.map(({ outcome }) => outcome)
