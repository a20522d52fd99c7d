import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Agent } from '../../src/deploy/agents.ts'
import { findings } from '../../src/deploy/check/findings.ts'
import type { Surroundings } from '../../src/deploy/check/rule.ts'

const test = suite('deploy checks')

const good = {
  id: '/web',
  instances: 4,
  cpus: 0.5,
  mem: 256,
  args: ['/app/prestop.sh', 'puma'],
  container: { type: 'DOCKER', docker: { image: 'web:1' }, portMappings: [{ containerPort: 3000, name: 'http' }] },
  labels: { 'lb.enable': 'true' },
  healthChecks: [{ protocol: 'MESOS_HTTP', path: '/healthz', maxConsecutiveFailures: 3 }],
  taskKillGracePeriodSeconds: 40,
  upgradeStrategy: { minimumHealthCapacity: 1, maximumOverCapacity: 0.5 },
}
const image = (name: string): object => ({ container: { ...good.container, docker: { image: name } } })
const strategy = (least: number, over: number): object => ({
  upgradeStrategy: { minimumHealthCapacity: least, maximumOverCapacity: over },
})
const unique: Record<string, unknown> = { constraints: [['hostname', 'UNIQUE']] }

const agent = (host: string, cpus = 4, attributes: Record<string, string> = {}): Agent => ({
  host,
  attributes,
  free: { cpus, mem: 4096, disk: 10_000 },
})
const slaves = (n: number): Surroundings => ({ slaves: n })

const rows: readonly [what: string, change: object, found: readonly (string | RegExp)[], around?: Surroundings][] = [
  ['nothing', {}, []],
  ['GROUP_BY without a number', { constraints: [['rack', 'GROUP_BY']] }, ['refuse group-by constraints[0]']],
  [
    'GROUP_BY with a number, after another',
    {
      constraints: [
        ['hostname', 'MAX_PER', '4'],
        ['rack', 'group_by', '2'],
      ],
    },
    ['refuse group-by constraints[1]'],
  ],
  ['over-capacity 1', strategy(1, 1), ['refuse over-capacity upgradeStrategy.maximumOverCapacity']],
  [
    'no upgradeStrategy at all',
    { upgradeStrategy: undefined },
    ['refuse over-capacity upgradeStrategy.maximumOverCapacity'],
  ],
  ['over-capacity 0.5', strategy(1, 0.5), []],
  ['nothing may be stopped, nothing started', strategy(1, 0), ['refuse deadlock upgradeStrategy']],
  ['one in four may be stopped', strategy(0.75, 0), []],
  ['one in five may be stopped, of four', strategy(0.8, 0), ['refuse deadlock upgradeStrategy']],
  ['half may be stopped, of one', { ...strategy(0.5, 0), instances: 1 }, ['refuse deadlock upgradeStrategy']],
  ['no instances', { ...strategy(1, 0), instances: 0 }, []],
  ['UNIQUE, a slave too few', unique, ['refuse deadlock constraints'], slaves(3)],
  ['UNIQUE on all slaves', unique, ['refuse deadlock constraints'], slaves(4)],
  ['UNIQUE on all slaves, but one may be stopped', { ...unique, ...strategy(0.5, 0) }, [], slaves(4)],
  ['UNIQUE with a slave to spare', unique, [], slaves(5)],
  [
    'two on each, all taken',
    { constraints: [['hostname', 'MAX_PER', '2']] },
    ['refuse deadlock constraints'],
    slaves(2),
  ],
  ['two on each, room for two', { constraints: [['hostname', 'MAX_PER', '2']] }, [], slaves(3)],
  [
    'a fixed port is like UNIQUE',
    { container: { ...good.container, portMappings: [{ containerPort: 80, hostPort: 80 }] } },
    ['refuse deadlock constraints'],
    slaves(4),
  ],
  [
    'UNIQUE, on slaves of a rack only',
    {
      constraints: [
        ['hostname', 'UNIQUE'],
        ['rack', 'LIKE', 'r1'],
      ],
    },
    ['refuse deadlock constraints'],
    {
      slaves: 6,
      agents: ['a', 'b', 'c', 'd', 'e', 'f'].map((host, i) => agent(host, 4, { rack: i < 4 ? 'r1' : 'r2' })),
    },
  ],
  [
    'no slave has room for one more',
    {},
    ['refuse deadlock upgradeStrategy'],
    {
      slaves: 2,
      agents: [agent('a', 0.4), agent('b', 0.2)],
      running: new Map([
        ['a', 2],
        ['b', 2],
      ]),
    },
  ],
  [
    'as many run on each slave as may',
    {
      instances: 3,
      constraints: [['hostname', 'MAX_PER', '2']],
    },
    ['refuse deadlock constraints'],
    {
      slaves: 2,
      agents: [agent('a', 4), agent('b', 4)],
      running: new Map([
        ['a', 2],
        ['b', 2],
      ]),
    },
  ],
  [
    '… which a first version does not mind',
    {},
    [],
    { slaves: 2, agents: [agent('a', 0.4), agent('b', 0.2)], running: new Map() },
  ],
  [
    '… nor one that may stop an old task first',
    strategy(0.5, 0),
    [],
    { slaves: 1, agents: [agent('a', 0.4)], running: new Map([['a', 4]]) },
  ],
  ['grace shorter than the pre-stop', { taskKillGracePeriodSeconds: 5 }, ['refuse grace taskKillGracePeriodSeconds']],
  ['grace as long as the pre-stop', { taskKillGracePeriodSeconds: 10 }, ['refuse grace taskKillGracePeriodSeconds']],
  ['a longer pre-stop by env', { env: { PRESTOP: '60' } }, ['refuse grace taskKillGracePeriodSeconds']],
  [
    'a pre-stop in cmd',
    { args: undefined, cmd: "puma & p=$!\ntrap 'sleep 45; kill $p' TERM\nwait" },
    ['refuse grace taskKillGracePeriodSeconds'],
  ],
  ['no grace, with a pre-stop', { taskKillGracePeriodSeconds: undefined }, ['refuse grace taskKillGracePeriodSeconds']],
  [
    'no grace, no pre-stop',
    { taskKillGracePeriodSeconds: undefined, args: ['puma'] },
    ['warn kill-grace taskKillGracePeriodSeconds', 'warn prestop args'],
  ],
  [
    'a check of Mesos that kills at the first failure',
    { healthChecks: [{ protocol: 'MESOS_HTTP', maxConsecutiveFailures: 0 }] },
    ['refuse check-failures healthChecks[0].maxConsecutiveFailures'],
  ],
  [
    'a check of Marathon that never kills',
    { healthChecks: [{ protocol: 'HTTP', maxConsecutiveFailures: 0 }] },
    ['warn marathon-checks healthChecks'],
  ],
  [
    'checks of both kinds',
    { healthChecks: [{ protocol: 'MESOS_HTTP' }, { protocol: 'TCP' }] },
    ['refuse mixed-checks healthChecks'],
  ],
  [
    'COMMAND is a check of Mesos',
    { healthChecks: [{ protocol: 'MESOS_HTTP' }, { protocol: 'COMMAND', command: { value: 'true' } }] },
    [],
  ],
  ['HTTP is the default, and of Marathon', { healthChecks: [{ path: '/' }] }, ['warn marathon-checks healthChecks']],
  ['no check', { healthChecks: [] }, ['refuse no-check healthChecks']],
  ['no check, but no load balancer either', { healthChecks: [], labels: {} }, []],
  ['the tag latest', image('registry:5000/web:latest'), ['refuse latest container.docker.image']],
  ['no tag', image('registry:5000/web'), ['refuse latest container.docker.image']],
  ['a digest', image(`web@sha256:${'a'.repeat(64)}`), []],
  ['a tag that only looks like it', image('web:latest-1'), []],
  ['no pre-stop', { args: ['puma'] }, ['warn prestop args']],
  ['no pre-stop, no load balancer', { args: ['puma'], labels: {} }, []],
  ['cmd under sh', { args: undefined, cmd: 'puma -p 3000', env: { PRESTOP: '10' } }, ['warn shell cmd']],
  ['cmd with exec', { args: undefined, cmd: 'exec /app/prestop.sh puma' }, []],
  ['no port', { container: { type: 'DOCKER', docker: { image: 'web:1' } } }, ['refuse lb-port container.portMappings']],
  [
    'a port that there is not',
    { labels: { 'lb.enable': 'true', 'lb.port': 'https' } },
    ['refuse lb-port labels["lb.port"]'],
  ],
  ['a port by name', { labels: { 'lb.enable': 'true', 'lb.port': 'http' } }, []],
  ['a port by index', { labels: { 'lb.enable': 'true', 'lb.port': '0' } }, []],
  ['an index too far', { labels: { 'lb.enable': 'true', 'lb.port': '1' } }, ['refuse lb-port labels["lb.port"]']],
  [
    'fewer tasks than slaves, where each answers from its own only',
    {},
    ['warn no-local-task instances'],
    { slaves: 10, strict: 5 },
  ],
  ['enough of them', {}, [], { slaves: 10, strict: 4 }],
  ['an id that is the group of another app', {}, ['refuse group id'], { ...slaves(10), ids: ['/web/api', '/web'] }],
  ['… in a group that is an app', { id: '/web/api' }, ['refuse group id'], { ...slaves(10), ids: ['/web'] }],
  ['an id that begins like another', {}, [], { ...slaves(10), ids: ['/web-api', '/we'] }],
  ['lb.enable that enables nothing', { labels: { 'lb.enable': 'yes' } }, ['refuse lb-label labels["lb.enable"]']],
]

for (const [what, change, found, around = slaves(10)] of rows) {
  test(what, () => {
    const app = { ...good, ...change }
    const seen = findings(app, around)
    assert.equal(
      seen.map(({ level, name, path }) => `${level} ${name} ${path}`),
      found,
    )
    for (const { message } of seen) assert.match(message, /^[^A-Z]*.{40,}[.)]$/s, message)
  })
}

test('each name is refused by one rule, and says what to do', () => {
  const sentence = (change: object, around: Surroundings = slaves(4)): string =>
    findings({ ...good, ...change }, around)[0]?.message ?? ''
  assert.match(
    sentence(unique),
    /all 4 places \(4 slaves, at most 1 on each\) are taken by the old tasks.*Set upgradeStrategy to \{"minimumHealthCapacity": 0\.5, "maximumOverCapacity": 0\}/,
  )
  assert.match(sentence(unique, slaves(3)), /^4 instances have no room on 3 slaves with at most 1 on each/)
  assert.match(
    sentence({ taskKillGracePeriodSeconds: 10 }),
    /^10 s are not longer than the pre-stop of 10 s.*Set it to 40/,
  )
})

test.run()
