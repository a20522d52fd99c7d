import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { marathon } from '../../../recipes/marathon.ts'
import { Secret } from '../../../src/shell/secret.ts'
import { clusterOf, mistakesOf, propsOf, restartsOn, SOURCES, stack, text, wanted } from '../support.ts'
import { DIGEST, of, vars } from './support.ts'

const test = suite('recipes/marathon: configuration')

process.env.TEST_LOGIN = 'ops:s3cret'
process.env.TEST_COLON = 'ops:s3:cret'
process.env.TEST_MESOS = 'mesos-s3cret'
process.env.TEST_ZK = 'zk-s3cret'
const ENV = 'file /etc/marathon/marathon.env'

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
    'TimeoutStartSec=100', // zkSessionTimeout is in it
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

test.run()
