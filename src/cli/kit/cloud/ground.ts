import { dirname } from 'node:path'
import type { CloudResult } from '../../../cloud/events.ts'
import type { Ground } from '../../../cloud/ground.ts'
import { type Declared, inCloud } from '../../../cloud/launch/launch.ts'
import { Journal, LedgerFile } from '../../../cloud/ledger/files.ts'
import { whileLocked } from '../../../cloud/ledger/lock.ts'
import { CloudError } from '../../../cloud/provider.ts'
import { openProvider } from '../../../cloud/providers.ts'
import { ledgerPath } from '../../../inventory/cloud/ledger.ts'
import { inventoryFile } from '../../../project/load.ts'
import { followCloud, makeQuiet } from '../../../report/index.ts'
import type { Io } from '../../io.ts'
import type { COLOR, FlagsOf, HOSTS, JSON_LINES, LOGIN } from '../../options.ts'
import { UsageError } from '../../usage-error.ts'
import { connected } from '../chosen-hosts.ts'
import { interrupts } from '../interrupts.ts'
import { serviceOf } from './service.ts'

/** The flags of all commands on instances. */
export type CloudFlags = FlagsOf<[...typeof HOSTS, ...typeof LOGIN, typeof JSON_LINES, typeof COLOR]> & {
  readonly check?: boolean | undefined
  /** Wait for other processes that work on the same instances. */
  readonly wait?: boolean | undefined
}

/** A command's work on the chosen hosts that are in the cloud. */
export type CloudWork = (ground: Ground, hosts: readonly Declared[]) => Promise<readonly CloudResult[]>

/** The exit code: depends on what is left to do, and on failures. */
function exitCode(results: readonly CloudResult[]): number {
  if (results.some(({ outcome }) => outcome === 'failed' || outcome === 'refused' || outcome === 'left')) return 1
  return results.some(({ outcome }) => outcome === 'planned') ? 2 : 0
}

/** Reports a failure of the cloud itself, which concerns no single host. */
export function cloudSaysNo(error: unknown, io: Io): number {
  if (!(error instanceof CloudError)) throw error
  io.stderr.write(`${error.message}\n`)
  return error.failure === 'unreachable' ? 4 : 1
}

/**
 * Does work with the inventory's cloud. Returns the exit code.
 * @throws UsageError if the inventory names none
 */
export async function onGround(
  flags: CloudFlags,
  io: Io,
  tell: Ground['tell'],
  work: (ground: Ground, hosts: readonly Declared[]) => Promise<number>,
  quiet = makeQuiet(),
): Promise<number> {
  const { cluster, hosts, transport } = await connected(flags, io, quiet, { none: true })
  const file = await inventoryFile(flags.inventory, io.cwd)
  const account = cluster.cloud
  if (!account)
    throw new UsageError(
      'the inventory names no cloud: write "cloud": { "aws": { "cluster": … } } there, and "cloud": true on hosts (docs/cloud.md)',
    )
  const { signal, leave, dispose } = interrupts(io.stop)
  try {
    const ground: Ground = {
      cluster,
      folder: dirname(file),
      provider: await openProvider({ account, env: io.env, progress: (text) => void io.stderr.write(`${text}\n`) }),
      ledger: new LedgerFile(ledgerPath(file), account),
      journal: new Journal(account, io.env),
      transport,
      service: serviceOf(transport, leave),
      signal,
      tell,
    }
    return await work(ground, inCloud(hosts))
  } catch (error) {
    return cloudSaysNo(error, io)
  } finally {
    dispose()
  }
}

/** The combined exit code: failures weigh more than unreachable hosts. Pure. */
export const worst = (codes: readonly number[]): number => [3, 1, 4, 2].find((code) => codes.includes(code)) ?? 0

/**
 * Works on the instances of an inventory and shows it. Returns the exit code.
 * @param terse shows only hosts to which something happens
 */
export async function onCloud(flags: CloudFlags, io: Io, work: CloudWork, { terse = false } = {}): Promise<number> {
  const quiet = makeQuiet()
  const follow = followCloud({ ...io, quiet, json: flags.json ?? false, colour: flags.color, terse })
  const shown = async (ground: Ground, hosts: readonly Declared[]): Promise<number> => {
    try {
      const results = await whileLocked(
        ground.journal.lock,
        () => work(ground, hosts),
        flags.wait ? ground.signal : undefined,
      )
      follow.end(results)
      return exitCode(results)
    } finally {
      follow.close()
    }
  }
  return onGround(flags, io, follow.tell, shown, quiet).finally(follow.close)
}
