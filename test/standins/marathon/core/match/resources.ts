import type { Range, Resource } from '../mesos.ts'

/** The sum of a scalar in an offer. */
export const scalar = (resources: readonly Resource[], name: string): number =>
  resources.filter((r) => r.name === name).reduce((sum, r) => sum + (r.scalar?.value ?? 0), 0)

/** The ranges of ports in an offer. */
export const portRanges = (resources: readonly Resource[]): readonly Range[] =>
  resources.filter((r) => r.name === 'ports').flatMap((r) => r.ranges?.range ?? [])

const round = (n: number): number => Math.round(n * 1000) / 1000

/** Cuts ports out of ranges. */
const cut = (ranges: readonly Range[], ports: readonly number[]): Range[] =>
  ports.reduce<Range[]>(
    (list, port) =>
      list.flatMap(({ begin, end }) =>
        port < begin || port > end
          ? [{ begin, end }]
          : [
              { begin, end: port - 1 },
              { begin: port + 1, end },
            ].filter((r) => r.begin <= r.end),
      ),
    [...ranges],
  )

/** What is left of an offer once a task has taken its part. */
export const less = (resources: readonly Resource[], taken: readonly Resource[]): Resource[] => {
  const owed = new Map(taken.filter((r) => r.scalar).map((r) => [r.name, r.scalar?.value ?? 0]))
  const ports = portRanges(taken).flatMap(({ begin, end }) =>
    Array.from({ length: end - begin + 1 }, (_, i) => begin + i),
  )
  return resources.map((resource) => {
    if (resource.ranges) return { ...resource, ranges: { range: cut(resource.ranges.range, ports) } }
    const part = Math.min(owed.get(resource.name) ?? 0, resource.scalar?.value ?? 0)
    owed.set(resource.name, (owed.get(resource.name) ?? 0) - part)
    return resource.scalar ? { ...resource, scalar: { value: round(resource.scalar.value - part) } } : resource
  })
}

/** The allocation that an offer's resources carry, for those a task takes. */
const allocation = (resources: readonly Resource[], name: string): Partial<Resource> => {
  const found = resources.find((r) => r.name === name)
  return {
    ...(found?.role !== undefined && { role: found.role }),
    ...(found?.allocation_info && { allocation_info: found.allocation_info }),
  }
}

/** A task's part of an offer. */
export const part = (
  resources: readonly Resource[],
  wanted: Readonly<Record<string, number>>,
  ports: readonly number[],
): Resource[] => [
  ...Object.entries(wanted)
    .filter(([, value]) => value > 0)
    .map(([name, value]): Resource => ({ name, type: 'SCALAR', scalar: { value }, ...allocation(resources, name) })),
  ...(ports.length === 0
    ? []
    : [
        {
          name: 'ports',
          type: 'RANGES' as const,
          ranges: { range: ports.map((port) => ({ begin: port, end: port })) },
          ...allocation(resources, 'ports'),
        },
      ]),
]
