import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Agent } from '../../src/deploy/agents.ts'
import { shiftsOf, together } from '../../src/deploy/balance/shifts.ts'
import { app as anApp, task } from '../support/apps.ts'

const test = suite('deploy: what balance would move')

const agent = (host: string, cpus = 4, attributes: Readonly<Record<string, string>> = {}): Agent => ({
  host,
  attributes,
  free: { cpus, mem: 4096, disk: 1000 },
})
/** `aab`: two tasks on a, one on b. */
const tasksOn = (hosts: string) => [...hosts].map((host, i) => task(`t${i}`, host))
const SMALL = { cpus: 1, mem: 128 }
const rack = (host: string, at: string): Agent => agent(host, 4, { rack: at })

for (const [what, hosts, agents, more, moves, all] of [
  ['no task', '', [agent('a'), agent('b')], {}, '', undefined],
  ['one task', 'a', [agent('a'), agent('b')], {}, '', undefined],
  ['two on one of two', 'aa', [agent('a'), agent('b')], {}, 'ab', 'a'],
  ['one on each', 'ab', [agent('a'), agent('b')], {}, '', undefined],
  ['three: two and one are even', 'aab', [agent('a'), agent('b')], {}, '', undefined],
  ['four on one of two', 'aaaa', [agent('a'), agent('b')], {}, 'ab ab', 'a'],
  ['six on one of three', 'aaaaaa', [agent('a'), agent('b'), agent('c')], {}, 'ac ab ac ab', 'a'],
  ['two and two of three', 'aabb', [agent('a'), agent('b'), agent('c')], {}, 'ac', undefined],
  ['the other one is full', 'aa', [agent('a'), agent('b', 0.5)], {}, '', undefined],
  ['the other one has room for one', 'aaaa', [agent('a'), agent('b', 1)], {}, 'ab', 'a'],
  ['the other one takes no tasks', 'aa', [agent('a')], {}, '', undefined],
  ['some are where nobody looks', 'aazz', [agent('a'), agent('b')], {}, 'ab', undefined],
  [
    'at most three on a slave',
    'aaab',
    [agent('a'), agent('b')],
    { constraints: [['hostname', 'MAX_PER', '3']] },
    'ab',
    undefined,
  ],
  ['only there', 'aa', [agent('a'), agent('b')], { constraints: [['hostname', 'LIKE', 'a']] }, '', undefined],
  ['not there', 'aa', [agent('a'), agent('b'), agent('c')], { constraints: [['hostname', 'UNLIKE', 'c']] }, 'ab', 'a'],
  [
    'all on the host of the first',
    'aa',
    [agent('a'), agent('b')],
    { constraints: [['hostname', 'CLUSTER']] },
    '',
    undefined,
  ],
  [
    'all in the rack of the first',
    'aa',
    [rack('a', '1'), rack('b', '2'), rack('c', '1')],
    { constraints: [['rack', 'CLUSTER']] },
    'ac',
    'a',
  ],
  [
    'two in a rack',
    'aa',
    [rack('a', '1'), rack('b', '1'), rack('c', '2')],
    { constraints: [['rack', 'MAX_PER', '2']] },
    'ac',
    'a',
  ],
  [
    'one in each of two groups, and one more would wait',
    'ab',
    [rack('a', '1'), rack('b', '2'), rack('c', '3')],
    { constraints: [['rack', 'GROUP_BY', '2']] },
    '',
    undefined,
  ],
  [
    'a fixed port',
    'a',
    [agent('a'), agent('b')],
    { portDefinitions: [{ port: 80 }], requirePorts: true },
    '',
    undefined,
  ],
  [
    'data that stays',
    'aa',
    [agent('a'), agent('b')],
    { container: { volumes: [{ persistent: { size: 1 } }] } },
    '',
    undefined,
  ],
] as const)
  test(`what is moved: ${what}`, () => {
    const app = anApp(tasksOn(hosts), { definition: { ...SMALL, ...more } })
    const shifts = shiftsOf(app, agents)
    assert.is(shifts.map(({ from, to }) => `${from}${to}`).join(' '), moves)
    assert.is(together(app, agents), all)
  })

test.run()
