import { makeCluster } from '../../inventory/make-cluster.ts'
import { select } from '../../inventory/select.ts'
import { didYouMean } from '../../lib/did-you-mean.ts'
import type { CloudAccount } from '../../model/cloud.ts'
import type { InventoryHost } from '../../model/host.ts'
import type { Cluster } from '../../model/recipe.ts'
import { recipesOf } from '../../model/recipes-of.ts'
import { loadInventory } from '../../project/load.ts'
import { makeQuiet, type Quiet } from '../../report/index.ts'
import type { SshSettings, Transport } from '../../transport/transport.ts'
import type { Io } from '../io.ts'
import type { FlagsOf, FORKS, HostFlags, LoginFlags } from '../options.ts'
import { UsageError } from '../usage-error.ts'
import { extraVars } from './extra-vars.ts'

/** The inventory with the flags applied, and the selected hosts. */
export interface Chosen {
  readonly cluster: Cluster
  readonly hosts: readonly InventoryHost[]
}

/** SSH settings from flags, which override the inventory's for every host. */
function sshFlags(flags: LoginFlags): SshSettings {
  return {
    ...(flags.user ? { user: flags.user } : {}),
    ...(flags.port ? { port: flags.port } : {}),
    ...(flags.identity ? { identityFile: flags.identity } : {}),
    ...(flags['ask-pass'] ? { password: 'ask' as const } : {}),
    ...(flags['ask-become-pass'] ? { sudoPassword: 'ask' as const } : {}),
  }
}

/** Rejects variables of a recipe that no host runs, because they would be ignored silently. */
function checkRecipes(vars: Readonly<Record<string, unknown>>, cluster: Cluster): void {
  const known = new Set(cluster.hosts.flatMap((host) => recipesOf(host, cluster.roles)).map((recipe) => recipe.name))
  for (const recipe of Object.keys(vars))
    if (!known.has(recipe))
      throw new UsageError(`--extra-vars: no host runs the recipe "${recipe}"${didYouMean(recipe, known)}`)
}

/**
 * Logins for the addresses of sandbox hosts, so that an inventory need not contain them. Loaded only if an address may
 * belong to one.
 */
async function sandboxLogins(cluster: Cluster): Promise<(address: string) => SshSettings | undefined> {
  if (!cluster.hosts.some((host) => host.address.startsWith('10.77.'))) return () => undefined
  return (await import('../../sandbox/ssh-settings.ts')).sandboxLogins()
}

/** Applies login flags to hosts that are discovered later, too. */
const withLogin = ({ discover, ...account }: CloudAccount, ssh: SshSettings): CloudAccount => ({
  ...account,
  ...(discover
    ? { discover: discover.map((each) => ({ ...each, host: { ...each.host, ssh: { ...each.host.ssh, ...ssh } } })) }
    : {}),
})

/**
 * Reads the inventory and selects hosts. `none`: accepts an empty selection. @throws InventoryError, ProjectError,
 * SelectionError
 */
export async function chosen(
  flags: HostFlags & LoginFlags,
  io: Io,
  { none = false, ...more }: { readonly unfilled?: boolean; readonly none?: boolean } = {},
): Promise<Chosen> {
  const vars = extraVars(flags['extra-vars'], io.cwd)
  const loaded = await loadInventory(flags.inventory, { folder: io.cwd, extraVars: vars, ...more })
  checkRecipes(vars, loaded)
  const ssh = sshFlags(flags)
  const login = await sandboxLogins(loaded)
  const withSsh = (host: InventoryHost) => ({ ...host, ssh: { ...login(host.address), ...host.ssh, ...ssh } })
  const hosts = loaded.hosts.map(withSsh)
  const cloud = loaded.cloud && withLogin(loaded.cloud, ssh)
  const cluster = makeCluster(hosts, loaded.roles, cloud, loaded.leaving?.map(withSsh))
  return { cluster, hosts: select(cluster, { roles: flags.role, hosts: flags.host }, none) }
}

/** Like {@link chosen}, with a transport to the hosts. */
export async function connected(
  flags: HostFlags & LoginFlags & FlagsOf<[typeof FORKS]>,
  io: Io,
  quiet = makeQuiet(),
  more: { readonly none?: boolean } = {},
): Promise<Chosen & { readonly transport: Transport; readonly quiet: Quiet; readonly forks: number }> {
  const [{ createTransport }, choice] = await Promise.all([import('../../transport/index.ts'), chosen(flags, io, more)])
  io.connected?.()
  const transport = createTransport({
    ask: async (question) => (await import('./ask.ts')).askOnTerminal(quiet, io.env, question),
    resolve: (name) => choice.cluster.hosts.find((host) => host.name === name),
    env: io.env,
  })
  return { ...choice, transport, quiet, forks: flags.forks ?? 50 }
}
