import { rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import * as v from 'valibot'
import { start, stop } from '../../src/cloud/ending/power.ts'
import { terminate } from '../../src/cloud/ending/terminate.ts'
import type { CloudResult } from '../../src/cloud/events.ts'
import type { Ground, Service } from '../../src/cloud/ground.ts'
import { declared, launch } from '../../src/cloud/launch/launch.ts'
import type { Ledger } from '../../src/inventory/cloud/ledger.ts'
import { parseInventory } from '../../src/inventory/parse.ts'
import { defineRecipe, defineRole } from '../../src/model/define-recipe.ts'
import { ACCOUNT, groundIn, written } from '../support/cloud-ground.ts'
import { MemoryCloud } from '../support/memory-cloud.ts'
import { quickFolder } from '../support/quick-folder.ts'

// Hosts are taken out of service before they end, and brought back when they start; who does that is a stand-in that
// writes down what it is asked, and who is refused.
const test = suite('ending')
const folder = quickFolder('ending')
test.after(() => rmSync(folder, { recursive: true }))

const recipe = (name: string, more: object = {}) =>
  defineRecipe({ name, attributes: v.object({}), resources: () => [], ...more })
const worker = recipe('worker', {
  rolling: { services: ['worker'], unavailable: () => 1, before: async () => {}, after: async () => {} },
})
const roles = new Map([
  ['slave', defineRole({ name: 'slave', recipes: [worker, recipe('consul')] })],
  ['plain', defineRole({ name: 'plain', recipes: [] })],
])

const ssh = { hostKeyCheck: 'strict' }
const inventory = (hosts: Readonly<Record<string, string>>, known: Ledger['hosts']) =>
  parseInventory(
    JSON.stringify({
      cloud: { aws: { cluster: 'dc1', type: 't3.small', subnets: ['subnet-a'], securityGroups: ['sg-1'] } },
      hosts: Object.fromEntries(
        Object.entries(hosts).map(([name, role]) => [name, { cloud: true, roles: [role], ssh }]),
      ),
    }),
    { path: join(folder, 'inventory.json'), roles, ledger: { ...ACCOUNT, hosts: known, ended: {} } },
  )
const ALL = { 's-1': 'slave', 's-2': 'slave', 's-3': 'slave', p: 'plain' }

let stories = 0

/** A cluster that runs. `no`: why the others cannot take what a host does; `before`: taken out already, by hand. */
async function story({ no = {}, before = [] }: { no?: Record<string, string>; before?: string[] } = {}) {
  const cloud = new MemoryCloud()
  const place = join(folder, String(++stories))
  const log: string[] = []
  const consul = createServer((request, response) => {
    log.push(`${request.method} ${request.url}`)
    response.end()
  })
  await new Promise<void>((resolve) => void consul.listen(0, '127.0.0.1', resolve))
  cloud.dial = async (host) => {
    log.push(`consul of ${host}`)
    return connect((consul.address() as AddressInfo).port, '127.0.0.1')
  }
  const service: Service = {
    async out(cluster, hosts, { leaves, say }) {
      for (const host of hosts) {
        const { address, ssh } = cluster.host(host)
        assert.ok(address !== '' && ssh.hostKey !== undefined, `${host} can be reached`)
        log.push(`${host} out`)
        if (!before.includes(host)) leaves(host)
        say(host, '1 task to end')
      }
      return new Map(hosts.flatMap((host) => (no[host] === undefined ? [] : [[host, no[host]]])))
    },
    async back(cluster, hosts) {
      for (const host of hosts) log.push(`${host} back at ${cluster.host(host).address}`)
      return new Map()
    },
    idle: async () => [],
  }
  const ledger = () => written(place).ledger
  const run = async (
    work: (ground: Ground) => Promise<readonly CloudResult[]>,
    hosts: Record<string, string> = ALL,
  ) => {
    const cluster = inventory(hosts, ledger().hosts)
    const results = await work(
      groundIn(place, {
        cluster,
        provider: cloud.provider(),
        transport: cloud.transport,
        service,
        settling: 500,
        tell: (event) => {
          if (event.event === 'warning') log.push(event.text)
          if (event.event === 'step' && / is (ended|stopped)$/.test(event.text)) log.push(`${event.host} ends`)
        },
      }),
    )
    return Object.fromEntries(results.map(({ host, outcome, text: words }) => [host, `${outcome} ${words}`]))
  }
  await run((ground) => launch(ground, declared(ground.cluster.hosts), false))
  return { log, run, ledger, close: () => consul.close() }
}

const some = (names: readonly string[]) => (ground: Ground) =>
  declared(ground.cluster.hosts).filter(({ name }) => names.includes(name))

interface Case {
  readonly what: string
  readonly end: 'terminate' | 'stop'
  readonly hosts: readonly string[]
  /** Those that the inventory still has. */
  readonly declared?: Record<string, string>
  readonly allow?: readonly string[]
  readonly no?: Record<string, string>
  readonly log: readonly string[]
  readonly outcomes: Readonly<Record<string, RegExp>>
}

const leaves = (host: string): readonly string[] => [`consul of ${host}`, 'PUT /v1/agent/leave']
const { 's-3': _, ...without } = ALL

const CASES: readonly Case[] = [
  {
    what: 'a declared one is drained and leaves Consul, then it ends',
    end: 'terminate',
    hosts: ['s-1'],
    log: ['s-1 out', ...leaves('s-1'), 's-1 ends'],
    outcomes: { 's-1': /^ended/ },
  },
  {
    what: 'one that is no longer declared is drained as its like',
    end: 'terminate',
    hosts: ['s-3'],
    declared: without,
    log: ['s-3 out', ...leaves('s-3'), 's-3 ends'],
    outcomes: { 's-3': /^ended/ },
  },
  {
    what: 'where the others have no room, it stays',
    end: 'terminate',
    hosts: ['s-1', 'p'],
    no: { 's-1': 'no other agent could take one of /app' },
    log: ['s-1 out', 'p ends'],
    outcomes: { 's-1': /^refused no other agent could take one of \/app/, p: /^ended/ },
  },
  {
    what: 'as it is, where that is allowed',
    end: 'terminate',
    hosts: ['s-1'],
    allow: ['undrained'],
    log: ['s-1 ends'],
    outcomes: { 's-1': /^ended/ },
  },
  {
    what: 'one of no role that serves',
    end: 'terminate',
    hosts: ['p'],
    log: ['p ends'],
    outcomes: { p: /^ended/ },
  },
  {
    what: 'a stop drains',
    end: 'stop',
    hosts: ['s-2'],
    log: ['s-2 out', ...leaves('s-2'), 's-2 ends'],
    outcomes: { 's-2': /^stopped/ },
  },
  {
    what: 'where it cannot, it runs on',
    end: 'stop',
    hosts: ['s-2'],
    no: { 's-2': 'no room' },
    log: ['s-2 out'],
    outcomes: { 's-2': /^refused no room/ },
  },
]
for (const { what, end, hosts, declared: left = ALL, allow = [], no = {}, log: expected, outcomes } of CASES)
  test(`${end}: ${what}`, async () => {
    const { log, run, close } = await story({ no })
    const results = await run(
      (ground) =>
        end === 'terminate'
          ? terminate(ground, { hosts, allow, dry: false })
          : stop(ground, { hosts: some(hosts)(ground), allow, dry: false }),
      left,
    )
    close()
    assert.equal(log, expected)
    for (const [host, outcome] of Object.entries(outcomes)) assert.match(results[host] ?? 'none', outcome)
  })

test('for the night all are stopped, and nobody is left to drain to; in the morning they start', async () => {
  const { log, run, ledger, close } = await story()
  await run((ground) => stop(ground, { hosts: declared(ground.cluster.hosts), allow: [], dry: false }))
  assert.equal(
    log.filter((line) => line.endsWith(' out')),
    [],
  )
  await run((ground) => start(ground, { hosts: declared(ground.cluster.hosts), allow: [], dry: false }))
  close()
  assert.equal(
    Object.values(ledger().hosts).map(({ state, away }) => [state, away]),
    Array.from({ length: 4 }, () => ['running', undefined]),
  )
})

for (const [what, before, back] of [
  ['what the stop took out of service, the start brings back', [], ['s-1 back at 10.0.0.1']],
  ['what somebody had drained before stays drained', ['s-1'], []],
] as const)
  test(what, async () => {
    const { log, run, ledger, close } = await story({ before: [...before] })
    await run((ground) => stop(ground, { hosts: some(['s-1'])(ground), allow: [], dry: false }))
    log.length = 0
    const started = await run((ground) => start(ground, { hosts: some(['s-1'])(ground), allow: [], dry: false }))
    close()
    assert.match(started['s-1'] ?? '', /^started/)
    assert.equal(log, back)
    assert.is(ledger().hosts['s-1']?.away, undefined)
  })

test.run()
