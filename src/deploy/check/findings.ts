import type { Definition } from '../../clients/marathon-answers.ts'
import { containerizer } from './containerizer.ts'
import { dependencies } from './dependencies.ts'
import { parameters } from './docker/parameters.ts'
import { groupOrApp } from './group-or-app.ts'
import { health } from './health.ts'
import { images } from './image.ts'
import { loadBalancer } from './load-balancer.ts'
import { mounts } from './mounts.ts'
import { renamed } from './renamed.ts'
import { replacing } from './replacing.ts'
import type { Finding, Rule, Surroundings } from './rule.ts'
import { stopping } from './stopping.ts'

const RULES: readonly Rule[] = [
  ...images,
  ...loadBalancer,
  ...health,
  ...replacing,
  ...stopping,
  dependencies,
  groupOrApp,
  renamed,
  parameters,
  ...mounts,
  containerizer,
]

/** Everything that would or may go wrong with an app, before anything is sent. Pure. */
export const findings = (app: Definition, around: Surroundings): readonly Finding[] =>
  RULES.flatMap((rule) => rule(app, around))
