import { alive } from '../../core/health/result.ts'
import type { Instance } from '../../core/instance.ts'
import type { World } from '../../core/world.ts'
import { results } from './task.ts'

export interface Counts {
  readonly staged: number
  readonly running: number
  readonly healthy: number
  readonly unhealthy: number
}

const STAGED = ['Provisioned', 'Staging', 'Starting']

/** Only what runs can be healthy or not; without a result it is neither. */
export const counts = (world: World, instances: readonly Instance[]): Counts => {
  const running = instances.filter((i) => i.condition === 'Running')
  const known = running.map((i) => results(world, i)).filter((list) => list.length > 0)
  const healthy = known.filter((list) => list.every(alive)).length
  return {
    staged: instances.filter((i) => STAGED.includes(i.condition)).length,
    running: running.length,
    healthy,
    unhealthy: known.length - healthy,
  }
}
