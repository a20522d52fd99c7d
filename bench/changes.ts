/**
 * What changes cost, against what a person does by hand on the same host in the same minutes: a changed file with one
 * service and with five, a thousand files, a large file. `npm run bench:changes`; `--before DIR`: against an earlier
 * version, built in DIR, instead. docs/performance.md says what each figure means. Writes no file; leaves nothing behind.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { SandboxHost } from '../src/sandbox/index.ts'
import { type Command, compare, memory } from './measure.ts'
import { onSandbox } from './on-sandbox.ts'
import { sshFlags } from './openssh.ts'

const { values } = parseArgs({
  options: {
    pairs: { type: 'string', default: '7' },
    before: { type: 'string' },
    only: { type: 'string', default: '' },
    megabytes: { type: 'string', default: '1,100' },
  },
})
const pairs = Number(values.pairs)
const MAIN = fileURLToPath(new URL('../dist/src/cli/provision.cjs', import.meta.url))
const BEFORE = values.before === undefined ? undefined : join(values.before, 'dist/src/cli/provision.cjs')

const ROLE = `import { defineRecipe, defineRole, directory, file, service, systemdUnit } from 'provision-ssh'
import * as v from 'valibot'
const recipe = defineRecipe({
  name: 'bench',
  attributes: v.object({ text: v.optional(v.string(), ''), services: v.optional(v.number(), 0), tells: v.optional(v.boolean(), false), files: v.optional(v.number(), 0), big: v.optional(v.string(), '') }),
  resources(_host, _cluster, { text, services, tells, files, big }) {
    const list = [directory('/srv/bench', {})]
    for (let n = 1; n <= services; n++) {
      const name = (tells ? 'bench-tells-' : 'bench-') + n
      const runs = tells ? "Type=notify\\nNotifyAccess=all\\nExecStart=/bin/sh -c 'systemd-notify --ready; exec sleep infinity'" : 'ExecStart=/bin/sleep infinity'
      const unit = systemdUnit(name + '.service', { content: '[Service]\\n' + runs + '\\n[Install]\\nWantedBy=multi-user.target\\n' })
      const config = file('/srv/bench/' + n + '.conf', { content: 'text=' + text + '\\n' })
      list.push(unit, config, service(name, { restartOn: [unit, config] }))
    }
    for (let n = 1; n <= files; n++) list.push(file('/srv/bench/file-' + n, { content: (text + ' ' + n + '\\n').repeat(10) }))
    if (big !== '') list.push(file('/srv/bench/big', { content: { file: big } }))
    return list
  },
})
export const bench = defineRole({ name: 'bench', recipes: [recipe] })
`

/** By hand: the file beside its place, synced and renamed; the service restarted. */
const byHand = (units: readonly string[], files: number, text: string): string =>
  [
    'set -eu; mkdir -p /srv/bench',
    'put() { printf "%b" "$2" >"$1.new"; chmod 644 "$1.new"; sync "$1.new"; mv -f "$1.new" "$1"; }',
    ...Array.from({ length: files }, (_, n) => `put /srv/bench/file-${n + 1} '${`${text} ${n + 1}\\n`.repeat(10)}'`),
    ...units.map((unit, n) =>
      [
        `put /srv/bench/${n + 1}.conf 'text=${text}\\n'`,
        `systemctl restart ${unit}; systemctl -q is-active ${unit}`,
      ].join('\n'),
    ),
  ].join('\n')

/** The two ways to bring a change about; `turn` differs each time. */
interface Ways {
  ours(turn: number): Command
  theirs(turn: number): Command
}

function ways(folder: string, host: SandboxHost) {
  const inventory = join(folder, 'inventory.json')
  const ssh = { user: host.user, identityFile: host.identityFile }
  writeFileSync(
    inventory,
    JSON.stringify({
      ssh,
      hosts: { host: { address: host.address, ssh: { hostKey: host.hostKey }, roles: ['bench'] } },
    }),
  )
  mkdirSync(join(folder, 'roles'))
  writeFileSync(join(folder, 'roles', 'bench.js'), ROLE)
  writeFileSync(join(folder, 'known_hosts'), `${host.address} ${host.hostKey}\n`)
  const flags = sshFlags(join(folder, 'known_hosts'), host.identityFile)
  const provision = (main: string, vars: Readonly<Record<string, unknown>>): Command => ({
    argv: [
      process.execPath,
      main,
      '-i',
      inventory,
      ...Object.entries(vars).flatMap(([name, value]) => ['-e', `bench.${name}=${JSON.stringify(value)}`]),
    ],
    cwd: folder,
    env: { XDG_CACHE_HOME: join(folder, main === MAIN ? 'cache' : 'cache-before'), HOME: folder },
  })
  const versus = (
    vars: (turn: number) => Readonly<Record<string, unknown>>,
    hand: (turn: number) => Command,
  ): Ways => ({
    ours: (turn) => provision(MAIN, vars(turn)),
    theirs: (turn) => (BEFORE === undefined ? hand(turn) : provision(BEFORE, vars(turn + 0.5))),
  })
  const script = (text: string): Command => {
    const path = join(folder, 'script.sh')
    writeFileSync(path, text)
    return { argv: ['sh', '-c', 'exec "$@" <"$0"', path, 'ssh', ...flags, '-l', host.user, host.address, 'sudo sh -s'] }
  }
  const scp = (path: string): Command => ({ argv: ['scp', '-q', ...flags, path, `${host.user}@${host.address}:big`] })
  return { versus, script, scp }
}

async function rows(folder: string, host: SandboxHost): Promise<void> {
  const { versus, script, scp } = ways(folder, host)
  const say = (text: string): void => void process.stdout.write(`${text}\n`)
  const row = async (what: string, { ours, theirs }: Ways): Promise<void> => {
    if (!what.includes(values.only)) return
    const found = await compare(ours, theirs, pairs)
    const times = [found.ours, found.theirs].map((ms) => `${ms.toFixed(0)} ms`)
    const held = `${(await memory(ours(pairs + 1))).toFixed(0)} MB`
    say(
      `| ${[what, ...times, found.ratio.toFixed(2), `${found.least.toFixed(2)}–${found.most.toFixed(2)}`, held, loadavg()[0]?.toFixed(1)].join(' | ')} |`,
    )
  }
  say(`node ${process.version}, ${cpus().length} × ${cpus()[0]?.model}, ${pairs} pairs\n`)
  say(
    `| | provision | ${BEFORE === undefined ? 'by hand' : 'before'} | ratio | least–most | memory here | load |\n|---|---|---|---|---|---|---|`,
  )
  for (const tells of [false, true])
    for (const services of [1, 5]) {
      const units = Array.from({ length: services }, (_, n) => `bench-${tells ? 'tells-' : ''}${n + 1}`)
      await row(
        `a change, ${services} services${tells ? ' of Type=notify' : ''}`,
        versus(
          (turn) => ({ services, tells, text: `t${turn}` }),
          (turn) => script(byHand(units, 0, `h${turn}`)),
        ),
      )
    }
  for (const files of [1000, 10_000])
    await row(
      `${files} files`,
      versus(
        (turn) => ({ files, text: `t${turn}` }),
        (turn) => script(byHand([], files, `h${turn}`)),
      ),
    )
  for (const megabytes of values.megabytes.split(',').map(Number))
    for (const same of [false, true]) {
      const kind = `${megabytes}-${same ? 'same' : 'other'}`
      const big = (turn: number): string => join(folder, `big-${kind}-${(2 * turn) % 4}`)
      for (let n = 0; n < 4; n++)
        writeFileSync(big(n / 2), Buffer.alloc(megabytes * 2 ** 20 + (same ? 0 : n), `${n} of ${megabytes}`))
      await row(
        `a file of ${megabytes} MB, ${same ? 'the same size' : 'another size'} each time`,
        versus(
          (turn) => ({ big: big(turn) }),
          (turn) => scp(big(turn)),
        ),
      )
      if (same)
        await row(
          `nothing to do, with a file of ${megabytes} MB`,
          versus(
            () => ({ big: big(0) }),
            () => script('sha256sum /srv/bench/big'),
          ),
        )
    }
}

await onSandbox('bench-changes', async (box, folder) => {
  const [host] = await box.up([{ name: 'host-1' }])
  await rows(folder, host as SandboxHost)
})
