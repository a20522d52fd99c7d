import { isSameService, MOST, pathMistake, serviceName, splitHosts } from './words.ts'

/** All labels, with their descriptions. */
export const LABELS = {
  'lb.enable': '"true": the HAProxies send to it.',
  'lb.name': 'Name of its service in Consul and of its backend in HAProxy.',
  'lb.host': 'Host names that mean it, separated by commas.',
  'lb.path': 'A prefix of paths that means it.',
  'lb.check': 'Path that HAProxy asks at lb.port, instead of what its health check says.',
  'lb.port': 'Which of its ports, by name or by index.',
  'lb.timeout': 'Seconds that a task may take to answer, instead of vars.haproxy.serverSeconds.',
  'lb.maxconn': 'Requests that a task gets at once at most, instead of vars.haproxy.serverMaxconn.',
  'lb.sticky': '"true": a client stays with the task that answered it first, by a cookie.',
  'lb.tcp':
    'Port of the HAProxies, among vars.haproxy.tcpPorts, where its lb.port is served as plain TCP instead of HTTP.',
} as const

/** One of our labels. */
export type Label = keyof typeof LABELS

/**
 * Why a label cannot be followed, or works differently than it seems to: its place in the definition, and a sentence.
 */
export interface Mistake {
  /** The kind of mistake. */
  readonly rule: 'lb-label' | 'lb-port' | 'lb-tcp' | 'lb-check' | 'lb-clash'
  readonly path: string
  readonly message: string
}

/** The JSON path of a label in a definition. */
export const labelPath = (name: string): string => `labels[${JSON.stringify(name)}]`

const mistake = (label: string, message: string): Mistake => ({ rule: 'lb-label', path: labelPath(label), message })

/** The labels' values, and which labels cannot be followed. */
export interface Said {
  readonly name: string
  readonly hosts: readonly string[]
  /** Without a trailing slash; `/` matches requests that no other app claims. */
  readonly path: string | undefined
  readonly check: string | undefined
  /** How many seconds a task may take to answer. */
  readonly timeout: number | undefined
  /** The most concurrent requests per task. */
  readonly maxconn: number | undefined
  /** Do clients stay with their task? */
  readonly sticky: true | undefined
  /** The HAProxies' port that serves it over TCP instead of HTTP. */
  readonly tcp: number | undefined
  readonly mistakes: readonly Mistake[]
}

/** Our labels with an empty value, for example from an unset template variable: "", or "," where there were two. */
const emptyLabels = (labels: Readonly<Record<string, string>>): readonly Mistake[] =>
  Object.keys(LABELS)
    .filter((name) => (name === 'lb.host' ? /^[\s,]*$/ : /^\s*$/).test(labels[name] ?? 'absent'))
    .map((name) => mistake(name, 'is empty: give it a value, or leave it out.'))

function nameOf(
  id: string,
  label: string | undefined,
): { readonly name: string; readonly mistakes: readonly Mistake[] } {
  const given = label?.trim() || undefined
  const name = serviceName(given ?? id).slice(0, MOST)
  const at = given === undefined ? 'id' : labelPath('lb.name')
  if (isSameService(name, 'consul'))
    return {
      name,
      mistakes: [
        {
          rule: 'lb-label',
          path: at,
          message: "would be the name of Consul's own service: give it another one with lb.name.",
        },
      ],
    }
  if (given === undefined || given === name) return { name, mistakes: [] }
  const why =
    given.length > MOST
      ? `is longer than ${MOST} characters.`
      : `is not the name of a service (letters, digits, "-", "_"): write "${name}".`
  return { name, mistakes: [mistake('lb.name', why)] }
}

function pathOf(
  label: 'lb.path' | 'lb.check',
  value: string | undefined,
): { readonly path?: string; readonly mistakes: readonly Mistake[] } {
  const path = value?.trim()
  if (path === undefined || path === '') return { mistakes: [] }
  const why = pathMistake(path, label === 'lb.path')
  return why === undefined ? { path, mistakes: [] } : { mistakes: [mistake(label, why)] }
}

/** Labels with a whole number: what it counts, and its maximum. */
const COUNTS = {
  'lb.timeout': ['a number of seconds', 86_400],
  'lb.maxconn': ['a number of requests', 100_000],
  'lb.tcp': ['a port', 65_535],
} as const

function countOf(
  label: keyof typeof COUNTS,
  value: string | undefined,
): { readonly count?: number; readonly mistakes: readonly Mistake[] } {
  const said = value?.trim()
  if (said === undefined || said === '') return { mistakes: [] }
  const [what, most] = COUNTS[label]
  const count = /^\d{1,6}$/.test(said) ? Number(said) : 0
  if (count >= 1 && count <= most) return { count, mistakes: [] }
  return { mistakes: [mistake(label, `"${said}" is not ${what} from 1 to ${most}.`)] }
}

function stickyOf(value: string | undefined): readonly Mistake[] {
  const said = value?.trim() ?? ''
  return said === '' || said === 'true' || said === 'false'
    ? []
    : [mistake('lb.sticky', `"${said}" is neither "true" nor "false".`)]
}

/** Labels that apply to HTTP requests, not to TCP connections. */
const OF_HTTP = {
  'lb.host': 'a connection says no host name',
  'lb.path': 'a connection says no path',
  'lb.sticky': 'a connection brings no cookie',
} as const

function withoutHttp(labels: Readonly<Record<string, string>>): readonly Mistake[] {
  if (labels['lb.tcp'] === undefined) return []
  return Object.entries(OF_HTTP)
    .filter(([name]) => labels[name] !== undefined && labels[name] !== 'false')
    .map(([name, why]) => mistake(name, `cannot go with lb.tcp: ${why}, and is known by its port alone.`))
}

/** Reads the labels of an app that is behind the HAProxies. */
export function readLabels(id: string, labels: Readonly<Record<string, string>>): Said {
  const { name, mistakes } = nameOf(id, labels['lb.name'])
  const { hosts, wrong } = splitHosts(labels['lb.host'] ?? '')
  const path = pathOf('lb.path', labels['lb.path'])
  const check = pathOf('lb.check', labels['lb.check'])
  const timeout = countOf('lb.timeout', labels['lb.timeout'])
  const maxconn = countOf('lb.maxconn', labels['lb.maxconn'])
  const tcp = countOf('lb.tcp', labels['lb.tcp'])
  return {
    name,
    hosts,
    path: path.path === undefined ? undefined : path.path.replace(/\/+$/, '') || '/',
    check: check.path,
    timeout: timeout.count,
    maxconn: maxconn.count,
    sticky: labels['lb.sticky']?.trim() === 'true' || undefined,
    tcp: tcp.count,
    mistakes: [
      ...emptyLabels(labels),
      ...mistakes,
      ...wrong.map((why) => mistake('lb.host', why)),
      ...path.mistakes,
      ...check.mistakes,
      ...timeout.mistakes,
      ...maxconn.mistakes,
      ...stickyOf(labels['lb.sticky']),
      ...tcp.mistakes,
      ...withoutHttp(labels),
    ],
  }
}
