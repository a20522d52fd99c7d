import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { holdsDeployments } from '../../../recipes/marathon/deployments.ts'
import { marathon } from '../../../recipes/marathon.ts'
import { mesosMaster } from '../../../recipes/mesos-master.ts'
import { zookeeper } from '../../../recipes/zookeeper.ts'
import type { Step } from '../../../src/model/plan.ts'
import type { Recipe } from '../../../src/model/recipe.ts'
import { Secret } from '../../../src/shell/secret.ts'
import { fakeNet, type Peers, paths } from '../../support/fake-net.ts'
import type { Said } from '../../support/http-peer.ts'
import { clusterOf, hostOf, mistakesOf, propsOf, restartsOn, SOURCES, stack, text, wanted } from '../support.ts'

process.env.TEST_LOGIN = 'ops:s3cret'
process.env.TEST_COLON = 'ops:s3:cret'
process.env.TEST_MESOS = 'mesos-s3cret'
process.env.TEST_ZK = 'zk-s3cret'
const test = suite('recipes/marathon')
const ENV = 'file /etc/marathon/marathon.env'
const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`
const vars = (own: object, more: object = {}) => ({ vars: { marathon: { ...SOURCES.marathon, ...own }, ...more } })
const of = (own: object = {}, more: object = {}) => wanted(marathon, stack(vars(own, more)), 'm-1')
const recorded = (name: string): string =>
  readFileSync(new URL(`../../clients/answers/mesos/${name}.txt`, import.meta.url), 'utf8')

test('its variables', () =>
  assert.is(
    text(
      of({
        flags: { metrics_prometheus: false, store_cache: true, min_revive_offers_interval: 1000, plugin_dir: '/p q' },
      }),
      ENV,
    ),
    `# Written by provision (recipe marathon). What is changed here by hand is overwritten.
MARATHON_MASTER=zk://10.0.0.11:2181,10.0.0.12:2181,10.0.0.13:2181/mesos
MARATHON_ZK=zk://10.0.0.11:2181,10.0.0.12:2181,10.0.0.13:2181/marathon
MARATHON_HOSTNAME=10.0.0.11
MARATHON_HTTP_ADDRESS=10.0.0.11
MARATHON_HTTP_PORT=8080
MARATHON_FRAMEWORK_NAME=marathon
MARATHON_MESOS_USER=root
MARATHON_ENABLE_FEATURES=task_killing
MARATHON_TASK_LAUNCH_TIMEOUT=600000
MARATHON_TASK_LAUNCH_CONFIRM_TIMEOUT=300000
MARATHON_SCALE_APPS_INTERVAL=60000
MARATHON_FAILOVER_TIMEOUT=604800
MARATHON_ZK_SESSION_TIMEOUT=10000
MARATHON_DISABLE_METRICS_PROMETHEUS=
MARATHON_MIN_REVIVE_OFFERS_INTERVAL=1000
MARATHON_PLUGIN_DIR=/p q
MARATHON_STORE_CACHE=
MARATHON_ZK_TIMEOUT=60000
LIBPROCESS_IP=10.0.0.11
LIBPROCESS_PORT=15101
JAVA_OPTS=-Xmx1024m
`,
  ))

test('how long it waits for its state can be said', () =>
  assert.match(text(of({ flags: { zk_timeout: 20_000 } }), ENV), /^MARATHON_ZK_TIMEOUT=20000$/m))

test('without a secret in it, its changes are shown', () =>
  assert.equal([propsOf(of(), ENV).secret, propsOf(of(), ENV).mode], [false, '0600']))

test('the image is named by what it is, and so is the unit, which carries the restart', () => {
  assert.match(
    text(of(), 'unit marathon.service'),
    /^ExecStart=\/usr\/bin\/docker run --rm --name marathon --net host .* provision\/marathon:0123456789ab$/m,
  )
  const { identity, origin } = propsOf<{ identity: object; origin: object }>(
    of(),
    'image provision/marathon:0123456789ab',
  )
  assert.equal(
    [identity, origin],
    [
      { kind: 'digest', value: DIGEST },
      { how: 'pull', repository: 'mesosphere/marathon' },
    ],
  )
  assert.equal(restartsOn(of(), 'marathon'), [ENV, 'unit marathon.service'])
})

test('every loss of leadership ends it: it is started again and again', () => {
  for (const line of [
    'Restart=always',
    'RestartSec=5',
    'StartLimitIntervalSec=0',
    'TimeoutStopSec=45',
    'SuccessExitStatus=143',
  ])
    assert.ok(text(of(), 'unit marathon.service').includes(`\n${line}\n`), line)
})

test('an image that is loaded', () => {
  const list = of({
    source: {
      image: { version: '1.11.24', id: DIGEST, source: 'https://files.test/marathon.tar.gz', sha256: 'e'.repeat(64) },
    },
  })
  assert.equal(propsOf(list, 'image provision/marathon:0123456789ab').identity, { kind: 'id', value: DIGEST })
})

test('an image that is made from a root file system: another command is another image', () => {
  const made = (command: string) =>
    of({
      source: {
        image: {
          version: '1.11.24',
          import: [command],
          source: 'https://files.test/root.tar.gz',
          sha256: 'e'.repeat(64),
        },
      },
    })
      .map((r) => r.id)
      .find((id) => id.startsWith('image '))
  assert.match(made('CMD ["/a"]') ?? '', /^image provision\/marathon:[0-9a-f]{12}$/)
  assert.is.not(made('CMD ["/a"]'), made('CMD ["/b"]'))
})

test('a tarball, with a JVM and a libmesos', () => {
  const source = {
    tarball: 'https://files.test/marathon-1.11.24.tgz',
    sha256: 'e'.repeat(64),
    version: '1.11.24',
    libmesos: '/opt/mesos/libmesos-1.11.0.so',
  }
  const list = of({ source, flags: { plugin_dir: '/p q' } })
  assert.equal(
    list.map((r) => r.id),
    [
      'package openjdk-11-jre-headless',
      'user marathon',
      'archive /opt/marathon-1.11.24',
      'directory /etc/marathon',
      ENV,
      'unit marathon.service',
      'service marathon',
    ],
  )
  const unit = text(list, 'unit marathon.service')
  for (const line of [
    'User=marathon',
    'EnvironmentFile=/etc/marathon/marathon.env',
    'ExecStart=/opt/marathon/bin/marathon',
  ])
    assert.ok(unit.includes(`\n${line}\n`), line)
  assert.match(text(list, ENV), /^MESOS_NATIVE_JAVA_LIBRARY=\/opt\/mesos\/libmesos-1\.11\.0\.so$/m)
  assert.match(text(list, ENV), /^MARATHON_PLUGIN_DIR="\/p q"$/m)
  assert.equal(restartsOn(list, 'marathon'), ['archive /opt/marathon-1.11.24', ENV, 'unit marathon.service'])
})

test('logins: never in an argument, never shown', () => {
  const list = of(
    { credentials: 'env:TEST_LOGIN', mesosPrincipal: 'marathon', mesosSecret: 'env:TEST_MESOS' },
    { mesos: { ...SOURCES.mesos, zkUser: 'mesos', zkPassword: 'env:TEST_ZK' } },
  )
  const env = propsOf<{ secret: boolean; mode: string; content: { word: unknown; size: number } }>(list, ENV)
  assert.equal([env.secret, env.mode, env.content.word instanceof Secret], [true, '0600', true])
  const { secret, mode, owner, content } = propsOf<{
    secret: boolean
    mode: string
    owner: string
    content: { size: number }
  }>(list, 'file /etc/marathon/mesos-secret')
  assert.equal([secret, mode, owner, content.size], [true, '0400', 'nobody', 'mesos-s3cret'.length])
  assert.not.match(JSON.stringify(list), /s3cret/)
  assert.not.match(text(list, 'unit marathon.service'), /ops/)
  assert.ok(restartsOn(list, 'marathon').includes('file /etc/marathon/mesos-secret'))
  const plain = text(of(), ENV).length
  const more = 'mesos:zk-s3cret@'.length * 2 + 'MARATHON_HTTP_CREDENTIALS=ops:s3cret\n'.length
  const login =
    'MARATHON_MESOS_AUTHENTICATION=\nMARATHON_MESOS_AUTHENTICATION_PRINCIPAL=marathon\nMARATHON_MESOS_AUTHENTICATION_SECRET_FILE=/etc/marathon/mesos-secret\n'
  assert.is(env.content.size, plain + more + login.length)
})

for (const [what, own, says] of [
  ['no source', { source: undefined }, /marathon\.source +is missing/],
  [
    'a password with a colon',
    { credentials: 'env:TEST_COLON' },
    /env:TEST_COLON stands for is not "user:password" with one ":"/,
  ],
  ['half a login', { mesosPrincipal: 'x' }, /mesosPrincipal +goes with mesosSecret/],
  [
    'a flag that is gone',
    { flags: { event_subscriber: 'http_callback' } },
    /flags\.event_subscriber +is never given: callbacks are gone since Marathon 1\.5/,
  ],
  [
    'a flag that the recipe sets',
    { flags: { task_launch_timeout: 1 } },
    /is set by this recipe: write vars\.marathon\.taskLaunchTimeout/,
  ],
  [
    'a flag that is misspelt',
    { flags: { max_instance_per_offer: 1 } },
    /is not a flag of Marathon, which would not start; did you mean "max_instances_per_offer"/,
  ],
  ['a flag that must be an argument', { flags: { killsPerBatch: 1 } }, /cannot be given as a variable/],
  ['a feature that is none', { features: ['task_kiling'] }, /features\[0\] +must be .* did you mean "task_killing"/],
  [
    'a patience shorter than that of an agent',
    { taskLaunchTimeout: 300_000 },
    /executorRegistrationTimeout +is 10mins, longer than hosts\.m-1\.vars\.marathon\.taskLaunchTimeout, 300000 ms/,
  ],
  [
    'a version that is none',
    { source: { image: { version: 'latest', digest: DIGEST } } },
    /version +must be a version like 1\.11\.24/,
  ],
  [
    'a digest that is none',
    { source: { image: { version: '1.11.24', digest: 'latest' } } },
    /digest +must be a value "sha256:"/,
  ],
] as const) {
  test(`the inventory has ${what}`, () =>
    assert.match(
      mistakesOf(() => stack(vars(own))),
      says,
    ))
}

test('the inventory has two versions, or two places, of one Marathon', () => {
  const second = (own: object) =>
    mistakesOf(() =>
      stack({ hosts: { 'x-1': { address: '10.0.0.31', roles: ['marathon'], vars: { marathon: own } } } }),
    )
  assert.match(
    second({ zkPath: '/other' }),
    /hosts\.x-1\.vars\.marathon\.zkPath +is \/other, and m-1 has \/marathon: all Marathons share one/,
  )
  assert.match(
    second({ source: { image: { version: '1.10.26', digest: DIGEST } } }),
    /is of version 1\.10\.26, and m-1 has 1\.11\.24/,
  )
})

test('a Marathon apart from the masters', () => {
  const cluster = clusterOf({
    vars: SOURCES,
    hosts: {
      z: { address: '10.0.0.1', roles: ['zookeeper'], vars: { zookeeper: { id: 1 } } },
      m: { address: '10.0.0.2', roles: ['mesos-master-only'] },
      w: { address: '10.0.0.3', roles: ['marathon'] },
    },
  })
  assert.match(
    text(wanted(marathon, cluster, 'w'), ENV),
    /^MARATHON_MASTER=zk:\/\/10\.0\.0\.1:2181\/mesos\nMARATHON_ZK=zk:\/\/10\.0\.0\.1:2181\/marathon\nMARATHON_HOSTNAME=10\.0\.0\.3$/m,
  )
})

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
