import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { memoryFor } from '../../../recipes/mesos-agent/identity.ts'
import { mesosAgent } from '../../../recipes/mesos-agent.ts'
import type { Facts } from '../../../src/model/facts.ts'
import { Secret } from '../../../src/shell/secret.ts'
import { propsOf, restartsOn, SOURCES, stack, text, wanted } from '../support.ts'
import { ENV, of, vars } from './ground.ts'

const test = suite('recipes/mesos-agent')

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

test.run()
