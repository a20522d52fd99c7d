import type { HostResult } from '../../src/engine/events.ts'
import { type Bare, change, finish, type Played, planOf, resultOf, step } from './played.ts'

const OUTCOMES = [
  'changed',
  'in-sync',
  'changed',
  'changed',
  'failed',
  'changed',
  'in-sync',
  'changed',
  'unreachable',
  'blocked',
] as const

const REASONS: Readonly<Partial<Record<HostResult['outcome'], string>>> = {
  unreachable: '10.0.1.7:22 did not answer in 10 s. Is the host up, and does its security group let this machine in?',
  blocked: 'mesos-master comes first, and did not become healthy.',
  failed: 'service mesos-slave did not start: exit 1.',
}

const slaveSteps = [
  step('package', 'docker.io', change('create', '20.10.24')),
  step('file', '/etc/mesos-slave/attributes', change('create', '1 line, root:root 0644')),
  step('service', 'mesos-slave', change('create', 'started and enabled')),
]

/** One of many hosts, from `begin` on: its events and its end. */
function slave(
  host: string,
  i: number,
  command: 'plan' | 'apply',
): { events: (readonly [number, Bare])[]; end: number } {
  const outcome = OUTCOMES[(i * 7) % OUTCOMES.length] as (typeof OUTCOMES)[number]
  const looked = 200 + i * 90
  const reason = REASONS[outcome] === undefined ? {} : { reason: REASONS[outcome] as string }
  const works = outcome === 'changed' || outcome === 'failed'
  const plan = planOf(host, works ? slaveSteps : [])
  const cost = { connections: 1, execs: works ? 3 : 1, bytesUp: 7400 + i * 10, bytesDown: 6100 }
  const ends = (end: number, as: HostResult['outcome'], more: Partial<HostResult> = {}) => {
    events.push([end, { event: 'host', ...resultOf(host, as, { ms: end, cost, plan, ...reason, ...more }) }])
    return { events, end }
  }
  const events: (readonly [number, Bare])[] = [
    [5, { event: 'connecting', host }],
    [looked, { event: 'observing', host }],
  ]
  if (!works) return ends(looked + (outcome === 'unreachable' ? 2000 : 400), outcome)
  events.push([looked + 300, { event: 'plan', host, plan }])
  if (command === 'plan') return ends(looked + 400, 'planned', { steps: 3, reason: '' })
  events.push([looked + 310, { event: 'applying', host, steps: 3 }])
  const ms = 700 + ((i * 37) % 11) * 100
  slaveSteps.forEach(({ resource, type, name }, index) => {
    const at = looked + 310 + index * ms
    const fails = outcome === 'failed' && index === 2
    events.push(
      [at, { event: 'step', host, index, of: 3, resource, type, name }],
      [at + 100, { event: 'output', host, line: `Unpacking docker.io (20.10.24+dfsg1-1+b3) over line ${index} …` }],
      [at + ms - 1, { event: fails ? 'step-failed' : 'step-done', host, index, ms }],
    )
  })
  const end = looked + 310 + 3 * ms
  events.push([end, { event: 'verifying', host }])
  if (outcome === 'changed') return ends(end + 200, outcome, { steps: 3 })
  return ends(end + 200, outcome, {
    steps: 2,
    output: ['Failed to initialize: cgroup v2 is not supported'],
    owed: ['mesos-slave.service'],
  })
}

/** Many hosts: most change, some are in sync, a few fail. Always the same. */
export function fleet(n: number, command: 'plan' | 'apply' = 'apply'): Played {
  const hosts = Array.from({ length: n }, (_, i) => `mesos-slave-${String(i + 1).padStart(2, '0')}`)
  const each = hosts.map((host, i) => slave(host, i, command))
  const end = Math.max(...each.map((one) => one.end)) + 10
  return finish(
    command,
    [[0, { event: 'run', command, hosts }], ...each.flatMap((one) => one.events)],
    end,
    command === 'plan' ? 2 : 1,
  )
}
