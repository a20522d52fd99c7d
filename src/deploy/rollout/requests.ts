import { broken } from '../chain.ts'
import { downWatcher } from './found-down.ts'
import { neighbours } from './neighbours.ts'
import type { Look } from './progress.ts'
import type { Prober, Run } from './run.ts'
import { isWell } from './situation.ts'
import { verify } from './verify.ts'

/** Milliseconds from the first healthy new task until every HAProxy has it: 3.2 s at worst. */
const SETTLED = 5000

/** Why a version is rolled back although Marathon calls it healthy. */
export interface Met {
  readonly reason: string
  /** The HAProxies send nothing to its tasks. */
  readonly unserved: boolean
  /** Tasks that start from now on would get no requests. */
  readonly held?: boolean
  /** A new leader of Marathon has ended more old tasks than it may, and the next one would end more. */
  readonly cut?: boolean
}

/** What happens to requests at the HAProxies. */
export interface Requests {
  /** Checks while the version comes in. */
  meanwhile(seen: Look): Promise<Met | undefined>
  /** Checks once it is live. `wrong`: HAProxies that do not send to it, which a rollback would not fix. */
  after(): Promise<{ readonly wrong: readonly string[]; readonly met?: Met }>
}

/** Watches the requests for an app and for all others. Call it before anything is changed. */
export async function requests(run: Run, id: string, name: string, watch: Prober): Promise<Requests> {
  const others = await neighbours(run, id)
  const down = downWatcher(run)
  let since: number | undefined
  let asked = false
  const lost = async (): Promise<Met | undefined> => {
    const gone = await others.lost()
    return gone.length === 0 ? undefined : { reason: `with ${name}\n${gone.join('\n')}`, unserved: false }
  }
  return {
    async meanwhile(seen) {
      const cut = seen.now.old.length === 0 ? [] : await broken(run, seen.app.definition)
      if (cut.length > 0) return { reason: cut.join('\n'), unserved: false, held: true }
      if (!seen.now.fresh.some((task) => isWell(task, seen.app.definition))) return undefined
      since ??= seen.at
      const reason = await down(seen)
      if (reason !== undefined) return { reason, unserved: true }
      if (asked || seen.at - since < SETTLED) return undefined
      asked = true
      return lost()
    },
    async after() {
      const { wrong, lost: silent, all } = await verify(run, id, watch.watched)
      if (silent)
        return {
          wrong,
          met: {
            reason: `${name} is healthy, but requests are no longer answered\n${wrong.join('\n')}`,
            unserved: all,
          },
        }
      const met = await lost()
      return { wrong, ...(met === undefined ? {} : { met }) }
    },
  }
}
