import { listed } from '../common/resource-views.ts'
import { type Amounts, amountsOf, holds, isNothing } from '../common/resources.ts'
import { unavailabilityOf } from './maintenance-view.ts'
import { type Agent, type Framework, isActive, type Offer, rolesOf, type State } from './state.ts'
import { tell } from './stream.ts'
import { freeOf, usedBy } from './usage.ts'

/**
 * Offers every active agent's free resources, each to the framework that has the least, unless it does not want them.
 */
export function allocate(state: State): void {
  if (!state.recovered) return
  for (const agent of state.agents.values()) {
    if (!isActive(agent)) continue
    const free = freeOf(state, agent)
    if (!worthwhile(free)) continue
    const wanting = [...state.frameworks.values()]
      .filter((f) => f.stream && f.active)
      .sort((a, b) => share(state, a) - share(state, b))
    for (const framework of wanting) {
      const role = rolesOf(framework).find((r) => !framework.suppressed.has(r))
      if (role === undefined || filtered(framework, agent, free)) continue
      offer(state, framework, agent, role, free)
      break
    }
  }
}

/** min_allocatable_resources, by default `cpus:0.01|mem:32`. */
const worthwhile = ({ scalars: { cpus = 0, mem = 0 } }: Amounts): boolean => cpus >= 0.01 || mem >= 32

function share(state: State, framework: Framework): number {
  const used = usedBy(state, framework.id).scalars
  return Math.max(
    ...['cpus', 'mem'].map((name) => {
      const total = [...state.agents.values()].reduce((n, a) => n + (amountsOf(a.info.resources).scalars[name] ?? 0), 0)
      return total === 0 ? 0 : (used[name] ?? 0) / total
    }),
  )
}

function filtered(framework: Framework, agent: Agent, free: Amounts): boolean {
  framework.filters = framework.filters.filter((f) => f.until > Date.now())
  return framework.filters.some((f) => f.agent === agent.id && holds(f.refused, free))
}

function offer(state: State, framework: Framework, agent: Agent, role: string, resources: Amounts): void {
  const one: Offer = {
    id: `${state.info.id}-O${state.nextOffer++}`,
    framework: framework.id,
    agent: agent.id,
    role,
    resources,
  }
  const timeout = state.flags.ms('offer_timeout')
  if (timeout !== undefined) one.timer = setTimeout(() => rescind(state, one), timeout)
  state.offers.set(one.id, one)
  tell(state, framework, { type: 'OFFERS', offers: { offers: [offerView(state, one, agent)] } })
}

function offerView(state: State, { id, framework, role, resources }: Offer, agent: Agent): object {
  const [, ip, port] = /@(.*):(\d+)$/.exec(agent.pid) as unknown as [string, string, string]
  const window = unavailabilityOf(state, agent)
  return {
    id: { value: id },
    framework_id: { value: framework },
    agent_id: { value: agent.id },
    hostname: agent.info.hostname,
    url: {
      scheme: 'http',
      address: { hostname: agent.info.hostname, ip, port: Number(port) },
      path: '/slave(1)',
      query: [],
    },
    resources: listed(resources, { allocation_info: { role }, role: '*' }),
    attributes: agent.info.attributes,
    executor_ids: [],
    allocation_info: { role },
    ...(window && { unavailability: window }),
  }
}

/** Takes an offer out of the way, without a word. */
export function withdraw(state: State, one: Offer): void {
  clearTimeout(one.timer)
  state.offers.delete(one.id)
}

/** Takes an offer back. */
export function rescind(state: State, one: Offer): void {
  withdraw(state, one)
  const framework = state.frameworks.get(one.framework)
  if (framework) tell(state, framework, { type: 'RESCIND', rescind: { offer_id: { value: one.id } } })
}

/** Takes back all offers of an agent, or to a framework. */
export function rescindAll(state: State, of: { readonly agent?: string; readonly framework?: string }): void {
  for (const one of [...state.offers.values()])
    if (one.agent === of.agent || one.framework === of.framework) rescind(state, one)
}

/** What a framework does not take is not offered to it again for a while: by default five seconds. */
export function filter(framework: Framework, agent: string, refused: Amounts, seconds = 5): void {
  if (!isNothing(refused) && seconds > 0) framework.filters.push({ agent, refused, until: Date.now() + seconds * 1000 })
}
