import * as v from 'valibot'
import type { Wrong } from '../../model/define-resource.ts'
import type { Resource } from '../../model/resource.ts'
import { ensure, resources } from '../kit/properties.ts'

/** What a recipe may say of a service. */
export const serviceProperties = v.object({
  enabled: v.optional(
    v.pipe(
      v.boolean(),
      v.description(
        'Start at boot. Default: true, unless masked or absent. systemd does the same with the units that `Also=` in its unit names; those that the recipe names, too, stay as it says.',
      ),
    ),
  ),
  running: v.optional(
    v.pipe(
      v.boolean(),
      v.description('Run now. Default: true, unless masked or absent. What is down has not failed, either.'),
    ),
  ),
  masked: v.optional(
    v.pipe(
      v.boolean(),
      v.description('Mask the unit, so that nothing can start it. A masked unit is neither enabled nor running.'),
    ),
    false,
  ),
  restartOn: v.optional(v.pipe(resources(), v.description('Resources whose change requires a restart.')), []),
  reloadOn: v.optional(v.pipe(resources(), v.description('Resources whose change requires a reload.')), []),
  listens: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(1),
      v.maxValue(65535),
      v.description(
        'The TCP port that the service opens once it has started. provision waits for it for up to 30 s after a start.',
      ),
    ),
  ),
  ensure: ensure('`absent` stops and disables it.'),
})

/** A service as wanted. */
export interface ServiceProps {
  readonly enabled: boolean
  readonly running: boolean
  readonly masked: boolean
  readonly restartOn: readonly Resource[]
  readonly reloadOn: readonly Resource[]
  readonly listens?: number
}

/** Makes a wanted service from the given properties. */
export function serviceProps(given: Partial<v.InferOutput<typeof serviceProperties>>, wrong: Wrong): ServiceProps {
  const { masked = false, restartOn = [], reloadOn = [], listens, ensure = 'present' } = given
  const off = masked || ensure === 'absent'
  const { enabled = !off, running = !off } = given
  if (off && (enabled || running)) wrong(`${masked ? 'masked' : 'absent'} means neither enabled nor running`)
  return { enabled, running, masked, restartOn, reloadOn, ...(listens === undefined ? {} : { listens }) }
}
