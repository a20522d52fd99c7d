/**
 * Leaves out of answers what belongs to frameworks that take no part in the contract, and to agents that are not asked:
 * a real cluster has a history, and more than one slave.
 */
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

/** The agent that an item of a list is, where it is one. */
function agentOf(list: string, item: unknown): string | undefined {
  if (!isObject(item) || !['slaves', 'agents'].includes(list)) return undefined
  const info = [item.agent_info, item.info].find(isObject)
  return idOf(info?.id ?? item.id)
}

/** Who takes part. */
export interface Part {
  readonly frameworks: ReadonlySet<string>
  /** Undefined while it is not registered. */
  readonly agent: string | undefined
}

/** What an answer says of those who take part, and of the cluster. */
export function ownOnly(value: unknown, part: Part, list = ''): unknown {
  const takesPart = (framework: string | undefined, agent?: string): boolean =>
    (framework === undefined || part.frameworks.has(framework)) &&
    (agent === undefined || part.agent === undefined || agent === part.agent)
  if (Array.isArray(value))
    return value
      .filter((item) => takesPart(frameworkOf(list, item), agentOf(list, item)))
      .map((item) => ownOnly(item, part))
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => takesPart(inMetric(name)))
      .map(([name, inner]) => [name, ownOnly(inner, part, name)]),
  )
}
