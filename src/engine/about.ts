import type { Cluster } from '../model/recipe.ts'
import { leaving } from '../model/recipes-of.ts'
import type { About } from './context.ts'
import { member } from './roll/away-mark.ts'
import { type RebootWish, reboot } from './roll/reboot.ts'

/** A run that takes hosts out of service, until {@link back} is asked for. */
export const out =
  (cluster: Cluster): About =>
  (host, who) =>
    leaving(host, cluster).map(({ name }) => member(name, { place: { out: who } }))

/** A run that brings hosts back into service. */
export const back =
  (cluster: Cluster): About =>
  (host) =>
    leaving(host, cluster).map(({ name }) => member(name, { place: { back: true } }))

/** A run that boots hosts, each in its turn. */
export const boot =
  (wish: RebootWish) =>
  (cluster: Cluster): About =>
  (host) => [reboot('host', wish), ...leaving(host, cluster).map(({ name }) => member(name, {}))]
