import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { webTask } from '../../support/mesos-framework.ts'
import { ipNumber } from './common/address.ts'
import type { HealthCheck } from './common/proto.ts'
import { Records, record } from './common/recordio.ts'
import { parseRanges, printRanges } from './common/resource-text.ts'
import { holds, minus, sum, tidy } from './common/resources.ts'
import { runArguments } from './executor/docker-args.ts'
import { watchHealth } from './executor/health.ts'
import type { Order } from './executor/messages.ts'
import { type Replica, recover } from './master/replicas.ts'

const test = suite('mesos stand-in: parts')

for (const [from, taken, left] of [
  ['[1-10]', '[3-4]', '[1-2, 5-10]'],
  ['[1-10]', '[1-10]', '[]'],
  ['[1-3, 7-9]', '[3-7]', '[1-2, 8-9]'],
  ['[5-6]', '[1-2, 9-9]', '[5-6]'],
] as const)
  test(`ranges ${from} without ${taken}`, () => {
    const of = (text: string) => ({ scalars: {}, ranges: { ports: parseRanges(text) } })
    assert.is(printRanges(minus(of(from), of(taken)).ranges.ports ?? []), left)
    assert.is(holds(of(from), of(taken)), left === '[]' || from === '[1-10]')
  })

test('ranges that touch are one', () =>
  assert.equal(
    tidy([
      { begin: 4, end: 5 },
      { begin: 1, end: 3 },
    ]),
    [{ begin: 1, end: 5 }],
  ))

test('a tenth and two tenths are three tenths', () => {
  const cpus = (value: number) => ({ scalars: { cpus: value }, ranges: {} })
  assert.equal(sum([cpus(0.1), cpus(0.2)]).scalars, { cpus: 0.3 })
})

test('records are cut wherever the stream is', () => {
  const stream = Buffer.from(`${record({ a: 'ä' })}${record({ b: 2 })}`)
  for (let at = 0; at <= stream.length; at++) {
    const records = new Records()
    assert.equal(
      [...records.push(stream.subarray(0, at)), ...records.push(stream.subarray(at))],
      [{ a: 'ä' }, { b: 2 }],
      `cut at ${at}`,
    )
  }
})

test('an address as a number', () => assert.equal(['127.0.0.1', '10.77.0.13'].map(ipNumber), [16777343, 218123530]))

const order = (more: object): Order => ({
  task: { ...webTask('w', 31000), agent_id: { value: 'S0' }, ...more },
  container: 'c0ffee',
  directory: '/sandbox',
  killingState: true,
  role: '*',
  grace: 5000,
  docker: ['docker'],
  launcherDir: '/usr/libexec/mesos',
  sandbox: '/mnt/mesos/sandbox',
  enableCfs: false,
})

test('docker run gets what was recorded', () => {
  const command =
    'mkdir -p /tmp/w; hostname > /tmp/w/index.html; env >> /tmp/w/index.html; exec httpd -f -p 80 -h /tmp/w'
  assert.equal(runArguments(order({})), [
    ...'run --cpu-shares 204 --memory 67108864 -e MESOS_ALLOCATION_ROLE=* -e MESOS_CONTAINER_NAME=mesos-c0ffee'.split(
      ' ',
    ),
    ...'-e MESOS_SANDBOX=/mnt/mesos/sandbox -v /sandbox:/mnt/mesos/sandbox --net bridge -p 31000:80/tcp --entrypoint /bin/sh'.split(
      ' ',
    ),
    ...'--name mesos-c0ffee bb:1 -c'.split(' '),
    command,
  ])
})

test('arguments, parameters, volumes and the host network', () => {
  const container = {
    type: 'DOCKER',
    docker: { image: 'web:2', network: 'HOST', parameters: [{ key: 'stop-timeout', value: '30' }] },
    volumes: [
      { container_path: '/data', host_path: '/srv', mode: 'RO' },
      { container_path: '/in', host_path: 'in', mode: 'RW' },
    ],
  }
  const environment = { variables: [{ name: 'PORT0', value: '31000' }] }
  const args = runArguments(
    order({ resources: [], container, command: { shell: false, arguments: ['rails', 'server'], environment } }),
  ).join(' ')
  assert.match(
    args,
    /-e PORT0=31000 -v \/srv:\/data:ro -v \/sandbox\/in:\/in:rw -v \/sandbox:\/mnt\/mesos\/sandbox --net host --stop-timeout=30 --name mesos-c0ffee web:2 rails server$/,
  )
  assert.not.match(args, /--entrypoint|cpu-shares|-p /)
})

// What probes find, one after the other, and what is told of it: + healthy, - unhealthy, ! given up.
const check = {
  delay_seconds: 0,
  interval_seconds: 0,
  consecutive_failures: 3,
  grace_period_seconds: 0,
} satisfies HealthCheck
const health: readonly (readonly [string, HealthCheck, string, string])[] = [
  ['healthy is told once', check, '++++', '+'],
  ['every failure is told', check, '+--+', '+--+'],
  ['three failures in a row are the end', check, '+--+---+', '+--+---!'],
  [
    'failures before the first success do not count while the grace period lasts',
    { ...check, grace_period_seconds: 60 },
    '-----+---',
    '+---!',
  ],
]
for (const [name, its, probes, wanted] of health)
  test(`health: ${name}`, async () => {
    let [said, at] = ['', 0]
    const probe = async () => probes[at++] === '+'
    await watchHealth(
      its,
      probe,
      (healthy) => (said += healthy ? '+' : '-'),
      () => (said += '!'),
      () => at > probes.length,
    )
    assert.is(said, wanted)
  })

const replica = (pid: string, status: Replica['status'], more: Partial<Replica> = {}): Replica => ({
  pid,
  status,
  ...more,
})
// Replicas by their nodes' names; what the empty one called `me` becomes.
const replicas: readonly (readonly [string, number, Record<string, Replica>, string | undefined])[] = [
  ['alone, quorum 1', 1, { me: replica('1', 'EMPTY') }, 'log-of-me'],
  ['two of three, all empty: waits', 2, { a: replica('1', 'EMPTY'), me: replica('2', 'EMPTY') }, undefined],
  [
    'three, all empty: a log begins',
    2,
    { a: replica('1', 'EMPTY'), b: replica('2', 'EMPTY'), me: replica('3', 'EMPTY') },
    'log-of-a-b-me',
  ],
  [
    'two vote: catches up',
    2,
    { a: replica('1', 'VOTING', { log: 'x' }), b: replica('2', 'VOTING', { log: 'x' }), me: replica('3', 'EMPTY') },
    'x',
  ],
  [
    'one old one votes, quorum 2: from 1 to 3 masters there is no way',
    2,
    { a: replica('1', 'VOTING', { log: 'x' }), b: replica('2', 'EMPTY'), me: replica('3', 'EMPTY') },
    undefined,
  ],
  [
    'one began with me',
    2,
    {
      a: replica('1', 'VOTING', { log: 'x', began: ['a', 'b', 'me'] }),
      b: replica('2', 'EMPTY'),
      me: replica('3', 'EMPTY'),
    },
    'x',
  ],
]
for (const [name, quorum, all, wanted] of replicas)
  test(`replicas: ${name}`, () => assert.is(recover('me', 'pid', new Map(Object.entries(all)), quorum)?.log, wanted))

test.run()
