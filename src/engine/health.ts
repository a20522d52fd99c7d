import { message } from '../lib/message.ts'
import { RefusedLoginError } from '../lib/user-error.ts'
import { waitAtMost } from '../lib/wait/at-most.ts'
import type { Clean } from '../model/clean.ts'
import type { Health, Net } from '../model/health.ts'
import type { InventoryHost } from '../model/host.ts'
import type { Cluster, Recipe } from '../model/recipe.ts'
import { askAllHeld, heldBy, heldSays } from './roll/away-mark.ts'

/** Milliseconds that a component may take to report its health; a slower one counts as red. */
const HEALTH_TIMEOUT = 10_000

/** The health of one component on a host. It is red if it cannot be asked or does not answer in time. */
export async function healthOf(
  recipe: Recipe,
  host: InventoryHost,
  cluster: Cluster,
  net: Net,
  clean: Clean,
  timeout = HEALTH_TIMEOUT,
): Promise<Health> {
  if (recipe.health === undefined) return { green: true, says: 'has no health check' }
  let stopWaiting = (): void => undefined
  const late = new Promise<Health>((resolve) => {
    const says = `${recipe.name} does not answer within ${timeout / 1000} s`
    stopWaiting = waitAtMost(timeout, () => resolve({ green: false, says }))
  })
  try {
    const answer = await Promise.race([recipe.health(host, cluster, net), late])
    return asHeld({ ...answer, says: clean(answer.says) }, net, clean)
  } catch (error) {
    const refused = error instanceof RefusedLoginError ? { variable: error.variable } : {}
    return { green: false, ...refused, says: clean(message(error)) }
  } finally {
    stopWaiting()
  }
}

/**
 * A component that somebody took out of service on purpose counts as green. Costs an exec only if the component is out
 * of service.
 */
async function asHeld(health: Health, net: Net, clean: Clean): Promise<Health> {
  if (health.green || health.away !== true) return health
  const marks = await net.read(askAllHeld).catch(() => '')
  const held = marks.split('\n').flatMap((line) => heldBy(line) ?? [])[0]
  if (held === undefined) return health
  const [by, since] = [clean(held.by), clean(held.since)]
  return { ...health, green: true, held: { by, since }, says: `${health.says}; ${heldSays({ ...held, by, since })}` }
}

/**
 * Combines several components into one health: green if all are, ignoring those that are red only because of other
 * hosts. Of several, each red one is named.
 */
export function together(components: readonly (readonly [name: string, health: Health])[]): Health {
  const all = components.map(([name, health]) =>
    health.green || health.outside || components.length === 1 ? health : { ...health, says: `${name}: ${health.says}` },
  )
  const red = all.filter((h) => !h.green && !h.outside)
  const waitsFor = red.every((h) => h.waitsFor !== undefined) ? red[0]?.waitsFor : undefined
  const variable = red.find((h) => h.variable !== undefined)?.variable
  return {
    green: red.length === 0,
    says: (red.length > 0 ? red : all).map((h) => h.says).join('; '),
    down: all.length > 0 && all.every((h) => h.down === true),
    away: red.length > 0 && red.every((h) => h.away === true),
    leads: all.some((h) => h.leads === true),
    ...(waitsFor === undefined ? {} : { waitsFor }),
    ...(variable === undefined ? {} : { variable }),
  }
}
