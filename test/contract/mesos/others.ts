/** Leaves out of answers what belongs to frameworks that take no part in the contract: a real cluster has a history. */
type Json = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

/** An id, as v0 and v1 of the API have it. */
const idOf = (value: unknown): string | undefined => {
  const id = isObject(value) ? value.value : value
  return typeof id === 'string' ? id : undefined
}

/** The framework that an item of a list belongs to, or is. */
function frameworkOf(list: string, item: unknown): string | undefined {
  if (!isObject(item)) return undefined
  const { framework_id, framework_info, executor_info, id } = item
  const inner = [framework_id, isObject(framework_info) ? framework_info.id : undefined]
  const executor = isObject(executor_info) ? executor_info.framework_id : undefined
  return [...inner, executor, list.endsWith('frameworks') ? id : undefined]
    .map(idOf)
    .find((found) => found !== undefined)
}

/** The framework that a metric is of: `master/frameworks/NAME/ID/calls`. */
const inMetric = (name: string): string | undefined => /^master\/frameworks\/[^/]+\/([^/]+)\//.exec(name)?.[1]

/** What an answer says of these frameworks and of the cluster. */
export function ownOnly(value: unknown, ours: ReadonlySet<string>, list = ''): unknown {
  const isOurs = (id: string | undefined): boolean => id === undefined || ours.has(id)
  if (Array.isArray(value))
    return value.filter((item) => isOurs(frameworkOf(list, item))).map((item) => ownOnly(item, ours))
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => isOurs(inMetric(name)))
      .map(([name, inner]) => [name, ownOnly(inner, ours, name)]),
  )
}
