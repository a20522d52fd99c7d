import type { Cluster } from '../model/recipe.ts'
import { leaving } from '../model/recipes-of.ts'
import type { Resource } from '../model/resource.ts'
import type { About } from './context.ts'
import { member } from './roll/away-mark.ts'
import { type RebootWish, reboot } from './roll/reboot.ts'

/** A run that takes hosts out of service; they stay out until {@link back} is run. */
export const out =
  (cluster: Cluster): About =>
  (host, who) =>
    leaving(host, cluster).map(({ name }) => member(name, { place: { out: who } }))

/** A run that brings hosts back into service. */
export const back =
  (cluster: Cluster): About =>
  (host) =>
    leaving(host, cluster).map(({ name }) => member(name, { place: { back: true } }))

/** A run that applies only these resources. They interrupt what runs on hosts, so each host has its turn. */
export const inTurns =
  (resources: readonly Resource[]) =>
  (cluster: Cluster): About =>
  (host) => [...resources, ...leaving(host, cluster).map(({ name }) => member(name, {}))]

/**
 * A run that reboots hosts, each in its turn. The resources in `first` are applied before the reboot, in the same turn.
 */
export const boot = (wish: RebootWish, first: readonly Resource[] = []) => inTurns([...first, reboot('host', wish)])
