import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { type Marathon, marathon } from '../../src/clients/marathon.ts'
import type { LiveCluster } from '../../src/deploy/live-cluster.ts'
import type { Others } from '../../src/model/task-health.ts'
import { type Scene, Simulation } from '../standins/marathon/sim/simulation.ts'
import { liveCluster } from './live-cluster.ts'

/** A simulation that answers HTTP: the real client talks to it. */
export class Simulated {
  readonly sim: Simulation
  readonly server: Server
  /** Is the answer to this request lost on its way? */
  loses: (request: string) => boolean = () => false
  constructor(scene: Scene) {
    this.sim = new Simulation(scene)
    this.server = createServer(async (request, response) => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk as Buffer)
      const text = Buffer.concat(chunks).toString()
      const answer = this.sim.request(
        request.method ?? 'GET',
        request.url ?? '/',
        text === '' ? undefined : JSON.parse(text),
      ) as {
        status: number
        body?: unknown
      }
      if (this.loses(`${request.method} ${request.url}`)) return void request.socket.destroy()
      response.writeHead(answer.status, { 'Content-Type': 'application/json' })
      const { body = '' } = answer
      response.end(typeof body === 'string' ? body : JSON.stringify(body))
    })
  }
  client(): Marathon {
    const dial = async () => connect((this.server.address() as AddressInfo).port, '127.0.0.1')
    return marathon({ hosts: [{ name: 'm1', dial }] })
  }
  liveCluster(more: Partial<LiveCluster> = {}): LiveCluster {
    return liveCluster({
      marathon: this.client(),
      others: async (_, { id }) => this.others(id),
      lost: async ({ id }) => !this.sim.mesos.tasks.has(id),
      sleep: async (ms) => this.sim.run(ms),
      now: () => this.sim.now,
      ...more,
    })
  }
  /** What Mesos and the task itself say about a task. */
  others(id: string): Others {
    const task = this.sim.mesos.tasks.get(id)
    if (task === undefined) return {}
    return { app: this.sim.mesos.healthy(id, this.sim.now), ...(task.told === undefined ? {} : { mesos: task.told }) }
  }
}

/** Serves a simulation during some work. */
export async function serving<Place extends Simulated>(
  place: Place,
  work: (place: Place) => Promise<void>,
): Promise<void> {
  await new Promise<void>((resolve) => place.server.listen(0, '127.0.0.1', resolve))
  try {
    await work(place)
  } finally {
    place.server.closeAllConnections()
    place.server.close()
  }
}
