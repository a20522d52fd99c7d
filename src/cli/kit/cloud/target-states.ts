import { type Behind, type Seen, seenBy, shortName } from '../../../cloud/balancers/targets.ts'
import { LedgerFile } from '../../../cloud/ledger/files.ts'
import { CloudError } from '../../../cloud/provider.ts'
import { openProvider } from '../../../cloud/providers.ts'
import type { ComponentState } from '../../../engine/status.ts'
import { ledgerPath } from '../../../inventory/cloud/ledger.ts'
import { inventoryFile } from '../../../project/load.ts'
import type { Io } from '../../io.ts'
import type { Chosen } from '../chosen-hosts.ts'

/** How a balancer sees a host, alongside the states of its components. */
export interface TargetStatus extends ComponentState {
  readonly target: Omit<Seen, 'host'>
}

/** A host's state in a balancer as text. Pure. */
function asComponent({ host, ...target }: Seen): TargetStatus {
  const { balancer, state } = target
  const of = `target of ${shortName(balancer)}`
  const reason = state?.reason ? ` (${state.reason})` : ''
  const says = state
    ? `${state.state} as ${of}${state.state === 'healthy' ? '' : reason}`
    : `is not a ${of}: provision registers it when it is healthy`
  return { host, component: 'balancer', green: state?.state === 'healthy', says, target }
}

/** Asks the balancers for the hosts' states. If they do not answer, reports that and returns nothing. */
export async function targetStates(
  { cluster, hosts }: Chosen,
  flags: { readonly inventory?: string | undefined },
  io: Io,
): Promise<readonly TargetStatus[]> {
  const account = cluster.cloud
  if (!account) return []
  const ledger = new LedgerFile(ledgerPath(await inventoryFile(flags.inventory, io.cwd)), account)
  const behind = hosts.flatMap(({ name, cloud, absent }): Behind[] => {
    const instance = ledger.hosts[name]
    return cloud && instance && absent === undefined ? [{ host: name, balancers: cloud.balancers, instance }] : []
  })
  if (behind.length === 0) return []
  try {
    const { balancers } = await openProvider({ account, env: io.env, progress: () => {} })
    return balancers ? (await seenBy(balancers, behind)).map(asComponent) : []
  } catch (error) {
    if (!(error instanceof CloudError)) throw error
    io.stderr.write(`The balancers could not be asked about their targets: ${error.message}\n`)
    return []
  }
}
