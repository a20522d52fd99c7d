import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Identity, incompatible, memoryFor, readValue, valuesOf } from '../../recipes/mesos-agent/identity.ts'
import { mesosAgent } from '../../recipes/mesos-agent.ts'
import type { Facts } from '../../src/model/facts.ts'
import type { Step } from '../../src/model/plan.ts'
import { Secret } from '../../src/shell/secret.ts'
import { fakeNet, type Peers, paths } from '../support/fake-net.ts'
import type { Said } from '../support/http-peer.ts'
import {
  clusterOf,
  contentsOf,
  hostOf,
  mistakesOf,
  propsOf,
  restartsOn,
  SOURCES,
  stack,
  text,
  wanted,
} from './support.ts'

process.env.TEST_AGENT = 'agent-s3cret'
const test = suite('recipes/mesos-agent')
const ENV = 'file /etc/mesos/agent.env'
const recorded = (name: string): string =>
  readFileSync(new URL(`../clients/answers/mesos/${name}.txt`, import.meta.url), 'utf8')
const vars = (own: object, more: object = {}) => ({ vars: { 'mesos-agent': own, ...more } })
const of = (own: object = {}, facts: Partial<Facts> = {}) => wanted(mesosAgent, stack(vars(own)), 's-1', facts)

test('its flags', () =>
  assert.is(
    text(
      of({
        attributes: { zone: 'a', rack: 'r1', slot: 5 },
        resources: { disk: 4096 },
        flags: { docker_config: 'file:///root/x.json' },
      }),
      ENV,
    ),
    `# Written by provision (recipe mesos-agent). What is changed here by hand is overwritten.
MESOS_MASTER=file:///etc/mesos/zk
MESOS_WORK_DIR=/var/lib/mesos/agent
MESOS_RUNTIME_DIR=/var/run/mesos
MESOS_LOG_DIR=/var/log/mesos
MESOS_LOGBUFSECS=0
MESOS_IP=10.0.0.21
MESOS_PORT=5051
MESOS_HOSTNAME=10.0.0.21
MESOS_HOSTNAME_LOOKUP=false
MESOS_CONTAINERIZERS=docker,mesos
MESOS_SYSTEMD_ENABLE_SUPPORT=false
MESOS_LAUNCHER=linux
MESOS_EXECUTOR_REGISTRATION_TIMEOUT=10mins
MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD=90secs
MESOS_DOCKER_REMOVE_DELAY=1hrs
MESOS_GC_DELAY=2days
MESOS_RESOURCES=cpus:2;disk:4096;mem:3072;ports:[31000-32000]
MESOS_ATTRIBUTES=rack:r1;slot:5;zone:a
MESOS_RECONFIGURATION_POLICY=additive
MESOS_NETWORK_CNI_CONFIG_DIR=/etc/mesos/cni
MESOS_NETWORK_CNI_PLUGINS_DIR=/usr/lib/cni
MESOS_DOCKER_CONFIG=file:///root/x.json
`,
  ))

test('on cgroup v1 it is told an isolation, on v2 it gets the cgroup that it needs', () => {
  const unit = (facts: Partial<Facts>) => text(of({}, facts), 'unit mesos-agent.service.d/provision.conf')
  assert.match(text(of({}, { cgroup: 1 }), ENV), /^MESOS_ISOLATION=cgroups\/cpu,cgroups\/mem$/m)
  assert.not.match(text(of({ launcher: 'posix' }, { cgroup: 1 }), ENV), /ISOLATION/)
  assert.match(
    text(of({ isolation: ['posix/cpu', 'disk/du'] }, { cgroup: 1 }), ENV),
    /^MESOS_ISOLATION=posix\/cpu,disk\/du$/m,
  )
  assert.match(unit({ cgroup: 2 }), /^ExecStartPre=\/bin\/mkdir -p \/sys\/fs\/cgroup\/mesos$/m)
  assert.not.match(unit({ cgroup: 1 }), /ExecStartPre/)
  for (const line of [
    'KillMode=process',
    'Delegate=true',
    'TasksMax=infinity',
    'StartLimitIntervalSec=0',
    'ExecStart=\nExecStart=/usr/bin/mesos-agent',
  ])
    assert.ok(unit({}).includes(`\n${line}\n`), line)
  assert.not.match(unit({}), /^Requires=/m)
})

test('what it needs is there before it starts', () => {
  const ids = of().map((r) => r.id)
  for (const id of [
    'package curl',
    'directory /etc/mesos/cni',
    'directory /var/lib/mesos/agent',
    'command /usr/bin/mesos-agent finds its libraries',
  ])
    assert.ok(ids.indexOf(id) >= 0 && ids.indexOf(id) < ids.indexOf('service mesos-agent'), id)
  assert.equal(restartsOn(of(), 'mesos-agent'), [
    'package aventer-mesos',
    'file /etc/mesos/zk',
    ENV,
    'unit mesos-agent.service.d/provision.conf',
  ])
})

test('of an old package, the unit has another name', () => {
  const list = wanted(mesosAgent, stack(vars({}, { mesos: { ...SOURCES.mesos, package: 'mesos' } })), 's-1')
  assert.match(text(list, 'unit mesos-slave.service.d/provision.conf'), /^ExecStart=\/usr\/sbin\/mesos-agent$/m)
  assert.ok(list.some((r) => r.id === 'service mesos-slave'))
})

test('its login is a secret file', () => {
  const list = of({ credential: { principal: 'agent', secret: 'env:TEST_AGENT' } })
  const { secret, content } = propsOf<{ secret: boolean; content: { word: unknown; size: number } }>(
    list,
    'file /etc/mesos/agent-credential.json',
  )
  assert.equal([secret, content.word instanceof Secret], [true, true])
  assert.is(content.size, '{ "principal": "agent", "secret": "agent-s3cret" }\n'.length)
  assert.match(text(list, ENV), /^MESOS_CREDENTIAL=file:\/\/\/etc\/mesos\/agent-credential\.json$/m)
  assert.not.match(JSON.stringify(list), /s3cret/)
})

for (const [bytes, mib] of [
  [4 * 1024 ** 3, 3072],
  [4 * 1024 ** 3 - 12_345_678, 2816],
  [16_500_000_000, 14592],
  [2 * 1024 ** 3, 1024],
  [1024 ** 3, 512],
] as const)
  test(`memory for tasks, of ${bytes} bytes`, () => assert.is(memoryFor(bytes), mib))

for (const [what, own, says] of [
  [
    'an attribute that ends another',
    { attributes: { rack: 'a;b' } },
    /attributes\.rack +must be a text without ";" and ":"/,
  ],
  ['a name that ends it', { attributes: { 'ra:ck': 'a' } }, /attributes\["ra:ck"\] +must be a name of letters/],
  ['a range that is none', { resources: { ports: ['31000'] } }, /resources\.ports.* must be a range like/],
  ['less than nothing', { resources: { cpus: -1 } }, /resources\.cpus .*must be at least 0/],
  ['a containerizer that is none', { containerizers: ['podman'] }, /containerizers\[0\] +must be "docker" or "mesos"/],
  ['a policy that is none', { reconfigurationPolicy: 'any' }, /reconfigurationPolicy +must be "additive" or "equal"/],
  [
    'a flag that is gone',
    { flags: { checkpoint: true } },
    /flags\.checkpoint +is never given: it is gone since Mesos 0\.22/,
  ],
  ['the flag that is none', { flags: { enable_cgroupsv2: true } }, /flags\.enable_cgroupsv2 +is never given/],
  [
    'systemd support',
    { flags: { systemd_enable_support: true } },
    /is set by this recipe: with it the agent does not start on cgroup v2/,
  ],
  [
    'a flag that is misspelt',
    { flags: { docker_registy: 'x' } },
    /is not a flag of mesos-agent, which would not start; did you mean "docker_registry"/,
  ],
  ['an old name', { flags: { executor_secret_key: 'x' } }, /is an old name: write "jwt_secret_key"/],
  [
    'a patience that Marathon does not have',
    { executorRegistrationTimeout: '11mins' },
    /hosts\.s-1\.vars\.mesos-agent\.executorRegistrationTimeout +is 11mins, longer than hosts\.m-1\.vars\.marathon\.taskLaunchTimeout, 600000 ms/,
  ],
] as const) {
  test(`the inventory has ${what}`, () =>
    assert.match(
      mistakesOf(() => stack(vars(own))),
      says,
    ))
}

test('the inventory has agents without Docker, or without masters', () => {
  const says = mistakesOf(() =>
    clusterOf({
      vars: { mesos: SOURCES.mesos },
      hosts: {
        z: { address: '10.0.0.1', roles: ['zookeeper'], vars: { zookeeper: { id: 1 } } },
        s: { address: '10.0.0.2', roles: ['mesos-agent'] },
      },
    }),
  )
  assert.match(says, /no host runs the recipe mesos-master/)
})

const WAS: Identity = {
  hostname: 'h4',
  port: 5051,
  attributes: { rack: 'r5', slot: 2 },
  resources: { cpus: 2, mem: 2048, disk: 4096, gpus: 0, ports: readValue('[31000-32000]'), tokens: 3 },
}
for (const [what, to, additive, equal] of [
  ['the same', {}, [], []],
  [
    'another value of an attribute',
    { attributes: { ...WAS.attributes, rack: 'r6' } },
    ['its attribute rack would change from r5 to r6'],
    'same',
  ],
  ['a new attribute', { attributes: { ...WAS.attributes, ssd: 'yes' } }, [], ['it would get a new attribute, ssd:yes']],
  ['an attribute that goes', { attributes: { rack: 'r5' } }, ['its attribute slot would go'], 'same'],
  [
    'a number that grows',
    { attributes: { ...WAS.attributes, slot: 3 } },
    [],
    ['its attribute slot would change from 2 to 3'],
  ],
  [
    'text that was a number',
    { attributes: { ...WAS.attributes, slot: 'two' } },
    ['its attribute slot would change from 2 to two'],
    'same',
  ],
  [
    'more of a resource',
    { resources: { ...WAS.resources, cpus: 3 } },
    [],
    ['its resource cpus would change from 2 to 3'],
  ],
  [
    'less of a resource',
    { resources: { ...WAS.resources, mem: 1024 } },
    ['its resource mem would change from 2048 to 1024'],
    'same',
  ],
  [
    'fewer ports',
    { resources: { ...WAS.resources, ports: readValue('[31000-31999]') } },
    ['its resource ports would change from [31000-32000] to [31000-31999]'],
    'same',
  ],
  [
    'more ports',
    { resources: { ...WAS.resources, ports: readValue('[31000-32000, 40000-40010]') } },
    [],
    ['its resource ports would change from [31000-32000] to [31000-32000, 40000-40010]'],
  ],
  [
    'the same ports, said in two',
    { resources: { ...WAS.resources, ports: readValue('[31501-32000,31000-31500]') } },
    [],
    [],
  ],
  [
    'what Mesos finds for itself',
    { resources: { cpus: 2, mem: 2048, ports: readValue('[31000-32000]'), tokens: 3 } },
    [],
    [],
  ],
  [
    'a resource of its own that goes',
    { resources: { cpus: 2, mem: 2048, ports: readValue('[31000-32000]') } },
    ['its resource tokens would go'],
    'same',
  ],
  ['another name', { hostname: '10.77.0.14' }, ['its hostname would change from h4 to 10.77.0.14'], 'same'],
  ['another port', { port: 5052 }, ['its port would change from 5051 to 5052'], 'same'],
] as const) {
  test(`an agent that would become ${what}`, () => {
    const then = { ...WAS, ...to } as Identity
    assert.equal(incompatible(WAS, then, 'additive'), additive)
    assert.equal(incompatible(WAS, then, 'equal'), equal === 'same' ? additive : equal)
  })
}

test('flags and state are read alike', () => {
  assert.equal(valuesOf('rack:r1;slot:5;ports:[1-2, 3-9];x:us-east-1a'), {
    rack: 'r1',
    slot: 5,
    ports: [[1, 9]],
    x: 'us-east-1a',
  })
  assert.equal(readValue('[31000-31000]'), [[31000, 31000]])
})

/** An agent that runs: as recorded, at s-1's address. */
const AGENT = '10.0.0.21:5051'
const state = (more: object = {}): Said => ({
  body: { ...JSON.parse(recorded('agent-state')), hostname: '10.0.0.21', ...more },
})
const restart = (diff: string): readonly Step[] => [
  {
    resource: ENV,
    type: 'file',
    name: '/etc/mesos/agent.env',
    changes: [{ action: 'update', text: 'content differs', diff }],
    contents: contentsOf(diff),
  },
  {
    resource: 'service mesos-agent',
    type: 'service',
    name: 'mesos-agent',
    changes: [{ action: 'restart', text: 'restart' }],
  },
]
const SAME = { attributes: { rack: 'r4', zone: 'a' }, resources: { cpus: 2, mem: 2048, disk: 4096 } }
const RACK = '-MESOS_ATTRIBUTES=rack:r3;zone:a\n+MESOS_ATTRIBUTES=rack:r4;zone:a'

for (const [what, own, steps, peer, refused] of [
  ['a change of something else', SAME, restart('-MESOS_GC_DELAY=1days\n+MESOS_GC_DELAY=2days'), state(), []],
  [
    'another rack',
    { ...SAME, attributes: { rack: 'r5', zone: 'a' } },
    restart(''),
    state(),
    [/its attribute rack would change from r4 to r5/],
  ],
  ['a new attribute', { ...SAME, attributes: { rack: 'r4', zone: 'a', ssd: 'yes' } }, restart(''), state(), []],
  [
    'the same, under "equal"',
    { ...SAME, attributes: { rack: 'r4', zone: 'a', ssd: 'yes' }, reconfigurationPolicy: 'equal' },
    restart(''),
    state(),
    [/new attribute, ssd:yes \(its reconfigurationPolicy is "equal"\)/],
  ],
  [
    'less memory',
    { ...SAME, resources: { ...SAME.resources, mem: 1024 } },
    restart(''),
    state(),
    [/its resource mem would change from 2048 to 1024/],
  ],
  [
    'another hostname',
    SAME,
    restart(''),
    state({ hostname: 'h4' }),
    [/its hostname would change from h4 to 10\.0\.0\.21/],
  ],
  [
    'two at once',
    { ...SAME, attributes: {} },
    restart(''),
    state(),
    [/its attribute rack would go; its attribute zone would go/],
  ],
  ['one that does not run', { ...SAME, attributes: { rack: 'r5' } }, restart(''), undefined, []],
  [
    'one that recovers: its file says what it was',
    SAME,
    restart(RACK),
    { status: 503 },
    [/rack would change from r3 to r4/],
  ],
  [
    'one that wants to know who asks',
    SAME,
    restart('-MESOS_ATTRIBUTES=rack:r4;zone:a;x:1\n+MESOS_ATTRIBUTES=rack:r4;zone:a'),
    { status: 401 },
    [/its attribute x would go/],
  ],
  ['no restart', { ...SAME, attributes: { rack: 'r5' } }, restart('').slice(0, 1), state(), []],
  [
    'a work_dir that moves',
    SAME,
    restart('-MESOS_WORK_DIR=/a\n+MESOS_WORK_DIR=/b'),
    state(),
    [/it would lose its identity/],
  ],
] as const) {
  test(`refuses: ${what}`, async () => {
    const cluster = stack(vars(own))
    const net = fakeNet(peer === undefined ? {} : { [AGENT]: paths({ '/state': peer }) })
    const refusals = (await mesosAgent.refuse?.(hostOf(cluster, 's-1'), cluster, steps, net)) ?? []
    assert.is(refusals.length, refused.length)
    refused.forEach((says, i) => {
      assert.match(refusals[i]?.reason ?? '', says)
    })
  })
}

for (const [resources, says] of [
  [
    { ports: ['1-65535'] },
    /resources\.ports +has ports that others on this host listen on: 22 \(sshd\), 80 \(haproxy\), 5051 \(mesos-agent\), 8081 \(haproxy\), 8301/,
  ],
  [{ ports: ['8000-8100', '8500-8500'] }, /listen on: 8081 \(haproxy\), 8500 \(consul\)/],
  [{ ports: ['32000-31000'] }, /32000-31000 is not a range of ports: from 1 to 65535, the lower end first/],
  [{ ports: ['60000-70000'] }, /60000-70000 is not a range of ports/],
  [{ ports: 31000 }, /resources\.ports +is a list of ranges/],
  [{ mem: ['1-2'] }, /resources\.mem +is a number/],
  [{ ports: ['31000-32000', '8082-8099'], tokens: ['1-5'], cpus: 2 }, /^it was accepted$/],
] as const)
  test(`resources: ${JSON.stringify(resources)}`, () =>
    assert.match(
      mistakesOf(() => stack(vars({ resources }))),
      says,
    ))

test('the way out of a refusal', async () => {
  const cluster = stack(vars({ attributes: { rack: 'r5' } }))
  const net = fakeNet({ [AGENT]: paths({ '/state': state() }) })
  const [refusal] = (await mesosAgent.refuse?.(hostOf(cluster, 's-1'), cluster, restart(''), net)) ?? []
  assert.is(refusal?.refusal, 'mesos-agent-identity')
  assert.is(
    refusal?.remedy,
    'Put it back. Or give it a new identity: drain it, stop its unit, remove /var/lib/mesos/agent/meta/slaves/latest, and run again.',
  )
})

const slaves = (more: object): Said => ({
  body: {
    slaves: [{ ...JSON.parse(recorded('slaves')).slaves[1], pid: 'slave(1)@10.0.0.21:5051', ...more }],
    recovered_slaves: [],
  },
})
const metrics = (tasks: number): Said => ({
  body: { ...JSON.parse(recorded('agent-metrics')), 'slave/tasks_running': tasks },
})
const agent = paths({ '/metrics/snapshot': metrics(2) })
const leads = (said: Said, more: object = {}): Peers => ({
  '10.0.0.11:5050': paths({ '/slaves': { status: 307, headers: { Location: '//10.0.0.12:5050/master/slaves' } } }),
  '10.0.0.12:5050': paths({
    '/slaves': said,
    '/metrics/snapshot': { body: { ...JSON.parse(recorded('metrics-leader')), ...more } },
  }),
})

for (const [what, peers, says] of [
  ['an agent', { [AGENT]: agent, ...leads(slaves({})) }, { green: true, says: 'active, 2 tasks' }],
  [
    'one with a task',
    { [AGENT]: paths({ '/metrics/snapshot': metrics(1) }), ...leads(slaves({})) },
    { green: true, says: 'active, 1 task' },
  ],
  ['one that does not count for us', { [AGENT]: paths({}), ...leads(slaves({})) }, { green: true, says: 'active' }],
  [
    'one that the master has lost',
    { [AGENT]: agent, ...leads(slaves({ active: false })) },
    { green: false, says: 'm-2 knows it, and is not connected to it, 2 tasks' },
  ],
  [
    'one that is deactivated',
    { [AGENT]: agent, ...leads(slaves({ active: false, deactivated: true })) },
    { green: false, away: true, says: 'deactivated, 2 tasks' },
  ],
  [
    'one that is drained',
    {
      [AGENT]: paths({ '/metrics/snapshot': metrics(0) }),
      ...leads(slaves({ active: false, deactivated: true, drain_info: { state: 'DRAINED' } })),
    },
    { green: false, away: true, says: 'drained, 0 tasks' },
  ],
  [
    'one that nobody knows',
    { [AGENT]: agent, ...leads(slaves({ pid: 'slave(1)@10.0.0.99:5051', hostname: 'x' })) },
    { green: false, says: 'not registered: m-2, which leads, does not know it' },
  ],
  [
    'one whose leader has no quorum',
    { [AGENT]: agent, ...leads({ body: { slaves: [] } }, { 'registrar/state_fetch_ms': undefined }) },
    { green: false, waitsFor: 'mesos-master', says: 'm-2 leads without a quorum' },
  ],
  [
    'one without masters',
    { [AGENT]: agent },
    {
      green: false,
      waitsFor: 'mesos-master',
      says: 'no master answers as the leader: m-1: 10.0.0.11:5050 refused the connection; m-2: 10.0.0.12:5050 refused the connection; m-3: 10.0.0.13:5050 refused the connection',
    },
  ],
  [
    'one that does not run',
    leads(slaves({})),
    { green: false, down: true, says: 'not running: port 5051 refuses; its last words: EXIT with status 1' },
  ],
] as const) {
  test(`health of ${what}`, async () => {
    const cluster = stack()
    const net = fakeNet(peers as Peers, () => 'failed\nEXIT with status 1\n')
    assert.equal(await mesosAgent.health?.(cluster.host('s-1'), cluster, net), says)
  })
}

test.run()
