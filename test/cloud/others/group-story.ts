import { rmSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { balance } from '../../../src/cloud/balancers/attach.ts'
import type { CloudResult } from '../../../src/cloud/events.ts'
import type { Ground, Service } from '../../../src/cloud/ground.ts'
import { refresh } from '../../../src/cloud/ledger/refresh.ts'
import type { Hook } from '../../../src/cloud/others/groups.ts'
import { letGo, letServe } from '../../../src/cloud/others/lifecycle.ts'
import { GROUP_TAG } from '../../../src/cloud/others/members.ts'
import { parseInventory } from '../../../src/inventory/parse.ts'
import { defineRecipe, defineRole } from '../../../src/model/define-recipe.ts'
import { ACCOUNT, groundIn, written } from '../../support/cloud-ground.ts'
import { MemoryCloud } from '../../support/memory-cloud.ts'
import { HOOKS } from '../../support/memory-groups.ts'
import { Killed } from '../../support/memory-machines.ts'
import { quickFolder } from '../../support/quick-folder.ts'

const folder = quickFolder('groups')
process.on('exit', () => rmSync(folder, { recursive: true }))

const worker = defineRecipe({
  name: 'worker',
  attributes: v.object({}),
  resources: () => [],
  rolling: { services: ['worker'], unavailable: () => 1, before: async () => {}, after: async () => {} },
})
const roles = new Map([['web', defineRole({ name: 'web', recipes: [worker] })]])
/** The target group of its members. */
export const TARGETS = 'arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/web/0123456789abcdef'
const FILE = JSON.stringify({
  cloud: { aws: { cluster: 'dc1' } },
  roles: { web: { cloud: { discover: { group: 'web' }, balancers: [TARGETS] } } },
  hosts: { other: { address: '10.0.8.1', roles: ['web'] } },
})

type Work = (ground: Ground) => Promise<readonly CloudResult[]>
let stories = 0

/** A group with members, and rounds as `provision --refresh` goes them; who takes hosts out of service is a stand-in. */
export function story({ hooks = HOOKS, no = {} }: { hooks?: readonly Hook[]; no?: Record<string, string> } = {}) {
  const cloud = new MemoryCloud()
  cloud.groups.make('web', { hooks })
  const place = join(folder, String(++stories))
  const log: string[] = []
  const out = new Set<string>()
  const service: Service = {
    async out(_, hosts) {
      await new Promise((resolve) => setTimeout(resolve, 15))
      if (cloud.dead) throw new Killed()
      for (const host of hosts) if (no[host] === undefined) out.add(host)
      return new Map(hosts.flatMap((host) => (no[host] === undefined ? [] : [[host, no[host]]])))
    },
    back: async () => new Map(),
    idle: async () => [],
  }
  const known = () => written(place).ledger.hosts
  const hosts = () =>
    parse()
      .hosts.filter(({ discovered }) => discovered)
      .map(({ name }) => name)
  const parse = () => {
    const ledger = { ...ACCOUNT, hosts: known(), ended: {} }
    return parseInventory(FILE, { path: join(folder, 'inventory.json'), roles, ledger })
  }
  const run = (work: Work): Promise<readonly CloudResult[]> =>
    work(
      groundIn(place, {
        cluster: parse(),
        provider: cloud.provider(),
        transport: cloud.transport,
        service,
        pace: 2,
        tell: (event) => {
          if (event.event === 'warning') log.push(event.text)
          if (event.event === 'end' && event.outcome !== 'there') log.push(`${event.host} ${event.outcome}`)
        },
      }),
    )
  /** What a round does, with all hosts green but those that are named. */
  const round = async (red: readonly string[] = []): Promise<void> => {
    await run((ground) => refresh(ground, false))
    const green = hosts().filter((name) => !red.includes(name))
    await run((ground) => balance(ground, green))
    await run((ground) => letServe(ground, green))
    await run(letGo)
  }
  const starts = (id: string): void => {
    cloud.others(id, { [GROUP_TAG]: 'web' })
    cloud.groups.joins('web', id)
  }
  const members = () =>
    [...(cloud.groups.all.get('web')?.members ?? [])].map(([id, { state, waits }]) => `${id} ${state} ${waits}`)
  return { cloud, log, out, run, round, starts, members, ledger: known, hosts }
}
