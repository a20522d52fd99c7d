import type { Instance } from '../instance.ts'
import type { Attribute, Offer } from '../mesos.ts'

/** Where an instance of the app already is: its host, and its agent's attributes. */
export interface Place {
  readonly host: string
  readonly attributes: readonly Attribute[]
}

const hostFields = ['hostname', '@hostname']

const attribute = (attributes: readonly Attribute[], name: string): string | undefined => {
  const found = attributes.find((a) => a.name === name)
  if (found?.scalar) return String(found.scalar.value)
  return found?.text?.value ?? found?.set?.item.join(',')
}

const whereIs = (field: string, { host, attributes }: Place): string | undefined =>
  hostFields.includes(field) ? host : attribute(attributes, field)

const whole = (pattern: string): RegExp => new RegExp(`^(?:${pattern})$`)

/** GROUP_BY without a number divides by zero, deep in the launch queue of the real one. */
export const deadly = (constraints: readonly (readonly string[])[]): boolean =>
  constraints.some(([, operator, value]) => operator === 'GROUP_BY' && value === undefined)

const fits = ([field, operator, value = '']: readonly string[], offer: Place, placed: readonly Place[]): boolean => {
  const here = whereIs(field as string, offer)
  const there = placed.map((place) => whereIs(field as string, place))
  switch (operator) {
    case 'UNIQUE':
      return here !== undefined && !there.includes(here)
    case 'CLUSTER':
      return here !== undefined && (value === '' ? there.every((v) => v === here) : here === value)
    case 'LIKE':
      return here !== undefined && whole(value).test(here)
    case 'UNLIKE':
      return here === undefined || !whole(value).test(here)
    case 'IS':
      return here === value
    case 'MAX_PER':
      return here !== undefined && there.filter((v) => v === here).length < Number(value)
    case 'GROUP_BY':
      // One task in each of as many groups as it says; what would come after them waits for ever.
      return here !== undefined && !there.includes(here) && there.length < Number(value)
    default:
      return false
  }
}

/** Whether an offer meets every constraint, given where the app's other instances are. */
export const fulfilled = (
  constraints: readonly (readonly string[])[],
  offer: Offer,
  placed: readonly Place[],
): boolean => {
  const place: Place = { host: offer.hostname, attributes: offer.attributes ?? [] }
  return constraints.every((constraint) => fits(constraint, place, placed))
}

/** Instances that hold a place. */
export const placed = (instances: readonly Instance[]): Place[] =>
  instances.flatMap(({ task, condition, goal }) =>
    task && goal === 'Running' && ['Provisioned', 'Staging', 'Starting', 'Running', 'Unreachable'].includes(condition)
      ? [{ host: task.host, attributes: task.attributes }]
      : [],
  )
