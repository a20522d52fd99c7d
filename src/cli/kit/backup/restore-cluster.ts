import { agentsAreBack } from '../../../backup/agents.ts'
import { type Links, linksOf } from '../../../backup/links.ts'
import { BackupError } from '../../../backup/manifest.ts'
import { marathonIsBack } from '../../../backup/marathon.ts'
import {
  type Found,
  look,
  madeAt,
  mark,
  mastersOf,
  openFor,
  restoreData,
  type Wanted,
} from '../../../backup/restore.ts'
import { applyBehind } from '../../../engine/run.ts'
import { makeCluster } from '../../../inventory/make-cluster.ts'
import { list } from '../../../lib/units.ts'
import type { Cluster } from '../../../model/recipe.ts'
import { follow, type Quiet } from '../../../report/index.ts'
import type { Transport } from '../../../transport/transport.ts'
import type { Io } from '../../io.ts'
import { frontOf } from '../cloud/front.ts'
import type { CloudFlags } from '../cloud/ground.ts'
import { interrupts } from '../interrupts.ts'
import type { reporter } from './words.ts'

interface Restoring {
  readonly transport: Transport
  readonly quiet: Quiet
  readonly forks: number
  readonly io: Io
  readonly words: ReturnType<typeof reporter>
  readonly flags: CloudFlags & { readonly overwrite?: boolean | undefined; readonly wait?: boolean | undefined }
}

/** Recipes that must not run before Mesos knows its agents: Marathon would restart tasks that it believes lost. */
const LAST = ['marathon', 'registrar', 'haproxy', 'consul-template']
/** Recipes that must not run before the data is restored. */
const LATER = [...LAST, 'mesos-master', 'mesos-agent']

/** The cluster without some recipes. */
const without = ({ hosts, roles, cloud }: Cluster, names: readonly string[]): Cluster =>
  makeCluster(
    hosts,
    new Map(
      [...roles].map(([name, role]) => [
        name,
        { ...role, recipes: role.recipes.filter((recipe) => !names.includes(recipe.name)) },
      ]),
    ),
    cloud,
  )

/** Converges the masters, without some recipes. @throws BackupError if a master does not become healthy */
async function converge(cluster: Cluster, names: readonly string[], options: Restoring): Promise<void> {
  const { io, flags, transport, forks, quiet } = options
  const { signal, leave, dispose } = interrupts(io.stop)
  try {
    const some = without(cluster, names)
    const hosts = mastersOf(cluster)
    const front = frontOf(hosts, flags, io)
    const run = applyBehind(some, { transport, forks, hosts, front, wait: flags.wait ?? false, signal, leave })
    const shown = { ...io, quiet, json: flags.json ?? false, colour: flags.color }
    const { exitCode } = await follow(run, 'apply', shown)
    if (exitCode !== 0)
      throw new BackupError(
        'The masters did not converge. Fix that and run the same command again: it continues where it stopped.',
      )
  } finally {
    dispose()
  }
}

function checkData({ data, progress }: Found, { folder, manifest }: Wanted, overwrite: boolean): void {
  if (data.length === 0 || overwrite || progress !== undefined) return
  throw new BackupError(
    `Refused: ${list(data)}, which the backup of ${madeAt(manifest)} would replace. If that is what you want: provision restore --overwrite ${folder}`,
  )
}

async function goOn(cluster: Cluster, wanted: Wanted, options: Restoring, links: Links): Promise<void> {
  const { words } = options
  const { marathon } = wanted.manifest
  await converge(cluster, LAST, options)
  const agents = await agentsAreBack(cluster, links)
  if (agents !== undefined) words.say('mesos', agents)
  await converge(cluster, [], options)
  if (marathon !== undefined) words.say('marathon', await marathonIsBack(cluster, marathon, links))
  await mark(cluster, wanted, undefined, links)
}

/** Restores a backup to a cluster's masters. Continues an earlier restore that was killed. */
export async function restoreCluster(cluster: Cluster, folder: string, options: Restoring): Promise<number> {
  const { flags, words, transport } = options
  const wanted = await openFor(cluster, folder)
  const links = linksOf(transport)
  try {
    const found = await look(cluster, wanted, links)
    checkData(found, wanted, flags.overwrite ?? false)
    if (flags.check) {
      const says = found.data.length > 0 ? `, over this: ${list(found.data)}` : ''
      words.ended({ restorable: folder }, [
        `The backup of ${madeAt(wanted.manifest)} is complete and can be restored${says}.`,
      ])
      return 2
    }
    if (found.progress !== 'restored' || flags.overwrite) {
      await converge(cluster, LATER, options)
      await restoreData(cluster, wanted, links, words.say)
    }
    await goOn(cluster, wanted, options, links)
    words.ended({ restored: folder }, [`The masters have the state of ${madeAt(wanted.manifest)}.`])
    return 0
  } finally {
    await links.close()
  }
}
