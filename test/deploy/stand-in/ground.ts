import * as assert from 'uvu/assert'
import type { App } from '../../../src/deploy/app/app.ts'
import { parseAppFile } from '../../../src/deploy/app/app-file.ts'
import type { DeployOptions } from '../../../src/deploy/deploy.ts'
import type { DeployResult } from '../../../src/deploy/events.ts'
import type { LiveCluster } from '../../../src/deploy/live-cluster.ts'
import { deployment } from '../../../src/deploy/rollout/deployment.ts'
import { scaling } from '../../../src/deploy/rollout/scaling.ts'
import { runProcedure } from '../../../src/deploy/run-procedure.ts'
import type { Wanted } from '../../../src/deploy/target.ts'
import type { TaskInfo } from '../../standins/marathon/core/mesos.ts'
import { type Behaviour, byMode } from '../../standins/marathon/sim/behaviour.ts'
import { Simulated, serving } from '../../support/simulated.ts'

/** What becomes of a version's tasks. */
export type Mode = 'ok' | 'sick' | 'killed' | 'exit' | 'slow' | 'half' | 'big'
type Protocol = 'HTTP' | 'MESOS_HTTP'

/** `half`: every other task is sick. `killed`: their checks do not all fail at the same time. */
const behave = (): ((task: TaskInfo) => Behaviour) => {
  let n = 0
  return (task) => {
    const behaviour = byMode(task)
    if (behaviour.unwell !== undefined) return { ...behaviour, unwell: behaviour.unwell + 4000 * (n++ % 3) }
    if (!JSON.stringify(task.command).includes('"value":"half"')) return byMode(task)
    n += 1
    return n % 2 === 0 ? { runs: 300, healthy: 1300, dies: 100 } : { runs: 300, dies: 100 }
  }
}

/** A definition of /web. */
export const app = (version: string, mode: Mode, protocol: Protocol, more: object = {}): App =>
  parseAppFile(
    JSON.stringify({
      id: '/web',
      cmd: 'exec x',
      cpus: mode === 'big' ? 64 : 0.1,
      instances: 4,
      env: { MODE: mode, VERSION: version },
      healthChecks: [
        {
          protocol,
          path: '/health',
          gracePeriodSeconds: 300,
          intervalSeconds: 1,
          timeoutSeconds: 1,
          maxConsecutiveFailures: 3,
        },
      ],
      upgradeStrategy: { minimumHealthCapacity: 1, maximumOverCapacity: 0.5 },
      taskKillGracePeriodSeconds: 20,
      ...more,
    }),
    { path: 'app.json' },
  )

/** The stand-in's core, and the procedures on it. */
export class Place extends Simulated {
  constructor(killing: boolean) {
    super({ behave: behave(), settings: killing ? { features: ['task_killing'] } : {} })
    this.sim.mesos.killing = killing
  }
  deploys(
    wanted: Wanted,
    options: Omit<DeployOptions, 'transport'> = {},
    more: Partial<LiveCluster> = {},
  ): Promise<DeployResult> {
    const run = runProcedure(
      this.liveCluster(more),
      '/web',
      (given, named, note) => deployment(given, wanted, named, note),
      {
        deadline: 30,
        ...options,
      },
    )
    return run.result
  }
  scales(instances: number): Promise<DeployResult> {
    return runProcedure(this.liveCluster(), '/web', (given, named) => scaling(given, '/web', instances, named), {
      deadline: 30,
    }).result
  }
  /** Tasks that serve, of a version. */
  serving(version: string): number {
    const ids = new Set(this.sim.samples.at(-1)?.ids)
    return [...this.sim.mesos.tasks.values()].filter(
      ({ info }) => ids.has(info.task_id.value) && JSON.stringify(info.command).includes(`"value":"${version}"`),
    ).length
  }
}

/** Works on a {@link Place} whose tasks are sampled all the time. */
export const at = (killing: boolean, work: (place: Place) => Promise<void>): Promise<void> =>
  serving(new Place(killing), work)

/** Four healthy tasks of v1, for so long that Marathon has looked at their number. */
export async function settled(place: Place, protocol: Protocol, more: object = {}): Promise<number> {
  assert.is((await place.deploys({ app: app('v1', 'ok', protocol, more) })).outcome, 'live')
  place.sim.run(20_000)
  return place.sim.now
}

/** So many of the four tasks serve all the time. */
export const LEAST = 4

/** A deployment of v2 has ended as this mode must: with so many tasks of it, or of v1 again. `how`: what a failure says. */
export function endedAs(mode: Mode, place: Place, { outcome, back }: DeployResult, left: number, how: string): void {
  const [wanted, version] = mode === 'sick' ? ['failed', 'v1'] : ['live', 'v2']
  assert.equal([outcome, back?.done], [wanted, mode === 'sick' ? true : undefined], how)
  const ended = [place.serving(version), place.sim.instances('/web').length, place.sim.world.apps['/web']?.instances]
  assert.equal(ended, [left, left, left], how)
}
