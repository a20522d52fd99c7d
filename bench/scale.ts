/**
 * What grows with a project: recipes of one's own on each version of Node, hosts in a run, hosts in an inventory.
 * `npm run bench:scale`; `--only recipes`, `hosts` or `inventory` makes one table. Needs a machine that can boot sandbox
 * hosts; leaves nothing behind, and writes no file. docs/performance.md says what each figure means.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { Sandbox, SandboxHost } from '../src/sandbox/index.ts'
import { nodes } from '../test/support/nodes.ts'
import { type Command, compare, memory, run } from './measure.ts'
import { onSandbox } from './on-sandbox.ts'
import { openssh, toAll } from './openssh.ts'
import { APP, writeOwn } from './roles.ts'

const { values } = parseArgs({
  options: {
    pairs: { type: 'string', default: '7' },
    recipes: { type: 'string', default: '1,10,50' },
    hosts: { type: 'string', default: '11,100,240' },
    inventory: { type: 'string', default: '5000' },
    only: { type: 'string', default: '' },
  },
})
const pairs = Number(values.pairs)
const numbers = (list: string): readonly number[] => list.split(',').map(Number)
const wanted = (table: string): boolean => values.only === '' || values.only === table
const MAIN = fileURLToPath(new URL('../dist/src/cli/provision.cjs', import.meta.url))

const say = (text: string): void => void process.stdout.write(`${text}\n`)
const load = (): string => loadavg()[0]?.toFixed(1) ?? '?'
const head = (theirs: string): void =>
  say(`\n| | provision | ${theirs} | ratio | least–most | memory here | load |\n|---|---|---|---|---|---|---|`)

/** One row; that nothing but results is printed is checked, since Node warns where something is not bounded. */
async function row(what: string, ours: Command, theirs: Command, turns = pairs): Promise<void> {
  const { stderr } = await run(ours)
  if (/warning/i.test(stderr)) throw new Error(`${what}: ${stderr}`)
  const found = await compare(ours, theirs, turns)
  const times = [found.ours, found.theirs].map((ms) => `${ms.toFixed(0)} ms`)
  const range = `${found.least.toFixed(2)}–${found.most.toFixed(2)}`
  const held = `${(await memory(ours)).toFixed(0)} MB`
  say(`| ${[what, ...times, found.ratio.toFixed(2), range, held, load()].join(' | ')} |`)
}

/** An inventory of hosts with this role, and of `others` that are only listed; the folder of the project. */
function project(root: string, role: string, hosts: readonly SandboxHost[], others = 0): string {
  const folder = join(root, `${role}-${hosts.length}-${others}`)
  mkdirSync(join(folder, 'roles'), { recursive: true })
  writeFileSync(join(folder, 'roles', 'app.js'), APP)
  const [{ user, identityFile }] = hosts as [SandboxHost]
  const entries = [
    ...hosts.map(({ name, address, hostKey }) => [name, { address, ssh: { hostKey }, roles: [role] }] as const),
    ...Array.from(
      { length: others },
      (_, i) => [`other-${i}`, { address: `198.18.${i >> 8}.${i & 255}`, roles: [role] }] as const,
    ),
  ]
  writeFileSync(
    join(folder, 'inventory.json'),
    JSON.stringify({ ssh: { user, identityFile }, hosts: Object.fromEntries(entries) }),
  )
  return folder
}

const provision = (folder: string, node: string, ...args: readonly string[]): Command => ({
  argv: [node, MAIN, ...args],
  cwd: folder,
  env: { XDG_CACHE_HOME: join(folder, 'cache'), HOME: folder },
})

async function recipes(root: string, host: SandboxHost, ssh: readonly [string, ...string[]]): Promise<void> {
  head('ssh HOST true')
  for (const count of numbers(values.recipes)) {
    const folder = project(join(root, `${count}`), 'own', [host])
    writeOwn(folder, count)
    await run(provision(folder, process.execPath))
    for (const node of nodes()) {
      if ('missing' in node) throw new Error(`Node ${node.version}: ${node.missing}`)
      const ours = provision(folder, join(node.folder, 'node'))
      await row(`${count} own recipes, Node ${node.version}`, ours, toAll(ssh, root, [host]))
    }
  }
}

async function fleets(root: string, light: readonly SandboxHost[], ssh: readonly [string, ...string[]]): Promise<void> {
  head('ssh HOST true')
  for (const count of numbers(values.hosts)) {
    const hosts = light.slice(0, count)
    const ours = provision(project(root, 'app', hosts), process.execPath, '--forks', '99')
    await row(`${count} hosts`, ours, toAll(ssh, root, hosts), Math.ceil(pairs / 3))
  }
}

async function inventory(root: string, host: SandboxHost): Promise<void> {
  head('one host listed')
  for (const count of numbers(values.inventory)) {
    const [many, one] = [project(root, 'app', [host], count - 1), project(root, 'app', [host])]
    for (const args of [
      ['hosts', '--json'],
      ['plan', '-l', host.name],
    ])
      await row(
        `${count} hosts listed, \`${args[0]}\``,
        provision(many, process.execPath, ...args),
        provision(one, process.execPath, ...args),
      )
  }
}

async function measure(box: Sandbox, root: string): Promise<void> {
  const count = wanted('hosts') ? Math.max(...numbers(values.hosts)) : 1
  const hosts = await box.up(Array.from({ length: count }, (_, i) => ({ name: `light-${i + 1}`, light: true })))
  const [host] = hosts as [SandboxHost]
  const knownHosts = join(root, 'known_hosts')
  writeFileSync(knownHosts, hosts.map(({ address, hostKey }) => `${address} ${hostKey}\n`).join(''))
  const ssh = openssh(knownHosts, host)
  say(`node ${process.version}, ${cpus().length} × ${cpus()[0]?.model}, ${pairs} pairs`)
  await run(provision(project(root, 'app', hosts), process.execPath, '--forks', '99'))
  if (wanted('recipes')) await recipes(root, host, ssh)
  if (wanted('hosts')) await fleets(root, hosts, ssh)
  if (wanted('inventory')) await inventory(root, host)
}

await onSandbox('bench-scale', measure)
