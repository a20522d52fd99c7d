import type { Definition } from '../cluster/marathon-answers.ts'
import { health } from './check/health.ts'
import { latest } from './check/image.ts'
import { loadBalancer } from './check/load-balancer.ts'
import { replacing } from './check/replacing.ts'
import type { Finding, Rule, Surroundings } from './check/rule.ts'
import { stopping } from './check/stopping.ts'

const RULES: readonly Rule[] = [latest, ...loadBalancer, ...health, ...replacing, ...stopping]

/** Everything about an app that would go wrong or may, before anything is sent. Pure. */
export const findings = (app: Definition, around: Surroundings): readonly Finding[] => RULES.flatMap((rule) => rule(app, around))
