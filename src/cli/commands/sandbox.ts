import { spawn } from 'node:child_process'
import { parseArgs } from 'node:util'
import { select } from '../../inventory/select.ts'
import { didYouMean } from '../../lib/did-you-mean.ts'
import { loadInventory } from '../../project/load.ts'
import { clean, lookOf } from '../../report/index.ts'
import { available, type HostOptions, openSandbox, type Sandbox, SandboxError, sshArguments } from '../../sandbox/index.ts'
import type { CommandModule } from '../commands.ts'
import type { Io } from '../io.ts'
import { rows } from '../kit/table.ts'
import { UsageError } from '../usage-error.ts'

const OPTIONS = {
  inventory: { type: 'string', short: 'i' },
  host: { type: 'string', short: 'l', multiple: true },
  name: { type: 'string' },
  release: { type: 'string' },
  layer: { type: 'string' },
  light: { type: 'boolean' },
  purge: { type: 'boolean' },
  user: { type: 'string', short: 'u' },
  help: { type: 'boolean', short: 'h' },
} as const

const HELP = `provision sandbox: real Debian hosts on this machine, to try an inventory on (docs/sandbox.md)

  up                 makes and boots the inventory's hosts, whose addresses lie in one 10.77.N.0/24
  down [--purge]     removes them and all that was made for them; --purge: images and packages too
  ls                 what is there, and how it is
  ssh HOST [-- CMD]  logs in (-u ubuntu, -u root: as somebody else)
  sh HOST CMD        runs sh as root inside, not through SSH: works with the link cut
  kill HOST…         power cut                      boot HOST…    boots again
  stop HOST…         orderly shutdown               reset HOST…   new disk, same address and key; boots
  cut HOST…          pulls the cable                heal HOST…    plugs it in again
  drop HOST…         loses every packet silently    undrop HOST…  no longer
  freeze HOST…       stops all its processes        thaw HOST…    lets them go on
  delay HOST MS      adds MS of round trip to its cable; 0: none
  remove HOST…       removes hosts                  bake HOST LAYER  keeps its disk for up --layer LAYER

  -i, --inventory FILE   up: the inventory; default inventory.json
  -l, --host PATTERN     up: only hosts of these names
      --release 12|13    up: Debian release of new hosts; default 12
      --layer LAYER      up: new hosts stand on this baked layer
      --light            up: namespaces and sshd only, no systemd; for many hosts
      --name NAME        a sandbox beside the first, which is called main
`

interface Words {
  readonly flags: ReturnType<typeof parse>['values']
  readonly hosts: readonly string[]
  readonly behind: readonly string[]
  readonly box: Sandbox
  readonly io: Io
}

const parse = (words: readonly string[]) => {
  const split = words.indexOf('--')
  const args = split < 0 ? [...words] : words.slice(0, split)
  try {
    const { values, positionals } = parseArgs({ args, options: OPTIONS, allowPositionals: true })
    return { values, positionals, behind: split < 0 ? [] : words.slice(split + 1) }
  } catch (error) {
    throw new UsageError(`sandbox: ${(error as Error).message.split('. ')[0]}; see provision sandbox --help`)
  }
}

const show = async ({ box, io }: Words): Promise<number> => {
  const hosts = await box.list()
  if (hosts.length === 0) io.stderr.write(`sandbox ${box.name} has no hosts: provision sandbox up\n`)
  else {
    const cells = hosts.map(({ name, address, release, light, state, link, delayMs }) => [
      name,
      address,
      `Debian ${release}${light ? ', light' : ''}`,
      [state, ...(link === 'up' ? [] : [link === 'cut' ? 'link cut' : 'drops packets']), ...(delayMs ? [`${delayMs} ms`] : [])].join(', '),
    ])
    for (const line of rows(['host', 'address', 'system', 'state'], cells, lookOf(io.stdout, io.env))) io.stdout.write(`${line}\n`)
  }
  return 0
}

const up = async (words: Words): Promise<number> => {
  const { flags, box, io } = words
  const { release } = flags
  if (release !== undefined && release !== '12' && release !== '13') throw new UsageError(`--release is 12 or 13, not ${release}`)
  // Only names and addresses are wanted: no secret is read for that.
  const cluster = await loadInventory(flags.inventory, { folder: io.cwd, secrets: () => 'not read' })
  const more = {
    ...(release ? { release } : {}),
    ...(flags.layer ? { layer: flags.layer } : {}),
    ...(flags.light ? { light: true } : {}),
  } satisfies Partial<HostOptions>
  const hosts = select(cluster, { hosts: flags.host })
  await box.up(hosts.map(({ name, address }) => ({ name, address, ...more })))
  return show(words)
}

/** Runs ssh on this terminal. */
const ssh = ({ hosts, behind, flags, box, io }: Words): Promise<number> => {
  const [name = ''] = hosts
  const args = sshArguments(box.name, box.host(name).address, flags.user)
  return new Promise((resolve, reject) => {
    spawn('ssh', [...args, ...hosts.slice(1), ...behind], { stdio: 'inherit', env: io.env as NodeJS.ProcessEnv })
      .on('error', (error) => reject(new SandboxError(`cannot run ssh: ${error.message}`)))
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
  if (!/^\d{1,5}$/.test(ms)) throw new UsageError(`sandbox delay wants a host and milliseconds, not "${ms}"`)
  await box.delay(name, Number(ms))
  return 0
}

/** What each word does, and how many words it wants behind it (at least; at most). */
const COMMANDS: Readonly<Record<string, { readonly least: number; readonly most: number; run(words: Words): Promise<number> }>> = {
  up: { least: 0, most: 0, run: up },
  down: { least: 0, most: 0, run: ({ box, flags }) => box.down({ purge: flags.purge ?? false }).then(() => 0) },
  ls: { least: 0, most: 0, run: show },
  ssh: { least: 1, most: Number.POSITIVE_INFINITY, run: ssh },
  sh: { least: 1, most: Number.POSITIVE_INFINITY, run: sh },
  delay: { least: 2, most: 2, run: delay },
  bake: { least: 2, most: 2, run: ({ box, hosts: [name = '', layer = ''] }) => box.bake(name, layer).then(() => 0) },
  ...Object.fromEntries(
    (['kill', 'stop', 'boot', 'reset', 'remove', 'cut', 'heal', 'drop', 'undrop', 'freeze', 'thaw'] as const).map((word) => [
      word,
      { least: 1, most: Number.POSITIVE_INFINITY, run: ({ box, hosts }: Words) => box[word](...hosts).then(() => 0) },
    ]),
  ),
}

/** `provision sandbox …`: real hosts on this machine. */
export const run: CommandModule['run'] = async ({ words }, io) => {
  const { values: flags, positionals, behind } = parse(words)
  const [word, ...hosts] = positionals
  if (flags.help || word === undefined || word === 'help') {
    io.stdout.write(HELP)
    return 0
  }
  const command = COMMANDS[word]
  if (!command)
    throw new UsageError(`sandbox has no command "${word}"${didYouMean(word, Object.keys(COMMANDS)) || '; see provision sandbox --help'}`)
  if (hosts.length < command.least)
    throw new UsageError(
      `sandbox ${word} wants ${command.least === 1 ? 'the name of a host' : 'two words behind it'}; see provision sandbox ls`,
    )
  if (hosts.length > command.most) throw new UsageError(`sandbox ${word} takes no word "${hosts[command.most]}"`)
  const why = available()
  if (why !== undefined) throw new SandboxError(why)
  const look = lookOf(io.stderr, io.env)
  const onProgress = (message: string): unknown => io.stderr.write(`${clean(message, look)}\n`)
  const box = await openSandbox({ ...(flags.name ? { name: flags.name } : {}), onProgress })
  return command.run({ flags, hosts, behind, box, io })
}
