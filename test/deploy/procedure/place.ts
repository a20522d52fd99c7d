// Deployments and scalings of one app on a small Marathon with its own time, behind HAProxies that are not there.
import { marathon } from '../../../src/clients/marathon.ts'
import type { DeployOptions } from '../../../src/deploy/deploy.ts'
import type { DeployResult } from '../../../src/deploy/events.ts'
import type { LiveCluster } from '../../../src/deploy/live-cluster.ts'
import { deployment } from '../../../src/deploy/rollout/deployment.ts'
import { scaling } from '../../../src/deploy/rollout/scaling.ts'
import { type Procedure, runProcedure } from '../../../src/deploy/run-procedure.ts'
import type { Wanted } from '../../../src/deploy/target.ts'
import { FakeMarathon } from '../../support/fake-marathon.ts'
import { liveCluster, slaveName } from '../../support/live-cluster.ts'
import { app } from './ground.ts'

/** What keeps tasks from the HAProxies. */
export const DENIED = 'slave-1: registrar: the Consul agent cannot be asked: 403'

/** A cluster whose way to the HAProxies is broken for a while. */
export class Place {
  readonly fake = new FakeMarathon()
  /** From when until when, in milliseconds since the start. */
  broken: readonly [from: number, until: number] = [0, 0]
  readonly #began = this.fake.now
  /** Healthy tasks that were ended later than a look, and what follows from it, takes after it broke. */
  readonly lost: string[] = []
  #known = 0

  get at(): number {
    return this.fake.now - this.#began
  }
  get isBroken(): boolean {
    return this.at >= this.broken[0] && this.at < this.broken[1]
  }
  cluster(more: Partial<LiveCluster> = {}): LiveCluster {
    return liveCluster({
      marathon: marathon({ hosts: [{ name: 'm1', dial: this.fake.dial }] }),
      name: slaveName,
      sleep: async (ms) => this.tick(ms),
      now: () => this.fake.now,
      broken: async () => (this.isBroken ? [DENIED] : []),
      ...more,
    })
  }
  tick(ms: number): void {
    const wasBroken = this.isBroken
    this.fake.tick(ms)
    const killed = this.fake.log.killed.slice(this.#known)
    this.#known += killed.length
    if (wasBroken) this.lost.push(...killed.flatMap(({ healthy, version }) => (healthy ? [version] : [])))
  }
  async run(procedure: Procedure, options: Omit<DeployOptions, 'transport'> = {}, more: Partial<LiveCluster> = {}) {
    const run = runProcedure(this.cluster(more), '/web', procedure, { deadline: 30, ...options })
    return run.result
  }
  deploys(wanted: Wanted, ...more: [Omit<DeployOptions, 'transport'>?, Partial<LiveCluster>?]): Promise<DeployResult> {
    return this.run((run, named, note) => deployment(run, wanted, named, note), ...more)
  }
  scales(
    instances: number,
    ...more: [Omit<DeployOptions, 'transport'>?, Partial<LiveCluster>?]
  ): Promise<DeployResult> {
    return this.run((run, named) => scaling(run, '/web', instances, named), ...more)
  }
}

/** Does some work where four healthy tasks of v1 run. */
export const withPlace = async (work: (place: Place) => Promise<void>, more: object = {}): Promise<void> => {
  const place = new Place()
  await place.fake.listen()
  try {
    place.fake.running(app('v1', 'good', more).definition as never)
    await work(place)
  } finally {
    place.fake.close()
  }
}
