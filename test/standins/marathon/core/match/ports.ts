import { createHash } from 'node:crypto'
import type { App } from '../../app/types.ts'
import type { Range } from '../mesos.ts'

/** Ports that a definition wants on the host, 0 for any; none for what needs no host port. */
export const wantedPorts = (app: App): readonly (number | undefined)[] => {
  const mappings = app.container?.portMappings
  if (mappings && app.portDefinitions === undefined) return mappings.map((m) => m.hostPort)
  return (app.portDefinitions ?? []).map((d) => (app.requirePorts ? d.port : 0))
}

const has = (ranges: readonly Range[], port: number): boolean =>
  ranges.some(({ begin, end }) => port >= begin && port <= end)

/** The nth port that ranges have. */
const nth = (ranges: readonly Range[], n: number): number => {
  let left = n
  for (const { begin, end } of ranges) {
    if (left <= end - begin) return begin + left
    left -= end - begin + 1
  }
  return 0
}

/**
 * Host ports from an offer for what is wanted, random ones spread over the ranges as the real one's; nothing where
 * there are not enough.
 * @param seed makes the choice repeatable.
 */
export const choosePorts = (
  wanted: readonly (number | undefined)[],
  ranges: readonly Range[],
  seed: string,
): number[] | undefined => {
  const fixed = wanted.filter((port): port is number => Boolean(port))
  if (fixed.some((port) => !has(ranges, port)) || new Set(fixed).size < fixed.length) return undefined
  const size = ranges.reduce((sum, { begin, end }) => sum + end - begin + 1, 0)
  const start = size === 0 ? 0 : createHash('sha256').update(seed).digest().readUInt32BE(0) % size
  const taken = new Set(fixed)
  let offset = 0
  const any = (): number | undefined => {
    for (; offset < size; offset++) {
      const port = nth(ranges, (start + offset) % size)
      if (taken.has(port)) continue
      taken.add(port)
      return port
    }
    return undefined
  }
  const chosen = wanted.filter((port) => port !== undefined).map((port) => (port === 0 ? any() : port))
  return chosen.some((port) => port === undefined) ? undefined : (chosen as number[])
}
