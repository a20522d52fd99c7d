import type { MesosAgent } from '../clients/mesos-answers.ts'

/** What matters of a Mesos agent to whoever wants to start a task. */
export interface Agent extends Pick<MesosAgent, 'attributes' | 'whole' | 'ports' | 'free'> {
  readonly host: string
}

/** Those that take tasks. */
export const takingTasks = (agents: readonly MesosAgent[]): readonly Agent[] =>
  agents
    .filter(({ active, deactivated }) => active && !deactivated)
    .map(({ hostname: host, attributes, whole, ports, free }) => ({
      host,
      attributes,
      ...(whole === undefined ? {} : { whole }),
      ...(ports === undefined ? {} : { ports }),
      free,
    }))
