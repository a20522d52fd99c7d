import type { Config } from './config.ts'
import { agentWord, bootedAt } from './host.ts'
import type { Log } from './log.ts'
import type { App } from './marathon/answers.ts'
import { isSilent, isStranger, type Self } from './services/view.ts'
import type { Times } from './times.ts'

/** Knows who this slave is. */
export interface Identity {
  /** The identity as far as it is known. */
  now(): Self
  /**
   * Asks the Mesos agent if its id is unknown, old, or differs from that of Marathon's tasks here, or if Marathon does
   * not report the health of a task here.
   */
  learn(apps: readonly App[], signal: AbortSignal): Promise<void>
}

/** An identity that initially has names only. */
export function identity({ cluster, address, hostnames, agent }: Config, times: Times, log: Log): Identity {
  let self: Self = { cluster, address, hostnames, slaveId: undefined, bootedAt: 0, health: new Map() }
  let asked = Number.NEGATIVE_INFINITY
  return {
    now: () => self,
    async learn(apps, signal) {
      const late = performance.now() - asked >= times.reconcile
      if (self.slaveId === undefined || late || isStranger(self, apps) || isSilent(self, apps)) {
        try {
          const { id, health } = await agentWord(agent, times.local, signal)
          asked = performance.now()
          if (id !== self.slaveId) log('this slave is known', { id })
          self = { ...self, slaveId: id, health }
        } catch {
          self = { ...self, health: new Map() } // temporarily unreachable: its id stays the same
        }
      }
      self = { ...self, bootedAt: bootedAt(Date.now()) }
    },
  }
}
