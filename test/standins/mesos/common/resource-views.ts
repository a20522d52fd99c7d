import type { Resource } from './proto.ts'
import { printRanges } from './resource-text.ts'
import { type Amounts, isNothing } from './resources.ts'

/** As the old endpoints show amounts: four scalars always, ranges where there are any. */
export function flat({ scalars, ranges }: Amounts): Record<string, number | string> {
  const { disk = 0, mem = 0, gpus = 0, cpus = 0, ...others } = scalars
  const shown = Object.entries(ranges).filter(([, list]) => list.length > 0)
  return {
    disk,
    mem,
    gpus,
    cpus,
    ...others,
    ...Object.fromEntries(shown.map(([name, list]) => [name, printRanges(list)])),
  }
}

/** As v1 and the `…_full` fields list them, with what belongs to each: its role, whom it is allocated to. */
export function listed(amounts: Amounts, extra: Pick<Resource, 'role' | 'allocation_info'> = {}): Resource[] {
  if (isNothing(amounts)) return []
  const { cpus, mem, disk, ...others } = amounts.scalars
  const scalars = Object.entries({ cpus, mem, disk, ...others }).filter(([, value]) => (value ?? 0) > 0)
  return [
    ...scalars.map(([name, value]) => ({
      name,
      type: 'SCALAR' as const,
      scalar: { value: value as number },
      ...extra,
    })),
    ...Object.entries(amounts.ranges)
      .filter(([, range]) => range.length > 0)
      .map(([name, range]) => ({ name, type: 'RANGES' as const, ranges: { range }, ...extra })),
  ]
}
