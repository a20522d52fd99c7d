import type { Definition } from '../../clients/marathon-answers.ts'
import type { Fault } from '../../lib/check.ts'
import { isUnder, type Path } from '../../lib/json-path.ts'
import { findings } from './findings.ts'

/** Other members that a rule reads, besides the place that its finding names. */
const ALSO: Readonly<Record<string, readonly string[]>> = {
  'lb-port': ['container', 'portDefinitions', 'ports', 'networks', 'ipAddress'],
  'lb-check': ['container', 'portDefinitions', 'ports', 'networks', 'ipAddress', 'healthChecks'],
  deadlock: ['instances', 'constraints', 'upgradeStrategy', 'container', 'portDefinitions'],
  grace: ['env', 'args', 'cmd'],
}

/** Refusals caused only by a default. They can wait until the file's mistakes are fixed. */
const byDefault = (definition: Definition, name: string): boolean =>
  name === 'over-capacity' && definition.upgradeStrategy === undefined

/** Parses a path as findings write it: `labels["lb.host"]`, `healthChecks[0].port`. */
const pathOf = (text: string): Path =>
  [...text.matchAll(/\["([^"]*)"\]|\[(\d+)\]|([^.[\]]+)/g)].map(([, quoted, index, name]) =>
    index === undefined ? (quoted ?? name ?? '') : Number(index),
  )

/**
 * What the rules would refuse in a file that has mistakes, judging by its valid parts, so that one run reports
 * everything.
 */
export function alsoRefused(definition: Definition, faults: readonly Fault[], allow: readonly string[]): Fault[] {
  const wrong = faults.flatMap(({ path, meant }) =>
    meant === undefined ? [path] : [path, [...path.slice(0, -1), meant]],
  )
  const isKnown = (name: string, path: Path): boolean =>
    wrong.some((at) => isUnder(path, at) || isUnder(at, path) || ALSO[name]?.includes(String(at[0])) === true)
  return findings(definition, { slaves: Number.POSITIVE_INFINITY })
    .filter(({ level, name }) => level === 'refuse' && !allow.includes(name) && !byDefault(definition, name))
    .map(({ name, path, message }) => ({ name, path: pathOf(path), message: `${message} (--allow ${name})` }))
    .filter(({ name, path }) => !isKnown(name, path))
    .map(({ path, message }) => ({ path, message }))
}
