import type { LedgerHost } from '../../inventory/cloud/ledger.ts'
import { list } from '../../lib/units.ts'
import { generationOf } from '../ground.ts'
import type { Launch } from '../ledger/files.ts'
import { type Instance, TAG } from '../provider.ts'

/** What to do for one host. */
export type Deed =
  | { readonly do: 'nothing'; readonly instance: Instance }
  /** Order an instance; `again`: an order that may have been sent before. */
  | { readonly do: 'make'; readonly again?: Launch }
  | { readonly do: 'contact'; readonly instance: Instance; readonly launch: Launch }
  | { readonly do: 'refuse'; readonly why: string }

/** What is known of one host. */
export interface Known {
  readonly host: string
  /** Its instances that have not been terminated. */
  readonly live: readonly Instance[]
  readonly launch: Launch | undefined
  readonly entry: LedgerHost | undefined
}

/** What a launch must do for a host, given its current state. Pure. */
export function deed({ host, live, launch, entry }: Known): Deed {
  const [instance, ...others] = live
  if (!instance) return launch ? { do: 'make', again: launch } : { do: 'make' }
  if (others.length > 0)
    return {
      do: 'refuse',
      why: `has ${live.length} instances, ${list(live.map(({ id }) => id))}: terminate all but one by hand`,
    }
  if (instance.tags[TAG.hostKey] !== undefined) return { do: 'nothing', instance }
  if (launch && launch.order.generation === generationOf(instance)) return { do: 'contact', instance, launch }
  if (entry?.id === instance.id && entry.hostKey !== undefined) return { do: 'nothing', instance }
  return {
    do: 'refuse',
    why: `${instance.id} was launched from another machine, where its first contact is still to be made: provision launch there, or provision terminate --host ${host} and launch it again`,
  }
}
