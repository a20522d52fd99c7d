import type { Decision } from '../../src/engine/plan/decide.ts'
import type { Resource } from '../../src/index.ts'

/** The decision to apply these resources, none of which triggers another. */
export const decisionOf = (resources: readonly Resource[]): Decision =>
  ({
    resources,
    all: resources,
    triggers: resources.map(() => []),
    plan: { host: 'h', steps: [] },
  }) as unknown as Decision
