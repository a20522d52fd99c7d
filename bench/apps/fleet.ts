import type { SandboxHost } from '../../src/sandbox/index.ts'
import { type FakeMarathon, type FakeTask, fakeApp } from '../../test/support/scripted-marathon.ts'

/** The first port of tasks, and how many ports each slave answers at. */
const PORTS = { first: 31_000, count: 1000 }

/** A program of a slave that answers for all tasks there: HAProxy needs the least CPU for it. */
export const SERVERS = `defaults
  mode http
  timeout client 60s
  timeout http-request 60s
frontend tasks
  bind :${PORTS.first}-${PORTS.first + PORTS.count - 1}
  http-request return status 200 content-type text/plain string task
`

/** What Marathon lists, and how that changes. */
export interface Fleet {
  begin(): void
  /** A task of an app ends. */
  end(app: number): void
  /** Another one takes its place. */
  come(app: number): void
  /** There is one more app. */
  more(): void
  /** The first task of each app ends, and has another after it. */
  others(): void
}

/** Apps with tasks over these slaves, in turn. */
export function fleet(
  hosts: readonly SandboxHost[],
  marathon: FakeMarathon,
  { apps, tasks }: { readonly apps: number; readonly tasks: number },
): Fleet {
  let made = 0
  /** The n-th task of all: its slave and port follow from n. */
  function task(app: number): FakeTask {
    const n = made++
    const host = hosts[n % hosts.length] as SandboxHost
    const id = n.toString(16).padStart(8, '0')
    return {
      id: `app-${app}.instance-${id}-e661-11f1-87f4-193e2279135e._app.1`,
      slaveId: `S-${host.name}`,
      host: host.address,
      ports: [PORTS.first + Math.floor(n / hosts.length)],
      aliveAt: new Date(Date.now() + 3_600_000).toISOString(),
    }
  }
  const listed = new Map<number, readonly FakeTask[]>()
  const of = (app: number): readonly FakeTask[] => listed.get(app) ?? []
  const list = (): void => {
    marathon.apps = [...listed].map(([app, its]) =>
      fakeApp(`/app-${app}`, { 'lb.enable': 'true', 'lb.host': `app-${app}.example.com` }, its),
    )
  }
  const told = ({ id, ...rest }: FakeTask, taskStatus: string): void =>
    marathon.emit('status_update_event', { taskId: id, taskStatus, ...rest })
  const end = (app: number): void => {
    const [gone, ...rest] = of(app)
    listed.set(app, rest)
    list()
    if (gone !== undefined) told(gone, 'TASK_KILLED')
  }
  const come = (app: number): void => {
    const made = task(app)
    listed.set(app, [...of(app), made])
    list()
    told(made, 'TASK_RUNNING')
  }
  return {
    begin() {
      for (let n = 0; n < tasks; n++) listed.set(n % apps, [...of(n % apps), task(n % apps)])
      list()
      marathon.emit('deployment_success', {})
    },
    end,
    come,
    more: () => come(apps),
    others() {
      for (let app = 0; app < apps; app++) {
        come(app)
        end(app)
      }
    },
  }
}
