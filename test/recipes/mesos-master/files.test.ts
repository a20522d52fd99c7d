import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { mesosMaster } from '../../../recipes/mesos-master.ts'
import { compile } from '../../../src/engine/observe/compile.ts'
import { Secret } from '../../../src/shell/secret.ts'
import { clusterOf, hostOf, propsOf, RELEASES, restartsOn, SOURCES, stack, text, wanted } from '../support.ts'
import { ENV, env, loggedIn, vars } from './ground.ts'

const test = suite('recipes/mesos-master')

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

test.run()
