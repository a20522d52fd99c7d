import { resetDelay } from '../core/backoff.ts'
import type { Instance } from '../core/instance.ts'
import { funnel } from '../core/match/reasons.ts'
import type { Attribute, Offer, Resource } from '../core/mesos.ts'
import { waiting } from '../core/offers.ts'
import { iso } from '../core/time.ts'
import type { Turn } from '../core/turn.ts'
import { instancesOf, type QueueStats, specOf, versionKey } from '../core/world.ts'
import { notFound, type Request, type Response } from './http.ts'

const showResource = ({ name, role, scalar, ranges, set }: Resource) => ({
  name,
  role: role ?? '*',
  ...(scalar && { scalar: scalar.value }),
  ...(ranges && { ranges: ranges.range }),
  ...(set && { set: set.item }),
})

const showAttribute = ({ name, text, scalar, ranges, set }: Attribute) => ({
  name,
  ...(text && { text: text.value }),
  ...(scalar && { scalar: scalar.value }),
  ...(ranges && { ranges: ranges.range }),
  ...(set && { set: set.item }),
})

const showOffer = (offer: Offer) => ({
  id: offer.id.value,
  hostname: offer.hostname,
  agentId: offer.agent_id.value,
  resources: offer.resources.map(showResource),
  attributes: (offer.attributes ?? []).map(showAttribute),
})

const summary = (stats: QueueStats | undefined) => {
  const last = Object.values(stats?.last ?? {})
  return {
    processedOffersCount: stats?.processed ?? 0,
    unusedOffersCount: stats?.unused ?? 0,
    ...(stats?.lastUnused !== undefined && { lastUnusedOfferAt: iso(stats.lastUnused) }),
    ...(stats?.lastUsed !== undefined && { lastUsedOfferAt: iso(stats.lastUsed) }),
    rejectSummaryLastOffers: funnel(last.map((one) => one.reasons)),
    rejectSummaryLaunchAttempt: funnel(stats?.attempt ?? []),
  }
}

const showItem = (turn: Turn, instances: readonly Instance[], withOffers: boolean) => {
  const [first] = instances as [Instance]
  const app = specOf(turn.world, first)
  const stats = turn.world.queue[first.app]
  const until = Math.max(...instances.map((i) => turn.world.delays[versionKey(i.app, i.version)]?.until ?? 0))
  const left = Math.max(0, Math.floor((until - turn.now) / 1000))
  const offers = Object.values(stats?.last ?? {}).map(({ offer, reasons, at }) => ({
    offer: showOffer(offer),
    reason: reasons,
    timestamp: iso(at),
  }))
  return {
    count: instances.length,
    role: app?.role ?? '*',
    delay: { timeLeftSeconds: left, overdue: until <= turn.now },
    since: iso(Math.max(...instances.map((i) => i.since))),
    processedOffersSummary: summary(stats),
    ...(withOffers && { lastUnusedOffers: offers }),
    app,
  }
}

/** GET /v2/queue: what waits for an offer, by app and version. */
export const listQueue = (turn: Turn, request: Request): Response => {
  const items = new Map<string, Instance[]>()
  for (const instance of Object.values(turn.world.instances).filter(waiting)) {
    const key = versionKey(instance.app, instance.version)
    items.set(key, [...(items.get(key) ?? []), instance])
  }
  const withOffers = request.query.getAll('embed').includes('lastUnusedOffers')
  return { status: 200, body: { queue: [...items.values()].map((instances) => showItem(turn, instances, withOffers)) } }
}

/** DELETE /v2/queue/{id}/delay */
export const deleteDelay = (turn: Turn, id: string): Response => {
  if (!instancesOf(turn.world, id).some(waiting)) throw notFound(`Application ${id} not found in tasks queue.`)
  resetDelay(turn, id)
  return { status: 204 }
}
