import { spawn } from 'node:child_process'
import { select } from '../../inventory/select.ts'
import { didYouMean } from '../../lib/did-you-mean.ts'
import { whyNotStarted } from '../../lib/message.ts'
import { loadInventory } from '../../project/load.ts'
import { clean, lookOf } from '../../report/index.ts'
import { hasLegacy } from '../../sandbox/cgroup.ts'
import {
  available,
  type HostOptions,
  openSandbox,
  type Sandbox,
  SandboxError,
  sshArguments,
} from '../../sandbox/index.ts'
import { rememberKeys } from '../../sandbox/ssh-settings.ts'
import type { Args } from '../command.ts'
import type { Io } from '../io.ts'
import { UsageError } from '../usage-error.ts'
import { rows } from './table.ts'

/** The flags of `provision sandbox`. */
export interface SandboxFlags {
  readonly inventory?: string | undefined
  readonly host?: readonly string[] | undefined
  readonly name?: string | undefined
  readonly release?: string | undefined
  readonly layer?: string | undefined
  readonly light?: boolean | undefined
  readonly cgroup?: string | undefined
  readonly purge?: boolean | undefined
  readonly user?: string | undefined
}

interface Words {
  readonly flags: SandboxFlags
  readonly hosts: readonly string[]
  readonly behind: readonly string[]
  readonly box: Sandbox
  readonly io: Io
}

const show = async ({ box, io }: Words): Promise<number> => {
  const hosts = await box.list()
  if (hosts.length === 0) io.stderr.write(`sandbox ${box.name} has no hosts: provision sandbox up\n`)
  else {
    const cells = hosts.map(({ name, address, release, light, state, link, delayMs }) => [
      name,
      address,
      `Debian ${release}${light ? ', light' : ''}`,
      [
        state,
        ...(link === 'up' ? [] : [link === 'cut' ? 'link cut' : 'drops packets']),
        ...(delayMs ? [`${delayMs} ms`] : []),
      ].join(', '),
    ])
    for (const line of rows(['host', 'address', 'system', 'state'], cells, lookOf(io.stdout, io.env)))
      io.stdout.write(`${line}\n`)
  }
  return 0
}

const up = async (words: Words): Promise<number> => {
  const { flags, box, io } = words
  const { release, cgroup } = flags
  if (release !== undefined && release !== '12' && release !== '13')
    throw new UsageError(`--release is 12 or 13, not ${release}`)
  if (cgroup !== undefined && cgroup !== 'v1' && cgroup !== 'v2')
    throw new UsageError(`--cgroup is v1 or v2, not ${cgroup}`)
  if (cgroup === 'v1' && !hasLegacy()) throw new UsageError('--cgroup v1: this machine has only cgroup v2')
  // Needs only names and addresses, so it reads no secrets.
  const cluster = await loadInventory(flags.inventory, { folder: io.cwd, unfilled: true, withoutVars: true })
  const more = {
    ...(release ? { release } : {}),
    ...(flags.layer ? { layer: flags.layer } : {}),
    ...(flags.light ? { light: true } : {}),
    ...(cgroup ? { unified: cgroup === 'v2' } : {}),
  } satisfies Partial<HostOptions>
  const hosts = select(cluster, { hosts: flags.host }).filter((host) => host.cloud === undefined)
  if (hosts.length === 0) throw new UsageError('these hosts are launched in a cloud: provision launch')
  await box.up(hosts.map(({ name, address }) => ({ name, address, ...more })))
  return show(words)
}

/** Runs ssh on this terminal. */
const ssh = ({ hosts, behind, flags, box, io }: Words): Promise<number> => {
  const [name = ''] = hosts
  rememberKeys(box.name)
  const args = sshArguments(box.name, box.host(name).address, flags.user)
  return new Promise((resolve, reject) => {
    spawn('ssh', [...args, ...hosts.slice(1), ...behind], { stdio: 'inherit', env: io.env as NodeJS.ProcessEnv })
      .on('error', (error) => reject(new SandboxError(`cannot run ssh: ${whyNotStarted(error)}`)))
      .on('close', (code) => resolve(code ?? 255))
  })
}

const sh = async ({ hosts, behind, box, io }: Words): Promise<number> => {
  const [name = '', ...command] = hosts
  const { code, stdout, stderr } = await box.host(name).sh([...command, ...behind].join(' '))
  io.stdout.write(stdout)
  io.stderr.write(stderr)
  return code
}

const delay = async ({ hosts: [name = '', ms = ''], box }: Words): Promise<number> => {
  if (!/^\d{1,5}$/.test(ms)) throw new UsageError(`sandbox delay needs a host and milliseconds, not "${ms}"`)
  await box.delay(name, Number(ms))
  return 0
}

const cpus = async ({ hosts: [name = '', count = ''], box }: Words): Promise<number> => {
  if (!/^\d{1,3}(\.\d+)?$/.test(count)) throw new UsageError(`sandbox cpus needs a host and a number, not "${count}"`)
  await box.cpus(name, Number(count))
  return 0
}

interface Subcommand {
  /** The minimum and maximum number of words after it. */
  readonly least: number
  readonly most: number
  /** Its flags, other than --name, which all take. */
  readonly flags?: readonly (keyof SandboxFlags)[]
  /** Does it take words after `--`? */
  readonly behind?: true
  run(words: Words): Promise<number>
}

const COMMANDS: Readonly<Record<string, Subcommand>> = {
  up: { least: 0, most: 0, flags: ['inventory', 'host', 'release', 'cgroup', 'layer', 'light'], run: up },
  down: {
    least: 0,
    most: 0,
    flags: ['purge'],
    run: ({ box, flags }) => box.down({ purge: flags.purge ?? false }).then(() => 0),
  },
  ls: { least: 0, most: 0, run: show },
  ssh: { least: 1, most: Number.POSITIVE_INFINITY, flags: ['user'], behind: true, run: ssh },
  sh: { least: 1, most: Number.POSITIVE_INFINITY, behind: true, run: sh },
  delay: { least: 2, most: 2, run: delay },
  cpus: { least: 2, most: 2, run: cpus },
  bake: { least: 2, most: 2, run: ({ box, hosts: [name = '', layer = ''] }) => box.bake(name, layer).then(() => 0) },
  ...Object.fromEntries(
    (['kill', 'stop', 'boot', 'reset', 'remove', 'cut', 'heal', 'drop', 'undrop', 'freeze', 'thaw'] as const).map(
      (word) => [
        word,
        { least: 1, most: Number.POSITIVE_INFINITY, run: ({ box, hosts }: Words) => box[word](...hosts).then(() => 0) },
      ],
    ),
  ),
}

/** Rejects what would be ignored: whoever types `down --host zk-1` does not mean all hosts. @throws UsageError */
function checkSubcommand(word: string, { flags = [], behind }: Subcommand, args: Args<SandboxFlags>): void {
  const foreign = (Object.keys(args.flags) as (keyof SandboxFlags)[]).find(
    (each) => each !== 'name' && !flags.includes(each),
  )
  const owners = Object.keys(COMMANDS).filter((each) => foreign && COMMANDS[each]?.flags?.includes(foreign))
  if (foreign)
    throw new UsageError(`sandbox ${word} does not take --${foreign}; it belongs to sandbox ${owners.join()}`)
  if (args.behind.length > 0 && !behind) throw new UsageError(`sandbox ${word} takes nothing after --`)
}

/**
 * Runs a subcommand of `provision sandbox`. Returns the exit code.
 * @throws UsageError, SandboxError
 */
export async function runSandbox(args: Args<SandboxFlags>, io: Io): Promise<number> {
  const { flags, words, behind } = args
  const [word, ...hosts] = words
  if (word === undefined)
    throw new UsageError('sandbox needs a command: provision sandbox up; see provision sandbox --help')
  const command = Object.hasOwn(COMMANDS, word) ? COMMANDS[word] : undefined
  if (!command)
    throw new UsageError(
      `sandbox has no command "${word}"${didYouMean(word, Object.keys(COMMANDS)) || '; see provision sandbox --help'}`,
    )
  if (hosts.length < command.least) {
    const wanted = command.least === 1 ? 'the name of a host' : 'two words behind it'
    throw new UsageError(`sandbox ${word} needs ${wanted}; see provision sandbox ls`)
  }
  if (hosts.length > command.most) throw new UsageError(`sandbox ${word} takes no argument "${hosts[command.most]}"`)
  checkSubcommand(word, command, args)
  const why = available()
  if (why !== undefined) throw new SandboxError(why)
  const look = lookOf(io.stderr, io.env)
  const onProgress = (message: string): unknown => io.stderr.write(`${clean(message, look)}\n`)
  const box = await openSandbox({ ...(flags.name ? { name: flags.name } : {}), onProgress })
  return command.run({ flags, hosts, behind, box, io })
}
