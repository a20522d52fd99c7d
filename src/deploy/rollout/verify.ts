import { message } from '../../lib/message.ts'
import type { Balancer } from '../world.ts'
import type { Look } from './progress.ts'
import { type Entrance, entranceOf, type Served, served } from './serving.ts'
import { LeftError, look, pause, type Run } from './work.ts'

/** Milliseconds that HAProxies get to follow: registrar, consul-template and reload took 3.2 s at worst, an old task goes when its pre-stop is over. */
const DEADLINE = 60_000

async function ask(balancer: Balancer, entrance: Entrance, { app, now }: Look): Promise<Served> {
  const local = now.fresh.filter((task) => balancer.hostnames.includes(task.host))
  const seen = served(await balancer.stats(), app.definition, now.fresh, local)
  if (!seen.ok || (local.length === 0 && !/others/.test(seen.says))) return seen
  const status = await balancer.get(entrance)
  return status < 500 ? seen : { ok: false, says: `answers ${status} to GET ${entrance.path}` }
}

/**
 * Waits until every HAProxy sends to the app's tasks and to no others.
 * @returns what is wrong with those that do not; empty where all is well, or the app is behind none
 */
export async function verify(run: Run, id: string): Promise<readonly string[]> {
  const began = run.world.now()
  const done = new Set<Balancer>()
  for (;;) {
    const seen = await look(run, id)
    const entrance = seen && entranceOf(seen.app.definition)
    if (seen === undefined || entrance === undefined || seen.app.instances === 0) return []
    const wrong: string[] = []
    const one = async (balancer: Balancer): Promise<void> => {
      const { ok, says } = await ask(balancer, entrance, seen).catch((error) => ({ ok: false, says: `cannot be asked: ${message(error)}` }))
      if (ok) done.add(balancer)
      else wrong.push(`${balancer.host}: its HAProxy ${says}`)
      const late = run.world.now() - began >= DEADLINE
      if (ok || late) run.emit({ event: 'serving', host: balancer.host, ok, says })
    }
    await Promise.all(run.world.balancers.filter((balancer) => !done.has(balancer)).map(one))
    if (wrong.length === 0 || run.world.now() - began >= DEADLINE) return wrong.sort()
    if (run.signal.aborted)
      throw new LeftError(`stopped as asked: all tasks are healthy, but not every HAProxy sends to them yet\n${wrong.join('\n')}`)
    await pause(run)
  }
}
