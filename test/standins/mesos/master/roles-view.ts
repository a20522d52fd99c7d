import { type Amounts, sum } from '../common/resources.ts'
import { rolesOf, type State } from './state.ts'
import { offered, usedByRole } from './usage.ts'

/** Scalars as they are, ranges by how many values they hold. */
function counted({ scalars, ranges }: Amounts): Record<string, number> {
  const sizes = Object.entries(ranges).map(
    ([name, list]) => [name, list.reduce((n, r) => n + r.end - r.begin + 1, 0)] as const,
  )
  return Object.fromEntries([...Object.entries(scalars), ...sizes].filter(([, value]) => value > 0))
}

/** `/roles`: what each role that frameworks are in takes. */
export function rolesView(state: State): object {
  const used = usedByRole(state, () => true)
  const roles = [...new Set([...state.frameworks.values()].flatMap(rolesOf))].sort()
  return {
    roles: roles.map((name) => {
      const [taken, open] = [used.get(name) ?? { scalars: {}, ranges: {} }, offered(state, {})]
      return {
        name,
        weight: 1,
        quota: { role: name, guarantee: {}, limit: {}, consumed: counted(taken) },
        resources: counted(sum([taken, open])),
        allocated: counted(taken),
        offered: counted(open),
        reserved: {},
        frameworks: [...state.frameworks.values()].filter((f) => rolesOf(f).includes(name)).map((f) => f.id),
      }
    }),
  }
}
