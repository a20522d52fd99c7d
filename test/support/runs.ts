import type { HostResult } from '../../src/engine/events.ts'
import { type Bare, change, finish, type Played, planOf, resultOf, step } from './played.ts'

const ensembleSteps = [
  step('package', 'zookeeper', change('create', '3.8.0-11')),
  step(
    'file',
    '/etc/zookeeper/zoo.cfg',
    change('create', '18 lines, zookeeper:zookeeper 0644', '@@ -0,0 +1,2 @@\n+tickTime=2000\n+initLimit=10\n'),
  ),
  step(
    'file',
    '/etc/hosts',
    change(
      'update',
      'content differs',
      '@@ -1,3 +1,5 @@\n 127.0.0.1\tlocalhost\n-127.0.1.1\tzk-1\n+10.0.0.11\tzk-1\n+10.0.0.12\tzk-2\n',
    ),
    change('update', 'mode 0600 → 0644'),
  ),
  step('service', 'zookeeper', change('restart', 'restart: /etc/zookeeper/zoo.cfg changes')),
]

type Timed = readonly [number, Bare]

/** A host that never answers. */
function away(host: string): Timed[] {
  const reason = '10.0.0.14:22 refused the connection'
  const cost = { connections: 0, execs: 0, bytesUp: 0, bytesDown: 0 }
  const said = `${reason}. Is sshd up, and the port right?`
  return [
    [1500, { event: 'retry', host, reason }],
    [4000, { event: 'host', ...resultOf(host, 'unreachable', { reason: said, ms: 4000, cost }) }],
  ]
}

/** The steps of a member from a time on, each with output; with `fails`, the last one fails. Returns when they end. */
function memberSteps(host: string, from: number, fails: boolean): { events: Timed[]; end: number } {
  const events = ensembleSteps.flatMap(({ resource, type, name }, index): Timed[] => {
    const at = from + index * 2600
    const unpacked = (k: number): string => `Setting up openjdk-${k}-jre-headless:amd64 (17.0.17+10-1~deb12u1) …`
    const lines = Array.from({ length: 8 }, (_, k) => (index === 0 ? unpacked(k) : `line ${k}`))
    const failed = fails && index === 3
    return [
      [at, { event: 'step', host, index, of: 4, resource, type, name }],
      ...lines.map((line, k): Timed => [at + k * 200, { event: 'output', host, line }]),
      [at + 2500, { event: failed ? 'step-failed' : 'step-done', host, index, ms: 2500 }],
    ]
  })
  return { events, end: from + ensembleSteps.length * 2600 }
}

/** A member that is changed and rejoins its ensemble. */
function comesBack(host: string, at: number): Timed[] {
  const gate = (green: boolean, says: string): Bare => ({ event: 'gate', host, recipe: 'zookeeper', green, says })
  const cost = { connections: 1, execs: 5, bytesUp: 9000, bytesDown: 5000 }
  return [
    [at, { event: 'verifying', host }],
    [at + 300, gate(false, 'does not serve yet')],
    [at + 900, gate(false, 'does not serve yet')],
    [at + 1500, gate(true, 'follower')],
    [at + 1510, { event: 'host', ...resultOf(host, 'changed', { steps: 4, ms: 12_300, cost }) }],
  ]
}

const brokenMember: Partial<HostResult> = {
  steps: 3,
  ms: 23_000,
  reason: 'service zookeeper did not start: exit 2.',
  output: ['org.apache.zookeeper.server.quorum.QuorumPeerMain', 'Invalid config, exiting abnormally'],
  owed: ['zookeeper.service'],
}

/** Three hosts of an ensemble and an unreachable one: a change, a wait, a failure. */
export function ensemble(): Played {
  const hosts = ['zk-1', 'zk-2', 'zk-3', 'zk-4']
  const members = { rolls: ['zookeeper'], alsoInstalls: ['libjline2-java 2.14.6-5', 'openjdk-17-jre-headless 17.0.17'] }
  const planned = (host: string): Timed => [320, { event: 'plan', host, plan: planOf(host, ensembleSteps, members) }]
  const one = memberSteps('zk-1', 400, false)
  const two = memberSteps('zk-3', one.end + 1600, true)
  const timed: Timed[] = [
    [0, { event: 'run', command: 'apply', hosts }],
    ...hosts.map((host): Timed => [5, { event: 'connecting', host }]),
    ...away('zk-4'),
    ...hosts.slice(0, 3).map((host): Timed => [150, { event: 'observing', host }]),
    [300, { event: 'plan', host: 'zk-2', plan: planOf('zk-2') }],
    [310, { event: 'host', ...resultOf('zk-2', 'in-sync', { plan: planOf('zk-2') }) }],
    planned('zk-1'),
    planned('zk-3'),
    [330, { event: 'waiting', host: 'zk-3', for: 'zk-1: hosts take turns' }],
    [340, { event: 'applying', host: 'zk-1', steps: 4 }],
    ...one.events,
    ...comesBack('zk-1', one.end),
    ...two.events,
    [two.end, { event: 'host', ...resultOf('zk-3', 'failed', brokenMember) }],
  ]
  return finish('apply', timed, two.end + 20, 1)
}

/** The plan of such an ensemble: changes, in sync, refused. */
export function ensemblePlan(): Played {
  const hosts = ['zk-1', 'zk-2', 'zk-3']
  const reason =
    'file /var/lib/zookeeper/myid says 3, the inventory says 5. Renumbering breaks an ensemble: set zkId to 3, or give the host an empty data directory.'
  return finish(
    'plan',
    [
      [0, { event: 'run', command: 'plan', hosts }],
      [
        300,
        {
          event: 'host',
          ...resultOf('zk-1', 'planned', {
            steps: 4,
            plan: planOf('zk-1', ensembleSteps, {
              rolls: ['zookeeper'],
              alsoInstalls: ['libjline2-java 2.14.6-5', 'openjdk-17-jre-headless 17.0.17'],
            }),
          }),
        },
      ],
      [310, { event: 'host', ...resultOf('zk-2', 'in-sync', { plan: planOf('zk-2') }) }],
      [320, { event: 'host', ...resultOf('zk-3', 'refused', { reason, plan: planOf('zk-3') }) }],
    ],
    400,
    1,
  )
}

/** A second run: all hosts are in sync. */
export function still(n: number, command: 'plan' | 'apply' = 'apply'): Played {
  const hosts = Array.from({ length: n }, (_, i) => `zk-${i + 1}`)
  const timed: (readonly [number, Bare])[] = [[0, { event: 'run', command, hosts }]]
  for (const host of hosts)
    timed.push(
      [10, { event: 'connecting', host }],
      [150, { event: 'observing', host }],
      [350, { event: 'host', ...resultOf(host, 'in-sync', { plan: planOf(host) }) }],
    )
  return finish(command, timed, 400, 0)
}

/** A host that attacks the terminal: escape sequences in every string that it controls. */
export function hostile(): Played {
  const evil = '\x1b[2J\x1b[31;5mowned\x07\x1b]0;title\x07\u202egpj.exe\x9b1A\r\n\x08\x7f'
  const hosts = ['evil', 'a-host-with-a-name-far-longer-than-any-column']
  const wide = '漢字とかな、全角文字の行です。漢字とかな、全角文字の行です。漢字とかな 👩‍👩‍👧‍👦 e\u0301 ✅'
  const steps = [
    step('file', `/etc/${evil}`, change('update', evil, `@@ -1 +1 @@\n-old ${evil.replace('\n', ' ')}\n+${wide}\n`)),
    step('command', wide, change('create', wide)),
  ]
  const timed: (readonly [number, Bare])[] = [[0, { event: 'run', command: 'apply', hosts }]]
  hosts.forEach((host) => {
    timed.push(
      [10, { event: 'connecting', host }],
      [300, { event: 'plan', host, plan: planOf(host, steps, { warnings: [evil], alsoInstalls: [evil] }) }],
      [310, { event: 'applying', host, steps: 2 }],
    )
    steps.forEach(({ resource, type, name }, index) => {
      timed.push(
        [400 + index * 3000, { event: 'step', host, index, of: 2, resource, type, name }],
        [500 + index * 3000, { event: 'output', host, line: evil }],
      )
      timed.push(
        [1900 + index * 3000, { event: 'output', host, line: `${wide}${wide}` }],
        [3300 + index * 3000, { event: 'step-done', host, index, ms: 2900 }],
      )
    })
    timed.push([
      6500,
      {
        event: 'host',
        ...resultOf(host, 'failed', {
          reason: `${evil} ${wide}`,
          output: [evil, wide + wide],
          owed: [evil],
          plan: planOf(host, steps, { warnings: [evil], alsoInstalls: [evil], rolls: ['zookeeper'] }),
        }),
      },
    ])
  })
  return finish('apply', timed, 6600, 1)
}

/** A host that prints something once and then works silently. */
export function trickle(): Played {
  const { resource, type, name } = step('archive', '/opt/zookeeper')
  return finish(
    'apply',
    [
      [0, { event: 'run', command: 'apply', hosts: ['zk-3'] }],
      [100, { event: 'applying', host: 'zk-3', steps: 4 }],
      [200, { event: 'step', host: 'zk-3', index: 2, of: 4, resource, type, name }],
      [5000, { event: 'output', host: 'zk-3', line: '[===>        ] 31 %' }],
      [90_000, { event: 'step-done', host: 'zk-3', index: 2, ms: 89_800 }],
      [91_000, { event: 'host', ...resultOf('zk-3', 'changed', { steps: 4, ms: 91_000 }) }],
    ],
    91_010,
    0,
  )
}
