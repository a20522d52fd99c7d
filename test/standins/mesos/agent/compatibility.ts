import { attributeValue } from '../common/attributes.ts'
import type { AgentInfo, Attribute, Resource } from '../common/proto.ts'
import { printRanges } from '../common/resource-text.ts'
import { holds } from '../common/resources.ts'

const PERMITTED = "Configuration change not permitted under 'additive' policy"
const LINE = '\n------------------------------------------------------------'

const shown = (info: AgentInfo): string =>
  JSON.stringify({ hostname: info.hostname, port: info.port, resources: info.resources, attributes: info.attributes })

const comparable = ({ hostname, port, resources, attributes }: AgentInfo): string => {
  const sorted = (list: readonly { readonly name: string }[]) => [...list].sort((a, b) => (a.name < b.name ? -1 : 1))
  return JSON.stringify([hostname, port, sorted(resources), sorted(attributes)])
}

/** Why an agent that was `old` may not become `now`, by reconfiguration_policy; nothing where it may. */
export function incompatible(policy: string, old: AgentInfo, now: AgentInfo): string | undefined {
  if (policy === 'additive') return notAdditive(old, now)
  if (comparable(old) === comparable(now)) return undefined
  return [
    'Incompatible agent info detected. ',
    LINE,
    `Old agent info:\n${shown(old)}`,
    LINE,
    `New agent info:\n${shown(now)}`,
    LINE,
  ].join('\n')
}

function notAdditive(old: AgentInfo, now: AgentInfo): string | undefined {
  if (old.hostname !== now.hostname)
    return `${PERMITTED.replace(/'/g, '`')}: Hostname changed from ${old.hostname} to ${now.hostname}`
  if (old.port !== now.port) return `${PERMITTED.replace(/'/g, '`')}: Port changed from ${old.port} to ${now.port}`
  return firstOf(old.resources, (r) => lesser(r, now)) ?? firstOf(old.attributes, (a) => changed(a, now))
}

function firstOf<T>(list: readonly T[], trouble: (item: T) => string | undefined): string | undefined {
  for (const item of list) {
    const found = trouble(item)
    if (found !== undefined) return found
  }
  return undefined
}

function lesser(old: Resource, { resources }: AgentInfo): string | undefined {
  const now = resources.find((r) => r.name === old.name && r.type === old.type)
  if (!now) return `${PERMITTED}. Resource not found: ${JSON.stringify(old)}`
  if (old.type === 'SCALAR') {
    const [before, after] = [old.scalar?.value ?? 0, now.scalar?.value ?? 0]
    return before <= after
      ? undefined
      : `${PERMITTED}: Value of scalar resource '${old.name}' decreased from ${before} to ${after}`
  }
  const [before, after] = [old.ranges?.range ?? [], now.ranges?.range ?? []]
  const all = { scalars: {}, ranges: { [old.name]: after } }
  if (holds(all, { scalars: {}, ranges: { [old.name]: before } })) return undefined
  return `${PERMITTED}: Previous value of range resource '${old.name}' (${printRanges(before)}) not included in current ${printRanges(after)}`
}

function changed(old: Attribute, { attributes }: AgentInfo): string | undefined {
  const now = attributes.find((a) => a.name === old.name)
  if (!now) return `${PERMITTED}: Couldn't find attribute ${JSON.stringify(old)}`
  if (now.type !== old.type)
    return `${PERMITTED}: Type of attribute '${old.name}' changed from ${old.type} to ${now.type}`
  const [before, after] = [attributeValue(old), attributeValue(now)]
  return before === after
    ? undefined
    : `${PERMITTED}: Value of ${old.type.toLowerCase()} attribute '${old.name}' changed from ${before} to ${after}`
}
