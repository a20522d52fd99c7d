import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { mesosMaster } from '../../recipes/mesos-master.ts'
import { compile } from '../../src/engine/observe/compile.ts'
import type { Step } from '../../src/model/plan.ts'
import type { Cluster } from '../../src/model/recipe.ts'
import { Secret } from '../../src/shell/secret.ts'
import { fakeNet, type Peers, paths } from '../support/fake-net.ts'
import type { Asked, Said } from '../support/http-peer.ts'
import {
  clusterOf,
  contentsOf,
  hostOf,
  mistakesOf,
  propsOf,
  RELEASES,
  restartsOn,
  SOURCES,
  stack,
  text,
  wanted,
} from './support.ts'

process.env.TEST_OPS = 'ops-s3cret'
process.env.TEST_AGENT = 'agent-s3cret'
process.env.TEST_QUOTE = 'with"quote'
const test = suite('recipes/mesos-master')
const ENV = 'file /etc/mesos/master.env'
const recorded = (name: string): string =>
  readFileSync(new URL(`../clients/answers/mesos/${name}.txt`, import.meta.url), 'utf8')
const env = (cluster: Cluster, host = 'm-1') => text(wanted(mesosMaster, cluster, host), ENV)
const vars = (own: object) => ({ 'mesos-master': own })

test('its flags', () =>
  assert.is(
    env(
      stack({
        vars: vars({
          cluster: 'prod',
          flags: { weights: 'web=2', registry_fetch_timeout: '2mins', filter_gpu_resources: false },
        }),
      }),
    ),
    `# Written by provision (recipe mesos-master). What is changed here by hand is overwritten.
MESOS_ZK=file:///etc/mesos/zk
MESOS_QUORUM=2
MESOS_WORK_DIR=/var/lib/mesos/master
MESOS_LOG_DIR=/var/log/mesos
MESOS_LOGBUFSECS=0
MESOS_CLUSTER=prod
MESOS_IP=10.0.0.11
MESOS_PORT=5050
MESOS_HOSTNAME=10.0.0.11
MESOS_HOSTNAME_LOOKUP=false
MESOS_AGENT_PING_TIMEOUT=15secs
MESOS_MAX_AGENT_PING_TIMEOUTS=20
MESOS_AGENT_REREGISTER_TIMEOUT=10mins
MESOS_OFFER_TIMEOUT=2mins
MESOS_ZK_SESSION_TIMEOUT=10secs
MESOS_FILTER_GPU_RESOURCES=false
MESOS_REGISTRY_FETCH_TIMEOUT=2mins
MESOS_WEIGHTS=web=2
`,
  ))

test('the file is for root alone, but no secret: its changes are shown', () => {
  const { mode, secret } = propsOf(wanted(mesosMaster, stack(), 'm-1'), ENV)
  assert.equal([mode, secret], ['0600', false])
})

for (const [masters, quorum] of [
  [1, 1],
  [3, 2],
  [5, 3],
] as const)
  test(`the quorum of ${masters}`, () =>
    assert.match(env(stack({ masters })), new RegExp(`^MESOS_QUORUM=${quorum}$`, 'm')))

test('its unit starts the daemon itself, again and again', () => {
  const unit = text(wanted(mesosMaster, stack(), 'm-1'), 'unit mesos-master.service.d/provision.conf')
  for (const line of [
    'EnvironmentFile=/etc/mesos/master.env',
    'ExecStart=\nExecStart=/usr/bin/mesos-master',
    'RestartSec=5',
    'StartLimitIntervalSec=0',
  ])
    assert.ok(unit.includes(`\n${line}\n`), line)
  const old = stack({ vars: { mesos: { ...SOURCES.mesos, package: 'mesos' } } })
  assert.match(
    text(wanted(mesosMaster, old, 'm-1'), 'unit mesos-master.service.d/provision.conf'),
    /^ExecStart=\/usr\/sbin\/mesos-master$/m,
  )
})

test('it restarts on what it runs and reads, and on nothing else', () =>
  assert.equal(restartsOn(wanted(mesosMaster, stack(), 'm-1'), 'mesos-master'), [
    'package aventer-mesos',
    'file /etc/mesos/zk',
    ENV,
    'unit mesos-master.service.d/provision.conf',
  ]))

/** Agents and Marathon log in as `agent`. */
const loggedIn = (master: object, more: object = {}) => ({
  ...vars(master),
  'mesos-agent': { credential: { principal: 'agent', secret: 'env:TEST_AGENT' } },
  marathon: { ...SOURCES.marathon, mesosPrincipal: 'agent', mesosSecret: 'env:TEST_AGENT' },
  ...more,
})

test('logins stand in a secret file of their own; acls in one that is shown', () => {
  const list = wanted(
    mesosMaster,
    stack({
      vars: loggedIn({
        authenticateAgents: true,
        authenticateFrameworks: true,
        authenticateHttp: true,
        operator: { principal: 'ops', secret: 'env:TEST_OPS' },
        credentials: [{ principal: 'agent', secret: 'env:TEST_AGENT' }],
        acls: { permissive: false, register_agents: [{ principals: { values: ['agent'] }, agents: { type: 'ANY' } }] },
      }),
    }),
    'm-1',
  )
  const credentials = propsOf<{ secret: boolean; content: { word: unknown; size: number } }>(
    list,
    'file /etc/mesos/credentials.json',
  )
  assert.equal([credentials.secret, credentials.content.word instanceof Secret], [true, true])
  const wantedText = `{
  "credentials": [
    { "principal": "ops", "secret": "ops-s3cret" },
    { "principal": "agent", "secret": "agent-s3cret" }
  ]
}
`
  assert.is(credentials.content.size, wantedText.length)
  assert.is(JSON.parse(text(list, 'file /etc/mesos/acls.json')).permissive, false)
  const lines = text(list, ENV)
  for (const line of [
    'AUTHENTICATE_AGENTS=true',
    'AUTHENTICATE_HTTP_READWRITE=true',
    'CREDENTIALS=file:///etc/mesos/credentials.json',
    'ACLS=file:///etc/mesos/acls.json',
  ])
    assert.match(lines, `MESOS_${line}\n`)
  assert.not.match(JSON.stringify(list), /s3cret/)
  const restartOn = restartsOn(list, 'mesos-master')
  assert.ok(restartOn.includes('file /etc/mesos/credentials.json') && restartOn.includes('file /etc/mesos/acls.json'))
})

for (const [release, facts] of Object.entries(RELEASES)) {
  test(`all recipes of a master, of a slave and of both on one host fit together: ${release}`, () => {
    const cluster = stack({ vars: { mesos: { ...SOURCES.mesos } } })
    const ids = (host: string, of = cluster) =>
      compile(of.host(host), hostOf(of, host, facts).facts, of).resources.map((r) => r.id)
    const master = ids('m-1')
    for (const [before, after] of [
      ['service zookeeper', 'service mesos-master'],
      ['file /etc/mesos/zk', 'service mesos-master'],
      ['package aventer-mesos', 'command /usr/bin/mesos-master finds its libraries'],
      ['file /etc/docker/daemon.json', 'package docker.io'],
      ['service docker', 'image provision/marathon:0123456789ab'],
      ['image provision/marathon:0123456789ab', 'service marathon'],
    ] as const)
      assert.ok(
        master.indexOf(before) >= 0 && master.indexOf(before) < master.indexOf(after),
        `${before} before ${after}`,
      )
    assert.is(master.includes('package docker-cli'), release === 'trixie')
    assert.ok(ids('s-1').indexOf('service docker') < ids('s-1').indexOf('service mesos-agent'))
    const everything = clusterOf({
      vars: SOURCES,
      hosts: { all: { address: '10.0.0.1', roles: ['mesos-master', 'mesos-slave'], vars: { zookeeper: { id: 1 } } } },
    })
    const all = ids('all', everything)
    for (const service of ['zookeeper', 'mesos-master', 'docker', 'marathon', 'mesos-agent'])
      assert.ok(all.includes(`service ${service}`), service)
  })
}

for (const [what, make, says] of [
  [
    'two masters',
    () => stack({ masters: 2 }),
    /2 hosts run mesos-master: an even number tolerates no more failures than 1 would/,
  ],
  ['four masters', () => stack({ masters: 4 }), /Use 3 or 5/],
  [
    'four masters, which were accepted once',
    () => stack({ masters: 4, vars: vars({ allowEven: true }) }),
    /Use 3 or 5\. vars\.mesos-master\.allowEven is no longer needed: a run goes through 4 members by itself/,
  ],
  [
    'three masters, and what let them grow once',
    () =>
      stack({
        vars: { zookeeper: { allowEven: true }, 'consul-server': { allowEven: true }, ...vars({ allowEven: true }) },
      }),
    /it was accepted/,
  ],
  [
    'a quorum that is no majority',
    () => stack({ vars: vars({ quorum: 1 }) }),
    /quorum +must be more than half of the 3 masters, and no more than all of them: 2 to 3, not 1/,
  ],
  ['a quorum of too many', () => stack({ vars: vars({ quorum: 4 }) }), /not 4/],
  ['the quorum of the step before', () => stack({ vars: vars({ quorum: 3 }) }), /it was accepted/],
  [
    'a flag that is misspelt',
    () => stack({ vars: vars({ flags: { work_dri: '/x' } }) }),
    /flags\.work_dri +is not a flag of mesos-master, which would not start; did you mean "work_dir"/,
  ],
  [
    'a flag of another program',
    () => stack({ vars: vars({ flags: { containerizers: 'docker' } }) }),
    /flags\.containerizers +is not a flag of mesos-master/,
  ],
  [
    'an old name',
    () => stack({ vars: vars({ flags: { slave_ping_timeout: '1secs' } }) }),
    /flags\.slave_ping_timeout +is an old name: write "agent_ping_timeout"/,
  ],
  [
    'a flag that the recipe sets',
    () => stack({ vars: vars({ flags: { quorum: 2 } }) }),
    /flags\.quorum +is set by this recipe: write vars\.mesos-master\.quorum/,
  ],
  [
    'the flag that is none',
    () => stack({ vars: vars({ flags: { enable_cgroupsv2: true } }) }),
    /flags\.enable_cgroupsv2 +is never given: the program does not know it/,
  ],
  [
    'a switch with a value',
    () => stack({ vars: vars({ flags: { log_auto_initialize: 'yes' } }) }),
    /is on or off: write true or false/,
  ],
  [
    'a value for a switch',
    () => stack({ vars: vars({ flags: { weights: true } }) }),
    /takes a value, not true or false/,
  ],
  [
    'a flag of two lines',
    () => stack({ vars: vars({ flags: { weights: 'a\nMESOS_X=1' } }) }),
    /flags\.weights +is one line/,
  ],
  [
    'a duration that is none',
    () => stack({ vars: vars({ offerTimeout: '2m' }) }),
    /offerTimeout +must be a duration like/,
  ],
  [
    'a lock without a key',
    () => stack({ vars: vars({ authenticateHttp: true }) }),
    /operator +is missing: with authenticateHttp, provision must log in, too/,
  ],
  [
    'agents that do not log in where they must',
    () => stack({ slaves: 1, vars: vars({ authenticateAgents: true }) }),
    /s-1\.vars\.mesos-agent\.credential +is missing: vars\.mesos-master\.authenticateAgents refuses who does not log in/,
  ],
  [
    'a Marathon that does not log in where it must',
    () => stack({ vars: vars({ authenticateFrameworks: true }) }),
    /marathon\.mesosPrincipal +is missing: vars\.mesos-master\.authenticateFrameworks refuses/,
  ],
  [
    'agents and a Marathon that the masters do not know',
    () => stack({ slaves: 1, vars: loggedIn({ credentials: [{ principal: 'x', secret: 'env:TEST_AGENT' }] }) }),
    /mesos-agent\.credential +agent is not in vars\.mesos-master\.credentials: the masters would refuse the login[\s\S]*marathon\.mesosPrincipal +agent is not in/,
  ],
  [
    'agents that have another secret than the masters know',
    () => stack({ slaves: 1, vars: loggedIn({ credentials: [{ principal: 'agent', secret: 'env:TEST_OPS' }] }) }),
    /mesos-agent\.credential +agent has another secret in vars\.mesos-master\.credentials/,
  ],
  [
    'a secret that breaks JSON',
    () => stack({ vars: vars({ operator: { principal: 'ops', secret: 'env:TEST_QUOTE' } }) }),
    /is not text without white space, quotes/,
  ],
] as const) {
  test(`the inventory has ${what}`, () => assert.match(mistakesOf(make), says))
}

test('the inventory has two quorums', () =>
  assert.match(
    mistakesOf(() =>
      clusterOf({
        vars: SOURCES,
        hosts: Object.fromEntries(
          [1, 2, 3].map((id) => [
            `m-${id}`,
            {
              address: `10.0.0.${id}`,
              roles: ['mesos-master'],
              vars: { zookeeper: { id }, ...(id === 3 ? vars({ quorum: 3 }) : {}) },
            },
          ]),
        ),
      }),
    ),
    /hosts\.m-3\.vars\.mesos-master\.quorum +is 3, and m-1 has 2: two quorums can both decide/,
  ))

const LEADER = JSON.parse(recorded('metrics-leader')) as Record<string, number>
const FOLLOWER = JSON.parse(recorded('metrics-follower')) as Record<string, number>
const redirect = (to: string): Said => ({ status: 307, headers: { Location: `//${to}` } })
const master = (metrics: object, to?: string) =>
  paths({ '/metrics/snapshot': { body: metrics }, '/redirect': to === undefined ? { status: 503 } : redirect(to) })
const ONE = '10.0.0.11:5050'
/** What `srvr` of a follower is: no HTTP. Whoever speaks it here is served by the same fake. */
const NO_ZK: Peers = {}

for (const [what, masters, peers, says] of [
  ['a leader', 3, { [ONE]: master(LEADER) }, { green: true, leads: true, says: 'leader, 3 of 3 masters, 2 agents' }],
  [
    'a leader that misses one',
    3,
    { [ONE]: master({ ...LEADER, 'registrar/log/ensemble_size': 2 }) },
    { green: true, leads: true, says: 'leader, 2 of 3 masters, 2 agents' },
  ],
  [
    'the only one',
    1,
    { [ONE]: master({ ...LEADER, 'registrar/log/ensemble_size': 1, 'master/slaves_active': 1 }) },
    { green: true, leads: true, says: 'leader, alone, 1 agent' },
  ],
  [
    'one that is elected without a quorum',
    3,
    { [ONE]: master({ ...FOLLOWER, 'master/elected': 1 }) },
    { green: false, leads: true, says: 'elected, but without a quorum: it cannot read the registry' },
  ],
  [
    'a leader of more masters than there are',
    3,
    { [ONE]: master({ ...LEADER, 'registrar/log/ensemble_size': 4 }) },
    {
      green: false,
      leads: true,
      says: 'leader of 4 masters, and the inventory has 3: stop and mask the ones that are not in it, or the registry may be lost',
    },
  ],
  ['a follower', 3, { [ONE]: master(FOLLOWER, '10.0.0.13:5050') }, { green: true, says: 'follower of 10.0.0.13' }],
  [
    'a leader after its restart',
    3,
    { [ONE]: master(FOLLOWER, ONE) },
    { green: false, says: 'still names itself as the leader, which it was before its restart' },
  ],
  [
    'one whose replica is behind',
    3,
    { [ONE]: master({ ...FOLLOWER, 'registrar/log/recovered': 0 }, '10.0.0.13:5050') },
    { green: false, says: 'its replica of the registry has not caught up yet' },
  ],
  [
    'one that knows no leader, as nobody serves ZooKeeper',
    3,
    { [ONE]: master(FOLLOWER), ...NO_ZK },
    { green: false, waitsFor: 'zookeeper', says: 'knows no leader; no ZooKeeper serves' },
  ],
  [
    'one that does not run',
    3,
    {},
    { green: false, down: true, says: 'not running: port 5050 refuses; its last words: F1122 Recovery failed' },
  ],
] as const) {
  test(`health of ${what}`, async () => {
    const cluster = stack({ masters })
    const net = fakeNet(peers as Peers, () => 'failed\nF1122 Recovery failed\n')
    assert.equal(await mesosMaster.health?.(cluster.host('m-1'), cluster, net), says)
  })
}

test('health asks as the operator, where there is one', async () => {
  const cluster = stack({
    vars: vars({ authenticateHttp: true, operator: { principal: 'ops', secret: 'env:TEST_OPS' } }),
  })
  let header: string | undefined
  const net = fakeNet({
    [ONE]: (asked) => {
      header = asked.headers.authorization
      return { body: LEADER }
    },
  })
  await mesosMaster.health?.(cluster.host('m-1'), cluster, net)
  assert.is(header, `Basic ${Buffer.from('ops:ops-s3cret').toString('base64')}`)
})

/** Masters that run with a quorum and see so many of them. */
const runs = (quorum: number, ensemble: number) =>
  paths({
    '/flags': { body: { flags: { quorum: String(quorum) } } },
    '/metrics/snapshot': { body: { ...FOLLOWER, 'registrar/log/ensemble_size': ensemble } },
  })
const at = (...all: readonly [n: number, peer: ReturnType<typeof runs>][]): Peers =>
  Object.fromEntries(all.map(([n, peer]) => [`10.0.0.1${n}:5050`, peer]))
const start: Step = {
  resource: 'service mesos-master',
  type: 'service',
  name: 'mesos-master',
  changes: [{ action: 'create', attribute: 'running', to: 'running' }],
}
const change = (diff: string): readonly Step[] => [
  {
    resource: ENV,
    type: 'file',
    name: '/etc/mesos/master.env',
    changes: [{ action: 'update', text: 'content differs', diff }],
    contents: contentsOf(diff),
  },
  {
    resource: 'service mesos-master',
    type: 'service',
    name: 'mesos-master',
    changes: [{ action: 'restart', text: 'restart' }],
  },
]

for (const [what, masters, own, steps, peers, refused] of [
  ['a first start of all', 3, {}, [start], {}, []],
  ['one that comes back', 3, {}, [start], at([2, runs(2, 2)], [3, runs(2, 2)]), []],
  [
    'one that joins three with their quorum',
    5,
    {},
    [start],
    at([2, runs(2, 3)], [3, runs(2, 3)], [4, runs(2, 3)]),
    ['mesos-quorum'],
  ],
  [
    'one that joins three which were told before',
    5,
    {},
    [start],
    at([2, runs(3, 3)], [3, runs(3, 3)], [4, runs(3, 3)]),
    [],
  ],
  [
    'one that joins as many as there shall be',
    3,
    { zkSessionTimeout: '1secs' },
    [start],
    at([2, runs(2, 3)], [3, runs(2, 3)]),
    ['mesos-quorum'],
  ],
  ['one that joins a single master', 3, {}, [start], at([2, runs(1, 1)]), ['mesos-reset-registry']],
  [
    'a single master that is told of others',
    3,
    {},
    change('-MESOS_QUORUM=1\n+MESOS_QUORUM=2'),
    at([1, runs(1, 1)]),
    ['mesos-reset-registry'],
  ],
  [
    'the step before two more',
    3,
    { quorum: 3 },
    change('-MESOS_QUORUM=2\n+MESOS_QUORUM=3'),
    at([1, runs(2, 3)], [2, runs(2, 3)], [3, runs(2, 3)]),
    [],
  ],
  [
    'two steps at once',
    5,
    { quorum: 5 },
    change('-MESOS_QUORUM=3\n+MESOS_QUORUM=5'),
    at([1, runs(3, 5)]),
    ['mesos-quorum'],
  ],
  [
    'fewer, while those that go still run',
    3,
    {},
    change('-MESOS_QUORUM=3\n+MESOS_QUORUM=2'),
    at([1, runs(3, 5)]),
    ['mesos-quorum'],
  ],
  ['fewer, when those that go have gone', 3, {}, change('-MESOS_QUORUM=3\n+MESOS_QUORUM=2'), at([1, runs(3, 3)]), []],
  ['another timeout', 3, {}, change('-MESOS_OFFER_TIMEOUT=2mins\n+MESOS_OFFER_TIMEOUT=3mins'), at([1, runs(2, 3)]), []],
  [
    'a work_dir that moves',
    3,
    {},
    change('-MESOS_WORK_DIR=/a\n+MESOS_WORK_DIR=/b'),
    at([1, runs(2, 3)]),
    ['mesos-work-dir'],
  ],
] as const) {
  test(`refuses: ${what}`, async () => {
    const cluster = stack({ masters, vars: vars(own) })
    const refusals = (await mesosMaster.refuse?.(hostOf(cluster, 'm-1'), cluster, steps, fakeNet(peers))) ?? []
    assert.equal(
      refusals.map((r) => r.refusal),
      refused,
    )
    for (const { reason, remedy } of refusals) assert.match(`${reason} ${remedy}`, /^\S[^\n]*\. [A-Z][^\n]*\.$/)
  })
}

test('a master whose host was made anew is no stranger: its old self is counted until its session is over', async () => {
  const cluster = stack({ masters: 3 })
  const began = performance.now()
  const peer = () => runs(2, performance.now() - began < 700 ? 3 : 2)
  const peers = Object.fromEntries([2, 3].map((n) => [`10.0.0.1${n}:5050`, (asked: Asked) => peer()(asked)]))
  assert.equal(await mesosMaster.refuse?.(hostOf(cluster, 'm-1'), cluster, [start], fakeNet(peers)), [])
})

test('refuses: a port that somebody else has', async () => {
  const cluster = stack()
  const listens = '0\ntcp LISTEN 0 128 0.0.0.0:5050 0.0.0.0:* users:(("java",pid=77,fd=9))\n'
  const refusals = await mesosMaster.refuse?.(
    hostOf(cluster, 'm-1'),
    cluster,
    [start],
    fakeNet({}, () => listens),
  )
  assert.is(refusals?.[0]?.reason, 'Port 5050, which mesos-master wants, is taken by java (process 77).')
})

test.run()
