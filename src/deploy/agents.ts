import { object } from '../lib/json.ts'

/** A Mesos agent, as the leading master lists it. */
export interface Agent {
  readonly host: string
  readonly attributes: Readonly<Record<string, string>>
  /** What is neither reserved nor in use. */
  readonly free: { readonly cpus: number; readonly mem: number; readonly disk: number }
}

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
        attributes: Object.fromEntries(Object.entries(object(agent.attributes)).map(([name, value]) => [name, String(value)])),
        free: { cpus: free('cpus'), mem: free('mem'), disk: free('disk') },
      }
    })
}
