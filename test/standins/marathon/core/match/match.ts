import type { App } from '../../app/types.ts'
import type { Offer, Resource } from '../mesos.ts'
import { fulfilled, type Place } from './constraints.ts'
import { choosePorts, wantedPorts } from './ports.ts'
import type { Reason } from './reasons.ts'
import { part, portRanges, scalar } from './resources.ts'

/** What a task takes from an offer. */
export interface Match {
  readonly resources: readonly Resource[]
  readonly ports: readonly number[]
}

/** An agent whose maintenance has begun is left alone. */
const inMaintenance = (offer: Offer, now: number): boolean => {
  const start = offer.unavailability?.start.nanoseconds
  return start !== undefined && start / 1e6 <= now
}

/** Whom a resource is reserved for; `*` for anybody. */
const roleOf = ({ role, reservations }: Resource): string => reservations?.at(-1)?.role ?? role ?? '*'

/** Whether an instance of an app can run on an offer; if not, why, up to the first reasons of the funnel. */
export const match = (
  app: App,
  offer: Offer,
  resources: readonly Resource[],
  places: readonly Place[],
  { now, seed, maintenanceMode }: { readonly now: number; readonly seed: string; readonly maintenanceMode: boolean },
): Match | readonly Reason[] => {
  const roles = app.acceptedResourceRoles ?? ['*', app.role]
  const usable = resources.filter((resource) => roles.includes(roleOf(resource)))
  if (resources.length > 0 && usable.length === 0) return ['UnfulfilledRole']
  if (!fulfilled(app.constraints ?? [], offer, places)) return ['UnfulfilledConstraint']
  if (maintenanceMode && inMaintenance(offer, now)) return ['AgentMaintenance']
  const wanted = { cpus: app.cpus, mem: app.mem, disk: app.disk, gpus: app.gpus }
  const missing: [keyof typeof wanted, Reason][] = [
    ['cpus', 'InsufficientCpus'],
    ['mem', 'InsufficientMemory'],
    ['disk', 'InsufficientDisk'],
    ['gpus', 'InsufficientGpus'],
  ]
  const short = missing.find(([name]) => scalar(usable, name) < wanted[name])
  if (short) return [short[1]]
  const ports = choosePorts(wantedPorts(app), portRanges(usable), seed)
  if (!ports) return ['InsufficientPorts']
  return { ports, resources: part(usable, wanted, ports) }
}

export const matched = (result: Match | readonly Reason[]): result is Match => !Array.isArray(result)
