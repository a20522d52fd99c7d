import type { Front } from '../../../engine/context.ts'
import type { InventoryHost } from '../../../model/host.ts'
import type { Io } from '../../io.ts'
import type { CloudFlags } from './ground.ts'

/** Has it been a target of its balancers? One that never was is not yet what its recipes want. */
const wasTarget = ({ cloud, attached }: InventoryHost): boolean =>
  attached !== undefined && (attached.length > 0 || (cloud?.balancers.length ?? 0) > 0)

/**
 * The balancers in front of hosts, if there are any: the cloud is opened when a turn needs it, and not before. A host
 * that is no target of theirs is none of their business.
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
