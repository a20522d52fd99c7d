import { object } from '../lib/json.ts'

/** A Mesos agent, as the leading master lists it. */
export interface Agent {
  readonly host: string
  readonly attributes: Readonly<Record<string, string>>
  /** What is neither reserved nor in use. */
  /** What it has in all that is not reserved, in use or not; absent: it does not say. */
  readonly whole?: { readonly cpus: number; readonly mem: number; readonly disk: number }
  /** The ports that it offers, in ranges from and to; absent: it does not say. */
  readonly ports?: readonly (readonly [number, number])[]
  readonly free: { readonly cpus: number; readonly mem: number; readonly disk: number }
}

const RESOURCES = ['cpus', 'mem', 'disk'] as const

/** Ranges as Mesos writes them: `[31000-32000, 80-80]`. */
const rangesOf = (ports: string): readonly (readonly [number, number])[] =>
  [...ports.matchAll(/(\d+)-(\d+)/g)].map(([, from, to]) => [Number(from), Number(to)] as const)

/** Reads a master's `/slaves`: the agents that take tasks. @throws Error where it is none */
export function parseAgents(answer: unknown): readonly Agent[] {
  const { slaves } = object(answer)
  if (!Array.isArray(slaves)) throw new Error('this is not what a Mesos master answers when it is asked for its agents')
  return slaves
    .map(object)
    .filter((agent) => agent.active === true && agent.deactivated !== true)
    .map((agent) => {
      const [whole, used] = [object(agent.unreserved_resources), object(agent.used_resources)]
      const free = (name: string): number => Math.max(0, Number(whole[name] ?? 0) - Number(used[name] ?? 0))
      return {
        host: String(agent.hostname ?? ''),
        attributes: Object.fromEntries(
          Object.entries(object(agent.attributes)).map(([name, value]) => [name, String(value)]),
        ),
        ...(RESOURCES.every((name) => typeof whole[name] === 'number')
          ? { whole: { cpus: Number(whole.cpus), mem: Number(whole.mem), disk: Number(whole.disk) } }
          : {}),
        ...(typeof whole.ports === 'string' ? { ports: rangesOf(whole.ports) } : {}),
        free: { cpus: free('cpus'), mem: free('mem'), disk: free('disk') },
      }
    })
}
