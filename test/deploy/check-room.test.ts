import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseAgents } from '../../src/clients/mesos/answers.ts'
import { type Agent, takingTasks } from '../../src/deploy/agents.ts'
import { eligible, mostPerAgent, roomFor } from '../../src/deploy/check/room.ts'

const test = suite('deploy checks: room on the slaves')

const unique: Record<string, unknown> = { constraints: [['hostname', 'UNIQUE']] }

const agent = (host: string, cpus = 4, attributes: Record<string, string> = {}): Agent => ({
  host,
  attributes,
  free: { cpus, mem: 4096, disk: 10_000 },
})

// Room.
test("a master's agents", () => {
  const read = (answer: unknown) => takingTasks(parseAgents(answer).agents)
  const agents = read(JSON.parse(readFileSync(new URL('answers/mesos-slaves.json', import.meta.url), 'utf8')))
  assert.equal(agents, [
    {
      host: 'localhost',
      attributes: { rack: 'r1', zone: 'a' },
      whole: { cpus: 2, mem: 2048, disk: 4096 },
      ports: [[31000, 31100]],
      free: { cpus: 1.5, mem: 1984, disk: 4096 },
    },
  ])
  assert.equal(read({ slaves: [{ active: false }, { active: true, deactivated: true }] }), [])
  assert.throws(() => read({}), /^this is not what Mesos answers when it is asked for its agents/)
})

const rack = [agent('10.0.0.1', 2, { rack: 'r1' }), agent('10.0.0.2', 1, { rack: 'r2' })]
const places: readonly [what: string, app: Record<string, unknown>, hosts: number, most: number, room: number][] = [
  ['by cpus', { cpus: 0.5, mem: 10 }, 2, Number.POSITIVE_INFINITY, 6],
  ['by memory', { cpus: 0.001, mem: 2000 }, 2, Number.POSITIVE_INFINITY, 4],
  ["by Marathon's defaults", {}, 2, Number.POSITIVE_INFINITY, 3],
  ['UNIQUE', { cpus: 0.1, ...unique }, 2, 1, 1],
  ['MAX_PER', { cpus: 0.1, constraints: [['@hostname', 'MAX_PER', '3']] }, 2, 3, 5],
  ['LIKE', { cpus: 0.1, constraints: [['rack', 'LIKE', 'r[1]']] }, 1, Number.POSITIVE_INFINITY, 20],
  ['UNLIKE', { cpus: 0.1, constraints: [['rack', 'UNLIKE', 'r1']] }, 1, Number.POSITIVE_INFINITY, 10],
  [
    'IS, and by hostname',
    { cpus: 0.1, constraints: [['hostname', 'IS', '10.0.0.2']] },
    1,
    Number.POSITIVE_INFINITY,
    10,
  ],
  ['CLUSTER', { cpus: 0.1, constraints: [['rack', 'CLUSTER', 'r9']] }, 0, Number.POSITIVE_INFINITY, 0],
  ['a pattern that is none', { cpus: 1, constraints: [['rack', 'LIKE', '(']] }, 2, Number.POSITIVE_INFINITY, 3],
  ['required ports', { cpus: 0.1, requirePorts: true, portDefinitions: [{ port: 80 }] }, 2, 1, 1],
]
for (const [what, app, hosts, most, room] of places) {
  test(`room: ${what}`, () => {
    const running = new Map([['10.0.0.1', 1]])
    assert.equal([eligible(app, rack).length, mostPerAgent(app), roomFor(app, rack, running)], [hosts, most, room])
  })
}

test.run()
