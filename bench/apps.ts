/**
 * What many balanced apps cost a cluster: slaves with the role `load-balancer`, small servers as tasks, a scripted
 * Marathon. `npm run bench:apps -- --slaves 20 --apps 300 --tasks 1000`. Needs a machine that can boot sandbox hosts;
 * leaves nothing behind, and writes no file. docs/performance.md says what each figure means.
 */
import { cpus, loadavg } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { Sandbox, SandboxHost } from '../src/sandbox/index.ts'
import { serve } from '../test/support/artifacts.ts'
import { ask, balancers, bridgeOf } from '../test/support/load-balancer.ts'
import { part } from '../test/support/parts.ts'
import { type FakeMarathon, fakeMarathon } from '../test/support/scripted-marathon.ts'
import { eventually } from '../test/support/until.ts'
import { apply, finish, memory, reasons } from '../test/support/zookeeper.ts'
import { type Fleet, fleet, SERVERS } from './apps/fleet.ts'
import { hear, type Meters, meters, spent, UNITS } from './apps/meters.ts'
import { median } from './measure.ts'
import { onSandbox } from './on-sandbox.ts'

const BOX = 'bench-apps'
const { values } = parseArgs({
  options: {
    slaves: { type: 'string', default: '20' },
    apps: { type: 'string', default: '300' },
    tasks: { type: 'string', default: '1000' },
    /** Seconds during which nothing changes. */
    idle: { type: 'string', default: '30' },
  },
})
const [slaves, apps, tasks, idleSeconds] = [values.slaves, values.apps, values.tasks, values.idle].map(Number) as [
  number,
  number,
  number,
  number,
]

const say = (text: string): void => void process.stdout.write(`${text}\n`)
const load = (): string => loadavg()[0]?.toFixed(1) ?? '?'
const row = (...cells: readonly (string | number)[]): void => say(`| ${cells.join(' | ')} |`)
const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`
const sum = (all: readonly number[]): number => all.reduce((a, b) => a + b, 0)
const range = (all: readonly number[], of: (n: number) => string): string =>
  `${of(median(all))} (${of(Math.min(...all))}–${of(Math.max(...all))})`

/** How long nothing may have gone live anywhere until a change counts as done. */
const QUIET = 6000

/** What a change is called, how it is made, and the sh that is true once a host's configuration has it. */
interface Change {
  readonly what: string
  readonly make: () => unknown
  readonly live: () => string
}

/** Makes a change, and says when it was in the last HAProxy, and what it cost each slave. */
async function change(ground: Ground, { what, make, live }: Change): Promise<void> {
  const { hosts, marathon, idle } = ground
  const [before, began, asked] = [hosts.map((host) => meters(BOX, host)), Date.now(), marathon.asked.length]
  make()
  const has = async (host: SandboxHost): Promise<boolean> => (await host.sh(`cd /etc/haproxy && ${live()}`)).code === 0
  const lives = await eventually(
    what,
    async () => {
      if (!(await Promise.all(hosts.map(has))).every((done) => done)) return undefined
      const heard = await hear(hosts, began)
      const done = heard.every((each) => each.length > 0) && Date.now() - Math.max(...heard.flat()) > QUIET
      return done ? heard : undefined
    },
    3000,
  )
  const took = Date.now() - began
  const costs = hosts.map((host, i) => {
    const used = spent(before[i] as Meters, meters(BOX, host))
    return (used.template - (idle.template * took) / 1000) / (lives[i] as readonly number[]).length
  })
  row(
    what,
    range(
      lives.map((each) => Math.max(...each) - began),
      seconds,
    ),
    range(
      lives.map((each) => each.length),
      String,
    ),
    range(costs, (ms) => `${(ms / 1000).toFixed(2)} s`),
    marathon.asked.slice(asked).filter(({ line }) => line.includes('/v2/apps')).length,
    load(),
  )
}

interface Ground {
  readonly hosts: readonly SandboxHost[]
  readonly marathon: FakeMarathon
  /** CPU milliseconds a second of each unit while nothing changes, the median of the hosts. */
  idle: Record<keyof typeof UNITS, number>
}

async function atRest({ hosts, marathon }: Ground): Promise<Ground['idle']> {
  const [before, began, asked] = [hosts.map((host) => meters(BOX, host)), performance.now(), marathon.asked.length]
  await sleep(idleSeconds * 1000)
  const rates = hosts.map((host, i) => spent(before[i] as Meters, meters(BOX, host)))
  const took = (performance.now() - began) / 1000
  const questions = marathon.asked.length - asked
  say('\n| while nothing changes, of a core | one slave: median, least–most | all slaves |\n|---|---|---|')
  const idle = { ...UNITS } as unknown as Record<keyof typeof UNITS, number>
  for (const unit of Object.keys(UNITS) as (keyof typeof UNITS)[]) {
    const each = rates.map((used) => used[unit] / took)
    const percent = (ms: number): string => `${(ms / 10).toFixed(1)} %`
    idle[unit] = median(each)
    row(UNITS[unit], range(each, percent), percent(sum(each)))
  }
  say(`\nMarathon was asked ${questions} times in ${took.toFixed(0)} s; load ${load()}`)
  return idle
}

/** What each host must not have: answers of its Consul that say it has too many connections. */
async function limits(hosts: readonly SandboxHost[]): Promise<void> {
  const found = await Promise.all(
    hosts.map(async (host) => {
      const { stdout } = await host.sh(
        "journalctl --no-pager -o cat -u consul-template -u provision-registrar | grep -c '429'; ss -Htn state established '( dport = :8500 )' | wc -l",
      )
      return stdout.trim().split('\n').map(Number) as [number, number]
    }),
  )
  say(
    `\nanswers 429: ${sum(found.map(([refused]) => refused))}; connections to a Consul agent: ${range(
      found.map(([, open]) => open),
      String,
    )}`,
  )
}

/** All tasks, step by step, a time of rest, and then one change after another. */
async function changes(ground: Ground, all: Fleet): Promise<void> {
  const head = (): void =>
    say(
      '\n| | in each HAProxy after | renders | CPU of a render | questions to Marathon | load |\n|---|---|---|---|---|---|',
    )
  const has = (line: string): string => `grep -q '${line}' haproxy.cfg`
  const lacks = (line: string): string => `! grep -q '${line}' haproxy.cfg`
  head()
  // as many at a time as a cluster might start
  for (let from = 0; from < tasks; from += 250)
    await change(ground, {
      what: `${Math.min(from + 250, tasks)} tasks`,
      make: () => all.begin(from, Math.min(from + 250, tasks)),
      live: () => `[ "$(grep -c '  server t_' haproxy.cfg)" -eq ${2 * Math.min(from + 250, tasks)} ]`,
    })
  ground.idle = await atRest(ground)
  head()
  for (const app of [1, 2, 3]) {
    let name = ''
    await change(ground, { what: `a task ends (${app})`, make: () => (name = all.end(app)), live: () => lacks(name) })
    await change(ground, {
      what: `another comes (${app})`,
      make: () => (name = all.come(app)),
      live: () => has(name),
    })
  }
  await change(ground, {
    what: 'a new app with one task',
    make: () => all.come(apps),
    live: () => has(`^backend be_app-${apps}$`),
  })
  let last = { ended: '', came: '' }
  await change(ground, {
    what: 'each app has another task for its first',
    make: () => (last = all.others()),
    live: () => `${lacks(last.ended)} && ${has(last.came)}`,
  })
}

async function measure(box: Sandbox): Promise<void> {
  const hosts = await box.up(
    Array.from({ length: slaves }, (_, i) => ({ name: `slave-${i + 1}`, layer: 'balancer-12' })),
  )
  const bridge = bridgeOf(hosts[0] as SandboxHost)
  const [marathon, artifacts] = [await fakeMarathon(bridge), await serve(bridge)]
  try {
    const [consul, template] = [await part('consul'), await part('consul-template')]
    const made = {
      marathon: marathon.url,
      consul: { ...consul, ...artifacts.offer(consul.file) },
      template: { ...template, ...artifacts.offer(template.file) },
    }
    const cluster = balancers(hosts, made, { registrar: { marathon: [marathon.url] } }, { retries: 3, keepalive: 30 })
    const converged = performance.now()
    const result = await finish(apply, cluster, memory())
    if (result.exitCode !== 0) throw new Error(reasons(result))
    say(
      `node ${process.version}, ${cpus().length} × ${cpus()[0]?.model}; ${slaves} slaves, ${apps} apps, ${tasks} tasks`,
    )
    say(`converged in ${seconds(performance.now() - converged)}, load ${load()}`)
    for (const host of hosts) {
      const { code, stderr } = await host.sh(
        'cat >/root/tasks.cfg; systemd-run -q --unit=tasks haproxy -db -f /root/tasks.cfg',
        SERVERS,
      )
      if (code !== 0) throw new Error(stderr)
    }
    const ground: Ground = { hosts, marathon, idle: { template: 0, registrar: 0, consul: 0, haproxy: 0 } }
    await changes(ground, fleet(hosts, marathon, apps))
    await limits(hosts)
    const answers = await Promise.all(hosts.map(({ address }) => ask(address, '/', { host: 'app-7.example.com' })))
    if (!answers.every((answer) => answer.startsWith('200'))) throw new Error(`not served: ${answers.join(', ')}`)
  } finally {
    await marathon.close()
    await artifacts.close()
  }
}

await onSandbox(BOX, measure)
