/**
 * What a run costs that finds nothing to do, against `ssh HOST true` on the same hosts in the same minutes: `npm run
 * bench`. docs/performance.md says what each figure means. Needs a machine that can boot sandbox hosts; leaves nothing
 * behind, and writes no file.
 */
import { cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { available, type SandboxHost } from '../src/sandbox/index.ts'
import { type Ground, prepare } from './hosts.ts'
import { type Command, compare, cpu, median, memory, type Pairs, run } from './measure.ts'

const { values } = parseArgs({
  options: { pairs: { type: 'string', default: '15' }, hosts: { type: 'string', default: '99' } },
})
const pairs = Number(values.pairs)
const fleet = Number(values.hosts)

const say = (text: string): void => void process.stdout.write(`${text}\n`)
const load = (): string => loadavg()[0]?.toFixed(1) ?? '?'

function row(what: string, { ours, theirs, ratio, least, most }: Pairs, aim: string): void {
  const cells = [
    `${ours.toFixed(0)} ms`,
    `${theirs.toFixed(0)} ms`,
    ratio.toFixed(2),
    `${least.toFixed(2)}–${most.toFixed(2)}`,
    aim,
    load(),
  ]
  say(`| ${[what, ...cells].join(' | ')} |`)
}

function head(theirs: string): void {
  say(`\n| | provision | ${theirs} | ratio | least–most | aim | load |\n|---|---|---|---|---|---|---|`)
}

/** The command's own words about one no-op; that it was one is checked. */
async function cost(command: Command, hosts: number): Promise<{ execs: number; up: number; down: number }> {
  const { stdout } = await run(command)
  const events = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .filter((e) => e.event === 'host')
  if (events.length !== hosts || events.some((e) => e.outcome !== 'in-sync')) throw new Error(`not in sync: ${stdout}`)
  const mean = (pick: (e: (typeof events)[0]) => number) =>
    Math.round(events.reduce((sum, e) => sum + pick(e), 0) / hosts)
  return { execs: mean((e) => e.cost.execs), up: mean((e) => e.cost.bytesUp), down: mean((e) => e.cost.bytesDown) }
}

/** Processor time that a host spends on a command, less what it spends anyway in such a time. */
async function onHost(ground: Ground, host: SandboxHost, command: Command): Promise<number> {
  const times: number[] = []
  for (let i = 0; i < 7; i++) {
    const before = ground.spent(host)
    const { ms } = await run(command)
    await new Promise((r) => setTimeout(r, 300)) // sshd's last words
    const after = ground.spent(host)
    await new Promise((r) => setTimeout(r, ms + 300))
    times.push(after - before - (ground.spent(host) - after))
  }
  return median(times)
}

async function cpuOf(command: Command, runs: number): Promise<string> {
  const times: number[] = []
  for (let i = 0; i < runs; i++) times.push(await cpu(command))
  return `${median(times).toFixed(0)} ms`
}

async function starting(ground: Ground): Promise<void> {
  head('node -e 0')
  const node: Command = { argv: [process.execPath, '-e', '0'] }
  for (const flag of ['--help', '--version'])
    row(`\`${flag}\``, await compare(ground.program(flag), node, pairs), '≤ 3')
}

async function walls(ground: Ground): Promise<void> {
  head('ssh HOST true')
  const twenty = ground.light.slice(0, 20)
  const one: Pairs[] = []
  for (const ms of [0, 40])
    for (const [what, hosts] of [
      ['1 ZooKeeper host', ground.zookeeper],
      ['1 whole slave', ground.slave],
      [`${twenty.length} hosts`, twenty],
    ] as const) {
      if (ms > 0) await ground.delay(hosts, ms)
      await cost(ground.provision(hosts, '--json'), hosts.length)
      const found = await compare(ground.provision(hosts), ground.openssh(hosts), pairs)
      row(`${what}, ${ms} ms`, found, ms === 0 ? '≤ 1.3' : '≤ 1.0')
      if (hosts === ground.zookeeper) one.push(found)
      if (ms > 0) await ground.delay(hosts, 0)
    }
  const light = ground.light.slice(0, 1)
  await cost(ground.own(light, '--json'), 1)
  row(
    '1 light host, ten recipes in TypeScript, 0 ms',
    await compare(ground.own(light), ground.openssh(light), pairs),
    '≤ 1.3',
  )
  row(
    `${ground.light.length} hosts, 0 ms`,
    await compare(ground.provision(ground.light), ground.openssh(ground.light), Math.ceil(pairs / 3)),
    '',
  )
  const [near, far] = one as [Pairs, Pairs]
  const trips = (which: 'ours' | 'theirs'): string => ((far[which] - near[which]) / 40).toFixed(1)
  say(`\nA round trip of 40 ms costs the time of ${trips('ours')} round trips; ssh of ${trips('theirs')}.`)
}

async function costs(ground: Ground): Promise<void> {
  say(
    '\n| | execs | bytes up | bytes down | CPU on the host | of `ssh true` | CPU here | of `ssh true` | memory here |\n|---|---|---|---|---|---|---|---|---|',
  )
  const one = ground.light.slice(0, 1)
  for (const [what, hosts] of [
    ['1 ZooKeeper host', ground.zookeeper],
    ['1 whole slave', ground.slave],
    ['1 light host', one],
    [`${ground.light.length} light hosts, each`, ground.light],
  ] as const) {
    const [ours, theirs, host] = [ground.provision(hosts), ground.openssh(hosts), hosts[0] as SandboxHost]
    const { execs, up, down } = await cost(ground.provision(hosts, '--json'), hosts.length)
    // Among many hosts each run is long, and what one of them spends is what it spends alone.
    const there =
      hosts.length > 1
        ? ['', '']
        : [await onHost(ground, host, ours), await onHost(ground, host, theirs)].map((t) => `${t.toFixed(0)} ms`)
    const runs = hosts.length > 1 ? 3 : 7
    const cells = [
      execs,
      up,
      down,
      ...there,
      await cpuOf(ours, runs),
      await cpuOf(theirs, runs),
      `${(await memory(ours)).toFixed(0)} MB`,
    ]
    say(`| ${[what, ...cells].join(' | ')} |`)
  }
}

const why = available()
if (why !== undefined) {
  process.stderr.write(`bench: cannot run here: ${why}\n`)
  process.exitCode = 1
} else {
  say(`node ${process.version}, ${cpus().length} × ${cpus()[0]?.model}, load ${load()}, ${pairs} pairs`)
  const ground = await prepare(fleet, run)
  try {
    await starting(ground)
    await walls(ground)
    await costs(ground)
  } finally {
    await ground.close()
  }
}
