import type { Front } from '../../../engine/context.ts'
import { type InventoryHost, wasTarget } from '../../../model/host.ts'
import type { Io } from '../../io.ts'
import type { CloudFlags } from './ground.ts'

/**
 * The balancers in front of hosts, if there are any. Opens the cloud only when a turn needs it. Ignores hosts that are
 * not targets.
 */
export function frontOf(hosts: readonly InventoryHost[], flags: CloudFlags, io: Io): Front | undefined {
  const behind = new Set(hosts.filter(wasTarget).map(({ name }) => name))
  if (behind.size === 0) return undefined
  let opened: Promise<Front> | undefined
  const open = (): Promise<Front> => {
    opened ??= import('./balance.ts').then(({ openFront }) => openFront(flags, io))
    return opened
  }
  return {
    leave: async (host, say) => (behind.has(host.name) ? (await open()).leave(host, say) : undefined),
    join: async (host, say) => opened && (await opened).join(host, say),
  }
}
