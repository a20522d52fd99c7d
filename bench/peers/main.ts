/**
 * What other tools need for the same, on the same hosts in the same minutes: `npm run bench:peers`.
 * Ansible (as it comes, with pipelining, with Mitogen) and pyinfra come from PyPI into virtual environments outside the
 * project; the script is what a person would write for just this. docs/performance.md says what each figure means.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { cgroupOf } from '../../src/sandbox/cgroup.ts'
import type { Sandbox, SandboxHost } from '../../src/sandbox/index.ts'
import { wire } from '../../src/sandbox/network/network.ts'
import { type Command, cpu, median, run } from '../measure.ts'
import { onSandbox } from '../on-sandbox.ts'
import { count, daemons, type Resource, seventy, twenty } from './resources.ts'
import { ansibles } from './tools/ansible.ts'
import { provision } from './tools/provision.ts'
import { pyinfra } from './tools/pyinfra.ts'
import { script } from './tools/script.ts'
import type { Tool } from './tools/tool.ts'
import { venvs } from './venvs.ts'

const { values } = parseArgs({
  options: {
    pairs: { type: 'string', default: '5' },
    hosts: { type: 'string', default: '20' },
    only: { type: 'string', default: '' },
    delay: { type: 'string', default: '0' },
  },
})
const BOX = 'bench-peers'
const say = (text: string): void => void process.stdout.write(`${text}\n`)

/** One task on some hosts, written out for each tool. */
interface Case {
  readonly what: string
  readonly list: readonly Resource[]
  readonly hosts: readonly SandboxHost[]
  readonly commands: ReadonlyMap<Tool, Command>
}

function write(root: string, tools: readonly Tool[], what: string, list: Case['list'], hosts: Case['hosts']): Case {
  const folderOf = (tool: Tool): string => join(root, `${what} ${tool.name}`.replace(/[^a-z0-9]+/gi, '-'))
  const knownHosts = join(root, 'known_hosts')
  const commands = new Map(
    tools.map((tool) => {
      const folder = folderOf(tool)
      mkdirSync(folder)
      return [tool, tool.write({ folder, list, hosts, knownHosts })]
    }),
  )
  return { what, list, hosts, commands }
}

/** Bytes that came to hosts and left them, on their cables. */
function bytes(hosts: readonly SandboxHost[]): readonly [up: number, down: number] {
  const of = (counter: string): number =>
    hosts.reduce(
      (sum, host) => sum + Number(readFileSync(`/sys/class/net/${wire(host.address)}/statistics/${counter}`, 'utf8')),
      0,
    )
  return [of('tx_bytes'), of('rx_bytes')]
}

const journal = async (host: SandboxHost, command: string): Promise<string> => {
  const { code, stdout, stderr } = await host.sh(`journalctl --sync; ${command}`)
  if (code !== 0) throw new Error(`${host.name}: ${stderr}`)
  return stdout.trim()
}

/** Sessions that a command opens, as the sshd of the first host logs them, and bytes a host, on the cable. */
async function counted({ hosts }: Case, command: Command): Promise<readonly string[]> {
  const [host] = hosts as [SandboxHost]
  const cursor = await journal(host, `journalctl -n 1 --show-cursor | sed -n 's/^-- cursor: //p'`)
  const before = bytes(hosts)
  await run(command)
  const after = bytes(hosts)
  const log = await journal(host, `journalctl -t sshd -t sshd-session --after-cursor='${cursor}' -o cat`)
  const kB = (way: 0 | 1): string => ((after[way] - before[way]) / hosts.length / 1000).toFixed(0)
  return [`${log.match(/^Starting session: /gm)?.length ?? 0}`, kB(0), kB(1)]
}

/** What each tool costs where nothing is to be done. */
async function noop(each: Case, pairs: number): Promise<void> {
  say(`\n### ${each.what}: nothing to do\n`)
  say('| | sessions | kB up | kB down | time | of provision | least–most | CPU here | load |')
  say('|---|---|---|---|---|---|---|---|---|')
  for (const command of each.commands.values()) await run(command) // all reach one state, and then change nothing
  const walls = new Map([...each.commands.keys()].map((tool) => [tool, [] as number[]]))
  const counts = new Map<Tool, readonly string[]>()
  for (const [tool, command] of each.commands) counts.set(tool, await counted(each, command))
  for (let turn = 0; turn < pairs; turn++)
    for (const [tool, command] of each.commands) walls.get(tool)?.push((await run(command)).ms)
  const ours = walls.get(provision) as number[]
  for (const [tool, command] of each.commands) {
    const times = walls.get(tool) as number[]
    const ratios = times.map((ms, i) => ms / (ours[i] as number))
    const range = `${Math.min(...ratios).toFixed(1)}–${Math.max(...ratios).toFixed(1)}`
    const spent = `${((await cpu(command)) / 1000).toFixed(1)} s`
    say(
      `| ${[tool.name, ...(counts.get(tool) ?? []), `${(median(times) / 1000).toFixed(2)} s`, median(ratios).toFixed(1), range, spent, loadavg()[0]?.toFixed(1)].join(' | ')} |`,
    )
  }
}

/** Processor time that a host has spent since it was booted, in milliseconds. */
function spent({ name }: SandboxHost): number {
  const stat = readFileSync(join(cgroupOf(`${BOX}/hosts/${name}`), 'cpu.stat'), 'utf8')
  return Number(/^usage_usec (\d+)/m.exec(stat)?.[1]) / 1000
}

/** The same from bare hosts, in turns, each on fresh disks. */
async function first(box: Sandbox, each: Case, pairs: number): Promise<void> {
  say(`\n### ${each.what}: from bare hosts\n`)
  say('| | time | of the script | least–most | CPU on the host | of the script | least–most | load |')
  say('|---|---|---|---|---|---|---|---|')
  const [host] = each.hosts as [SandboxHost]
  const found = new Map(
    [...each.commands.keys()].map((tool) => [tool, { walls: [] as number[], cpus: [] as number[] }]),
  )
  for (let turn = 0; turn < pairs; turn++)
    for (const [tool, command] of each.commands) {
      await box.reset(...each.hosts.map(({ name }) => name))
      const before = spent(host)
      found.get(tool)?.walls.push((await run(command)).ms)
      found.get(tool)?.cpus.push(spent(host) - before)
    }
  const theirs = found.get(script)
  for (const [tool, { walls, cpus }] of found)
    say(
      `| ${[tool.name, ...against(walls, theirs?.walls), ...against(cpus, theirs?.cpus), loadavg()[0]?.toFixed(1)].join(' | ')} |`,
    )
}

/** Times as their median in seconds, and the median and the range of their ratios to others. */
function against(times: readonly number[], others: readonly number[] = times): readonly string[] {
  const ratios = times.map((ms, i) => ms / (others[i] as number))
  const range = `${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)}`
  return [`${(median(times) / 1000).toFixed(1)} s`, median(ratios).toFixed(2), range]
}

/** Boots hosts with a Python, which all of the others need, and an sshd that logs each session. */
async function boot(box: Sandbox, fleet: number): Promise<readonly SandboxHost[]> {
  if (!box.hasLayer(BOX)) {
    const [host] = (await box.up([{ name: 'base' }])) as [SandboxHost]
    const { code, stderr } = await host.sh(
      'apt-get -qq update && apt-get -qq -y install --no-install-recommends python3 python3-apt >/dev/null && echo LogLevel VERBOSE >/etc/ssh/sshd_config.d/verbose.conf',
    )
    if (code !== 0) throw new Error(stderr)
    await box.bake('base', BOX)
  }
  return box.up(Array.from({ length: fleet }, (_, i) => ({ name: `host-${i + 1}`, layer: BOX })))
}

/** Installs the other tools where they are not there. @throws Error */
function allTools(): readonly Tool[] {
  const { ansible, mitogen, pyinfra: venv } = venvs()
  return [provision, script, ...ansibles(ansible, mitogen), pyinfra(venv)]
}

async function measure(box: Sandbox, root: string): Promise<void> {
  const hosts = await boot(box, Number(values.hosts))
  for (const host of hosts) await box.delay(host.name, Number(values.delay))
  writeFileSync(join(root, 'known_hosts'), hosts.map(({ address, hostKey }) => `${address} ${hostKey}\n`).join(''))
  say(
    `node ${process.version}, ${cpus().length} × ${cpus()[0]?.model}, ${values.pairs} turns, ${values.delay} ms of delay`,
  )
  const one = hosts.slice(0, 1)
  const pairs = Number(values.pairs)
  const wanted = (what: string): boolean => what.includes(values.only)
  const named = (list: readonly Resource[], on: readonly SandboxHost[]): string =>
    `${count(list)} resources, ${on.length === 1 ? 'one host' : `${on.length} hosts`}`
  for (const [list, on] of [
    [twenty, one],
    ...(hosts.length > 1 ? ([[twenty, hosts]] as const) : []),
    [seventy, one],
  ] as const)
    if (wanted(named(list, on))) await noop(write(root, allTools(), named(list, on), list, on), pairs)
  for (const list of [daemons, seventy]) {
    const bare = `first ${named(list, one)}`
    if (wanted(bare)) await first(box, write(root, [script, provision], bare, list, one), Math.ceil(pairs / 2))
  }
}

await onSandbox(BOX, measure)
