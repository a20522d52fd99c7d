import type { Fault } from '../../../lib/check.ts'
import type { Json } from '../../../lib/json.ts'
import { checks } from './checks.ts'
import { constraints } from './constraints.ts'
import { container } from './container.ts'
import { ports } from './ports.ts'
import { program } from './program.ts'

/**
 * What Marathon would refuse in an app whose values all have the right types.
 * @param mistakes the top-level members that have mistakes already
 */
export const refusedByMarathon = (app: Json, mistakes: ReadonlySet<string>): readonly Fault[] =>
  [ports, constraints, checks, container, program]
    .filter(({ reads }) => !reads.some((member) => mistakes.has(member)))
    .flatMap(({ find }) => find(app))
    // the mistake may be the command
    .filter(({ path }) => mistakes.size === 0 || path[0] !== 'cmd')
