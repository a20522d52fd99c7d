import * as v from 'valibot'
import { didYouMean } from '../../src/index.ts'
import type { FlagTable } from './flag-table.ts'

/** Flags as an inventory writes them. */
export type Flags = Readonly<Record<string, string | number | boolean>>

/** The parameters of an attribute with flags. */
export interface FlagsOf {
  /** The program, for messages: `mesos-master`. */
  readonly program: string
  readonly table: FlagTable
  /** Flags that the recipe sets itself, and what to write instead. */
  readonly own: Readonly<Record<string, string>>
  /** Flags that must not be given, and why. */
  readonly never?: Readonly<Record<string, string>>
}

/** What is wrong with a flag, as a predicate of its path; undefined if it is valid. Pure. */
function wrongFlag(name: string, value: unknown, { program, table, own, never = {} }: FlagsOf): string | undefined {
  const said = never[name]
  if (said !== undefined) return `is never given: ${said}`
  const renamed = table.renamed.get(name)
  if (renamed !== undefined) return `is an old name: write "${renamed}"`
  const instead = own[name]
  if (instead !== undefined) return `is set by this recipe: ${instead}`
  const flag = table.flags.get(name)
  if (flag === undefined)
    return `is not a flag of ${program}, which would not start${didYouMean(name, table.flags.keys())}`
  if (flag.boolean !== (typeof value === 'boolean'))
    return flag.boolean ? 'is on or off: write true or false' : 'takes a value, not true or false'
  return typeof value === 'string' && /[\n\r\0]/.test(value) ? 'is one line' : undefined
}

/** An attribute with flags of a program: only those that it knows, because it does not start with others. */
export const flagsAttribute = (of: FlagsOf) =>
  v.optional(
    v.pipe(
      v.record(v.string(), v.union([v.string(), v.number(), v.boolean()])),
      v.rawCheck(({ dataset, addIssue }) => {
        if (!dataset.typed) return
        for (const [key, value] of Object.entries(dataset.value)) {
          const message = wrongFlag(key, value, of)
          if (message === undefined) continue
          addIssue({ message, path: [{ type: 'object', origin: 'value', input: dataset.value, key, value }] })
        }
      }),
      v.description(`Additional flags of ${of.program}, by name (see its --help). Default: none.`),
    ),
    {},
  )

/** The seconds in Mesos' notation of a duration: `90secs`, `10mins`. */
export function seconds(duration: string): number {
  const [, number = '', unit = ''] = /^([\d.]+)([a-z]+)$/.exec(duration) ?? []
  const units: Readonly<Record<string, number>> = {
    ns: 1e-9,
    us: 1e-6,
    ms: 1e-3,
    secs: 1,
    mins: 60,
    hrs: 3600,
    days: 86400,
    weeks: 604800,
  }
  return Number(number) * (units[unit] ?? Number.NaN)
}

/** An attribute that is a duration in Mesos' notation. */
export const duration = (description: string) =>
  v.pipe(
    v.string(),
    v.regex(/^\d+(\.\d+)?(ns|us|ms|secs|mins|hrs|days|weeks)$/, 'a duration like "90secs" or "10mins"'),
    v.description(description),
  )
