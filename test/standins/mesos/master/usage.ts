import { isTerminal, type Task } from '../common/proto.ts'
import { type Amounts, amountsOf, minus, sum } from '../common/resources.ts'
import type { Agent, State } from './state.ts'

const running = (state: State, of: (task: Task) => boolean): Task[] =>
  [...state.tasks.values()].filter((t) => of(t) && !isTerminal(t.state))

/** What tasks take of an agent. */
export const usedOf = (state: State, agent: string): Amounts =>
  sum(running(state, (t) => t.agent_id.value === agent).map((t) => amountsOf(t.resources)))

/** The same by role. */
export function usedByRole(state: State, of: (task: Task) => boolean): ReadonlyMap<string, Amounts> {
  const tasks = running(state, of)
  const role = (t: Task) => t.resources[0]?.allocation_info?.role ?? '*'
  return new Map(
    [...new Set(tasks.map(role))].map((r) => [
      r,
      sum(tasks.filter((t) => role(t) === r).map((t) => amountsOf(t.resources))),
    ]),
  )
}

/** What tasks of a framework take. */
export const usedBy = (state: State, framework: string): Amounts =>
  sum(running(state, (t) => t.framework_id.value === framework).map((t) => amountsOf(t.resources)))

/** What is on offer, of an agent or to a framework. */
export const offered = (state: State, of: { readonly agent?: string; readonly framework?: string }): Amounts =>
  sum(
    [...state.offers.values()]
      .filter(
        (o) =>
          (of.agent === undefined || o.agent === of.agent) &&
          (of.framework === undefined || o.framework === of.framework),
      )
      .map((o) => o.resources),
  )

/** What of an agent is neither used nor on offer. */
export const freeOf = (state: State, agent: Agent): Amounts =>
  minus(minus(amountsOf(agent.info.resources), usedOf(state, agent.id)), offered(state, { agent: agent.id }))

/** What all agents have together. */
export const totalOf = (state: State): Amounts =>
  sum([...state.agents.values()].map((a) => amountsOf(a.info.resources)))
