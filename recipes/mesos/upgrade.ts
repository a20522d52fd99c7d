import type { InventoryHost, Refusal, Step } from '../../src/index.ts'
import { varsOf } from '../common/host.ts'
import { packageVersions, RULES, refuseUpgrade } from '../common/upgrades.ts'
import type { Attributes } from './attributes.ts'
import { releaseOf } from './package.ts'

/** An upgrade of Mesos that goes too far at once, or back. */
export function tooFar(host: InventoryHost, steps: readonly Step[]): readonly Refusal[] {
  const its = releaseOf(varsOf<Attributes>(host, 'mesos')).name
  return refuseUpgrade(
    RULES.mesos,
    'mesos-version',
    packageVersions(steps, (name) => name === its),
  )
}
