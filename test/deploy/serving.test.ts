import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Held } from '../../src/clients/hold.ts'
import type { MarathonTask } from '../../src/clients/marathon-answers.ts'
import { type Backend, entranceOf, type Served, served, serverOf, wrongAt } from '../../src/deploy/rollout/serving.ts'

const test = suite('deploy serving')

for (const [id, app, server] of [
  ['web.instance-8c44c806-e661-11f1-87f4-193e2279135e._app.1', {}, 't_8c44c806_1'],
  ['web.instance-8c44c806-e661-11f1-87f4-193e2279135e._app.12', {}, 't_8c44c806_12'],
  ['grp_web.instance-8c44c806-e661-11f1-87f4-193e2279135e._app.1', { labels: { 'lb.port': '2' } }, 't_8c44c806_1_p2'],
  [
    'web.instance-8c44c806-e661-11f1-87f4-193e2279135e._app.1',
    { labels: { 'lb.port': 'admin' }, container: { portMappings: [{ name: 'http' }, { name: 'admin' }] } },
    't_8c44c806_1_p1',
  ],
] as const) {
  test(`${id} is ${server}`, () => assert.is(serverOf(id, app), server))
}

const enable = { 'lb.enable': 'true' }
for (const [what, app, entrance] of [
  ['no load balancer', { labels: {} }, undefined],
  ['nothing said', { labels: enable }, { host: 'localhost', path: '/' }],
  [
    'a check, which is not what its users ask for',
    { labels: enable, healthChecks: [{ protocol: 'TCP' }, { protocol: 'MESOS_HTTP', path: '/healthz' }] },
    { host: 'localhost', path: '/' },
  ],
  [
    'its labels',
    { labels: { ...enable, 'lb.host': 'www.example.com, example.com', 'lb.check': '/up' } },
    { host: 'www.example.com', path: '/' },
  ],
  ['a port of its own', { labels: { ...enable, 'lb.tcp': '5432' } }, { port: 5432 }],
  ['its prefix', { labels: { ...enable, 'lb.path': '/api', 'lb.check': '/up' } }, { host: 'localhost', path: '/api' }],
] as const) {
  test(`the way in: ${what}`, () => assert.equal(entranceOf(app), entrance))
}

for (const [what, is, entrance, says] of [
  ['a status below 500', 404, { host: 'a.example', path: '/x' }, undefined],
  ['a status of 500 and more', 503, { host: 'a.example', path: '/x' }, 'answers 503 to GET /x'],
  ['a connection that lasts', 'held', { port: 5432 }, undefined],
  ['a connection that is closed', 'closed', { port: 5432 }, 'closes connections to port 5432 at once'],
  ['no connection', 'refused', { port: 5432 }, 'does not listen on port 5432'],
] as const) {
  test(`what is wrong with an app at a HAProxy: ${what}`, async () => {
    const balancer = { get: async () => Number(is), connect: async () => is as Held }
    assert.is((await wrongAt(balancer, entrance))?.says, says)
  })
}

const task = (n: number): MarathonTask => ({
  id: `web.instance-0000000${n}-e661-11f1-87f4-193e2279135e._app.1`,
  host: '10.0.0.21',
  slaveId: 'S',
  state: 'TASK_RUNNING',
  version: 'v',
  healthy: true,
  ports: [31000],
})
const row = (n: number, up = true, passes: boolean | undefined = up) => ({
  name: `t_0000000${n}_1`,
  status: up ? 'UP' : 'DOWN',
  up,
  passes,
})
const unchecked = (n: number) => ({ ...row(n), passes: undefined })
const web = (...servers: Backend['servers']): readonly Backend[] => [{ name: 'be_web', servers }]
const tasks = [1, 2, 3].map(task)
const states: readonly (readonly [
  what: string,
  stats: readonly Backend[],
  local: readonly number[],
  is: Served['is'],
  says: string,
])[] = [
  ['all of its own', web(row(1), row(2), row(3)), [1, 2], 'ok', 'sends to 2 of 2 tasks on its slave'],
  ['others are not rendered', web(row(1), row(2)), [1, 2], 'ok', 'sends to 2 of 2 tasks on its slave'],
  ['one is missing', web(row(1)), [1, 2], 'late', 'does not know 1 of 2 tasks on its slave yet'],
  ['one is down', web(row(1), row(2, false)), [1, 2], 'down', 'finds 1 of 2 tasks on its slave down'],
  [
    'one is not checked yet: HAProxy calls it up',
    web(row(1), unchecked(2)),
    [1, 2],
    'late',
    'has not checked 1 of 2 tasks on its slave yet',
  ],
  [
    'one whose first check failed: HAProxy calls it up until the second does',
    web(row(1), { ...row(2), status: 'UP 1/2' }),
    [1, 2],
    'late',
    'has not checked 1 of 2 tasks on its slave yet',
  ],
  ['without a check', web({ ...unchecked(1), status: 'no check' }), [1], 'ok', 'sends to 1 of 1 tasks on its slave'],
  ['an old one serves', web(row(1), row(2), row(9)), [1, 2], 'late', 'still knows 1 task of before'],
  ['an old one that is down', web(row(1), row(2), row(9, false)), [1, 2], 'ok', 'sends to 2 of 2 tasks on its slave'],
  [
    'the servers of another app',
    [...web(row(1)), { name: 'be_other', servers: [row(9)] }],
    [1],
    'ok',
    'sends to 1 of 1 tasks on its slave',
  ],
  ['none of its own, others as backups', web(row(1)), [], 'ok', 'has no task on its slave, and sends to others'],
  ['none of its own, none at all', [], [], 'ok', 'has no task on its slave'],
]
for (const [what, stats, local, is, says] of states)
  test(what, () =>
    assert.equal(
      served(
        stats,
        {},
        tasks,
        local.map((n) => tasks[n - 1] as MarathonTask),
      ),
      { is, says },
    ),
  )

test.run()
