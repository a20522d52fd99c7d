import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { holdsDeployments } from '../../../recipes/marathon/deployments.ts'
import { marathon } from '../../../recipes/marathon.ts'
import { mesosMaster } from '../../../recipes/mesos-master.ts'
import { zookeeper } from '../../../recipes/zookeeper.ts'
import type { Step } from '../../../src/model/plan.ts'
import type { Recipe } from '../../../src/model/recipe.ts'
import { fakeNet, type Peers, paths } from '../../support/fake-net.ts'
import type { Said } from '../../support/http-peer.ts'
import { clusterOf, hostOf, stack } from '../support.ts'
import { DIGEST, vars } from './support.ts'

const test = suite('recipes/marathon: in the cluster')

const recorded = (name: string): string =>
  readFileSync(new URL(`../../clients/answers/mesos/${name}.txt`, import.meta.url), 'utf8')

const ID = 'a1ed2d33-3dad-4f32-8e85-039f9df71c2f-0004'
const info = (more: object = {}, headers: Record<string, string> = {}): Said => ({
  body: { leader: '10.0.0.11:8080', version: '1.11.24', frameworkId: ID, ...more },
  headers,
})
const member = (said: Said) => paths({ '/v2/info': said })
const HERE = '10.0.0.11:8080'
const MASTER: Peers = { '10.0.0.12:5050': paths({ '/api/v1': { body: recorded('frameworks') } }) }

for (const [what, peers, says] of [
  ['the leader', { [HERE]: member(info()), ...MASTER }, { green: true, leads: true, says: '1.11.24, leader' }],
  [
    'a standby',
    { [HERE]: member(info({ leader: '10.0.0.12:8080' }, { 'X-Marathon-Via': '1.1 10.0.0.11:8080' })), ...MASTER },
    { green: true, says: '1.11.24, standby of 10.0.0.12:8080' },
  ],
  [
    'a leader that Mesos does not know',
    { [HERE]: member(info({ frameworkId: 'other' })), ...MASTER },
    { green: false, leads: true, says: 'leader, and not registered with Mesos' },
  ],
  [
    'a leader without masters',
    { [HERE]: member(info()) },
    {
      green: false,
      leads: true,
      waitsFor: 'mesos-master',
      says: 'leader, and no master answers as the leader: m-1: 10.0.0.11:5050 refused the connection; m-2: 10.0.0.12:5050 refused the connection; m-3: 10.0.0.13:5050 refused the connection',
    },
  ],
  [
    'one whose leader is away, as nobody serves ZooKeeper',
    { [HERE]: member({ status: 502 }) },
    { green: false, waitsFor: 'zookeeper', says: 'no Marathon leads just now; no ZooKeeper serves' },
  ],
  [
    'one that has another login',
    { [HERE]: member({ status: 401 }) },
    {
      green: false,
      outside: true,
      variable: 'vars.marathon.credentials',
      says: 'runs, and wants another login than vars.marathon.credentials',
    },
  ],
  [
    'one that does not run, as nobody serves ZooKeeper',
    {},
    {
      green: false,
      down: true,
      waitsFor: 'zookeeper',
      says: 'not running: port 8080 refuses; no ZooKeeper serves',
    },
  ],
] as const) {
  test(`health of ${what}`, async () => {
    const cluster = stack()
    const net = fakeNet(peers as Peers, () => 'activating\nshutting down with exit code 100\n')
    assert.equal(await marathon.health?.(cluster.host('m-1'), cluster, net), says)
  })
}

const restart: readonly Step[] = [
  {
    resource: 'service marathon',
    type: 'service',
    name: 'marathon',
    changes: [{ action: 'restart', text: 'restart' }],
  },
]
for (const [what, version, running, refused] of [
  ['the same version', '1.11.24', '1.11.24', []],
  ['another patch', '1.11.26', '1.11.24', []],
  ['another minor version', '1.11.24', '1.10.26', ['marathon-version']],
  ['none that runs', '1.11.24', undefined, []],
] as const)
  test(`refuses: ${what}`, async () => {
    const cluster = stack(vars({ source: { image: { version, digest: DIGEST } } }))
    const net = fakeNet(running === undefined ? {} : { [HERE]: member(info({ version: running })) })
    assert.equal(
      (await marathon.refuse?.(hostOf(cluster, 'm-1'), cluster, restart, net))?.map((r) => r.refusal),
      refused,
    )
  })

test('refuses: the port that ZooKeeper would take, and others', async () => {
  const cluster = stack()
  const start: Step = {
    resource: 'service marathon',
    type: 'service',
    name: 'marathon',
    changes: [{ action: 'create', attribute: 'running', to: 'running' }],
  }
  const net = fakeNet({}, () => '0\ntcp LISTEN 0 50 *:8080 *:* users:(("java",pid=1234,fd=9))\n')
  const [refusal] = (await marathon.refuse?.(hostOf(cluster, 'm-1'), cluster, [start], net)) ?? []
  assert.is(refusal?.reason, 'Port 8080, which marathon wants, is taken by java (process 1234).')
})

/** An app with tasks of these versions. */
const listed = (id: string, version: string, ...tasks: string[]) => ({
  body: {
    apps: [
      {
        id,
        version,
        versionInfo: { lastConfigChangeAt: version },
        tasks: tasks.map((of, i) => ({ id: `t${i}`, version: of, state: 'TASK_RUNNING' })),
      },
    ],
  },
})
const deployment = (...apps: string[]) => ({ id: 'd1', version: 'v', affectedApps: apps, currentActions: [] })
const NO_APPS = { '/v2/apps': { body: { apps: [] } } }
for (const [what, peers, phrase] of [
  ['nothing', { [HERE]: paths({ '/v2/deployments': { body: [] } }) }, undefined],
  [
    'a deployment',
    { [HERE]: paths({ '/v2/deployments': { body: [deployment('/rails-app')] }, ...NO_APPS }) },
    'the deployment of /rails-app',
  ],
  [
    'several',
    { [HERE]: paths({ '/v2/deployments': { body: [deployment('/d', '/a'), deployment('/c', '/b')] }, ...NO_APPS }) },
    'the deployment of /a, /b, /c and 1 more',
  ],
  [
    'a deployment that a standby passes on',
    { '10.0.0.12:8080': paths({ '/v2/deployments': { body: [deployment('/web')] }, ...NO_APPS }) },
    'the deployment of /web',
  ],
  [
    'a first version that does not start',
    { [HERE]: paths({ '/v2/deployments': { body: [deployment('/new')] }, '/v2/apps': listed('/new', 'v2', 'v2') }) },
    undefined,
  ],
  [
    'one of two whose old tasks serve',
    {
      [HERE]: paths({
        '/v2/deployments': { body: [deployment('/new'), deployment('/web')] },
        '/v2/apps': listed('/web', 'v2', 'v1', 'v2'),
      }),
    },
    'the deployment of /new, /web', // nobody knows of /new
  ],
  ['a failover', { '10.0.0.12:8080': paths({ '/v2/deployments': { status: 502 } }) }, "Marathon's choice of a leader"],
  ['nobody who answers', {}, undefined],
  ['somebody who does not know us', { [HERE]: paths({ '/v2/deployments': { status: 401 } }) }, undefined],
] as const) {
  test(`what makes its leader change waits for ${what}`, async () => {
    const cluster = stack()
    const said: string[] = []
    const turn = { cluster, net: fakeNet(peers as Peers), say: (text: string) => void said.push(text) }
    assert.is(await holdsDeployments(turn), phrase)
    assert.is(said.length, what === 'somebody who does not know us' ? 1 : 0)
  })
}

test('ZooKeeper, masters and Marathon wait for it', () => {
  for (const recipe of [zookeeper, mesosMaster, marathon] as readonly Recipe[])
    assert.is(recipe.rolling?.holds, holdsDeployments, recipe.name)
})

test('a cluster without Marathon waits for nothing', async () => {
  const cluster = clusterOf({
    hosts: { z: { address: '10.0.0.1', roles: ['zookeeper'], vars: { zookeeper: { id: 1 } } } },
  })
  assert.is(await holdsDeployments({ cluster, net: fakeNet({}), say: () => undefined }), undefined)
})

test.run()
