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

/** What Marathon lists, and how that changes. A task is known by the name of its server in HAProxy. */
export interface Fleet {
  /** These of all tasks are there, app by app. */
  begin(from: number, to: number): void
  /** A task of an app ends; its name. */
  end(app: number): string
  /** An app has another task; its name. */
  come(app: number): string
  /** Each app has another task in the place of its first one; the names of the last two. */
  others(): { readonly ended: string; readonly came: string }
}

/** A real one sends an empty line every 10 s. */
const BEAT = 10_000

/** Apps with tasks over these slaves, in turn. */
export function fleet(hosts: readonly SandboxHost[], marathon: FakeMarathon, apps: number): Fleet {
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
  const nameOf = ({ id }: FakeTask): string => `server t_${/instance-(\w+)-/.exec(id)?.[1]}_1 `
  const listed = new Map<number, readonly FakeTask[]>()
  const of = (app: number): readonly FakeTask[] => listed.get(app) ?? []
  const list = (): void => {
    marathon.apps = [...listed].map(([app, its]) =>
      fakeApp(`/app-${app}`, { 'lb.enable': 'true', 'lb.host': `app-${app}.example.com` }, its),
    )
  }
  const told = ({ id, ...rest }: FakeTask, taskStatus: string): void =>
    marathon.emit('status_update_event', { taskId: id, taskStatus, ...rest })
  const end = (app: number): string => {
    const [gone, ...rest] = of(app)
    if (gone === undefined) throw new Error(`app-${app} has no task`)
    listed.set(app, rest)
    list()
    told(gone, 'TASK_KILLED')
    return nameOf(gone)
  }
  const come = (app: number): string => {
    const came = task(app)
    listed.set(app, [...of(app), came])
    list()
    told(came, 'TASK_RUNNING')
    return nameOf(came)
  }
  setInterval(() => marathon.beat(), BEAT).unref()
  return {
    begin(from, to) {
      for (let n = from; n < to; n++) listed.set(n % apps, [...of(n % apps), task(n % apps)])
      list()
      marathon.emit('deployment_success', {})
    },
    end,
    come,
    others() {
      let [ended, came] = ['', '']
      for (let app = 0; app < apps; app++) [came, ended] = [come(app), end(app)]
      return { ended, came }
    },
  }
}
