import { back, boot, out } from '../../engine/about.ts'
import { list } from '../../lib/units.ts'
import { leaving, recipesOf } from '../../model/recipes-of.ts'
import type { Io } from '../io.ts'
import { UsageError } from '../usage-error.ts'
import type { Chosen } from './chosen-hosts.ts'
import { runHosts } from './run-hosts.ts'

type Flags = Omit<Parameters<typeof runHosts>[1], 'host' | 'role'> & { readonly check?: boolean | undefined }

/** Rejects hosts that have nothing to take out of service. @throws UsageError */
function checkHosts({ cluster, hosts }: Chosen, verb: string): void {
  const [host] = hosts.filter((each) => each.retire !== true && leaving(each, cluster).length === 0)
  if (host === undefined) return
  const recipes = list(recipesOf(host, cluster.roles).map(({ name }) => name))
  throw new UsageError(
    `${host.name} cannot be ${verb}ed: none of its recipes (${recipes}) has work that could move to another host. A run interrupts such a host in its turn, while the other members are healthy`,
  )
}

/** Takes hosts out of service, or brings them back, in turns, and shows it. Returns the exit code. */
export async function place(
  verb: 'drain' | 'undrain',
  words: readonly string[],
  flags: Flags,
  io: Io,
): Promise<number> {
  if (words.length === 0) throw new UsageError(`${verb} needs a host: provision ${verb} slave-1`)
  const { exitCode } = await runHosts(flags.check ? 'plan' : 'apply', { ...flags, host: words }, io, {
    about: verb === 'drain' ? out : back,
    check: (chosen) => checkHosts(chosen, verb),
  })
  return exitCode
}

/** How many seconds a reboot may take: the firmware of large machines takes minutes. */
export const BOOT = 600

/** Rejects hosts that cannot be rebooted. @throws UsageError */
export function checkBoots({ hosts }: Pick<Chosen, 'hosts'>): void {
  const own = hosts.find(({ ssh }) => ssh.transport === 'local')
  if (own !== undefined)
    throw new UsageError(`${own.name} is this machine, and a reboot would end this run: reboot it by hand`)
}

/** Reboots hosts in turns, and shows it. Returns the exit code. */
export async function rebootHosts(
  words: readonly string[],
  flags: Parameters<typeof runHosts>[1] & {
    readonly check?: boolean | undefined
    readonly 'if-needed'?: boolean | undefined
    readonly deadline?: number | undefined
  },
  io: Io,
): Promise<number> {
  const named = [...words, ...(flags.host ?? [])]
  const wish = { ifNeeded: flags['if-needed'] ?? false, within: flags.deadline ?? BOOT }
  const { exitCode } = await runHosts(flags.check ? 'plan' : 'apply', { ...flags, host: named }, io, {
    about: boot(wish),
    check: checkBoots,
  })
  return exitCode
}
