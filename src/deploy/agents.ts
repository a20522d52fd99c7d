import type { MesosAgent } from '../clients/mesos/answers.ts'

/** The fields of a Mesos agent that a deployment uses. */
export interface Agent extends Pick<MesosAgent, 'attributes' | 'whole' | 'gpus' | 'ports' | 'free'> {
  readonly host: string
}

/** The agents that accept new tasks. */
export const takingTasks = (agents: readonly MesosAgent[]): readonly Agent[] =>
  agents
    .filter(({ active, deactivated }) => active && !deactivated)
    .map(({ hostname: host, attributes, whole, gpus, ports, free }) => ({
      host,
      attributes,
      ...(whole === undefined ? {} : { whole }),
      ...(gpus === undefined ? {} : { gpus }),
      ...(ports === undefined ? {} : { ports }),
      free,
    }))
