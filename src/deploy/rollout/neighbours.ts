import pLimit from 'p-limit'
import { balanced } from '../../balancing/balanced.ts'
import { balanceable } from '../../balancing/definition.ts'
import type { MarathonApp } from '../../clients/marathon-answers.ts'
import type { Balancer } from '../live-cluster.ts'
import { patiently, pause, type Run } from './run.ts'
import { type Entrance, entranceOf, wrongAt } from './serving.ts'
import { isWell } from './situation.ts'

/** Concurrent requests to one HAProxy. */
const AT_ONCE = 8
/** How many looks, a second apart, must find an app unserved. */
const LOOKS = 3

/** The other apps behind the HAProxies, and whether they are still served as before. */
export interface Neighbours {
  /** One sentence for each app that was served before and no longer is, although nobody else has changed it. */
  lost(): Promise<readonly string[]>
}

/** An app that a HAProxy answers for. */
interface Watched {
  readonly balancer: Balancer
  readonly app: MarathonApp
  readonly entrance: Entrance
}

const isServed = ({ balancer, entrance }: Watched): Promise<boolean> =>
  wrongAt(balancer, entrance).then(
    (wrong) => wrong === undefined,
    () => false,
  )

/** Filters the apps by whether they are served. */
async function those(all: readonly Watched[], served: boolean): Promise<readonly Watched[]> {
  const limits = new Map(all.map(({ balancer }) => [balancer, pLimit(AT_ONCE)]))
  const seen = await Promise.all(all.map((each) => limits.get(each.balancer)?.(() => isServed(each))))
  return all.filter((_, i) => seen[i] === served)
}

const otherApps = async (run: Run, id: string): Promise<readonly MarathonApp[]> =>
  (await patiently(run, () => run.cluster.marathon.apps())).filter((app) => app.id !== id)

/** Is the app unchanged and healthy, so that it should be served? Somebody else's change is not our fault. */
const isUntouched = (app: MarathonApp, now: MarathonApp | undefined): boolean =>
  now !== undefined &&
  now.version === app.version &&
  now.deployments.length === 0 &&
  now.tasks.some((task) => isWell(task, now.definition))

const askedAs = (entrance: Entrance): string =>
  'port' in entrance ? `port ${entrance.port}` : `GET ${entrance.path}, Host: ${entrance.host}`

const sentence = (id: string, all: readonly Watched[]): string => {
  const [first] = all
  const where = [...new Set(all.map(({ balancer }) => balancer.host))].join(', ')
  return `${id} is no longer served by the HAProxy of ${where} (${first === undefined ? '' : askedAs(first.entrance)})`
}

/** Requests every other app from every HAProxy, before anything is changed. */
export async function neighbours(run: Run, id: string): Promise<Neighbours> {
  const { balancers } = run.cluster
  const apps = balancers.length === 0 ? [] : await otherApps(run, id)
  const all = apps.flatMap((app) => {
    const entrance = balanced(balanceable(app.definition)) === undefined ? undefined : entranceOf(app.definition)
    return entrance === undefined ? [] : balancers.map((balancer): Watched => ({ balancer, app, entrance }))
  })
  const before = await those(all, true)
  return {
    async lost() {
      let gone = await those(before, false)
      for (let looks = 1; gone.length > 0 && looks < LOOKS; looks++) {
        await pause(run)
        gone = await those(gone, false)
      }
      if (gone.length === 0) return []
      const now = new Map((await otherApps(run, id)).map((app) => [app.id, app]))
      const ours = gone.filter(({ app }) => isUntouched(app, now.get(app.id)))
      return [...new Set(ours.map(({ app }) => app.id))].map((each) =>
        sentence(
          each,
          ours.filter(({ app }) => app.id === each),
        ),
      )
    },
  }
}
