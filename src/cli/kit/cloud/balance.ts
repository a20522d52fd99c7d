import { attach, balance, detach } from '../../../cloud/balancers/attach.ts'
import type { CloudResult } from '../../../cloud/events.ts'
import type { Ground } from '../../../cloud/ground.ts'
import { inCloud } from '../../../cloud/launch/launch.ts'
import { sharing } from '../../../cloud/ledger/lock.ts'
import { instances } from '../../../cloud/others/all.ts'
import { letServe } from '../../../cloud/others/lifecycle.ts'
import { CloudError, type Instance } from '../../../cloud/provider.ts'
import type { Front } from '../../../engine/context.ts'
import type { Io } from '../../io.ts'
import { type CloudFlags, onCloud, onGround } from './ground.ts'

/**
 * Attaches healthy hosts to their balancers, and lets members that a group waits for enter service. @throws CloudError
 */
async function settle(ground: Ground, names: readonly string[]): Promise<readonly CloudResult[]> {
  const attached = await balance(ground, names)
  const undone = new Set(attached.flatMap(({ host, outcome }) => (outcome === 'attached' ? [] : [host])))
  const serving = await letServe(
    ground,
    names.filter((name) => !undone.has(name)),
  )
  return [...attached, ...serving]
}

/** {@link settle}, with a report. Returns the exit code. */
export const attachHosts = (flags: CloudFlags, io: Io, names: readonly string[]): Promise<number> =>
  onCloud(flags, io, (ground) => settle(ground, names))

/** Opens the balancers in front of an inventory's hosts, which detach each host before its turn. */
export function openFront(flags: CloudFlags, io: Io): Front {
  const left = new Set<string>()
  let locked: ReturnType<typeof sharing> | undefined
  const on = async (
    name: string,
    say: (what: string) => void,
    work: (ground: Ground, instance: Instance) => Promise<void>,
  ): Promise<void> => {
    let wrong: unknown
    // what does not fit its balancers was told when the host was first attached
    const tell: Ground['tell'] = (event) => {
      if (event.event === 'step' && event.for !== undefined) say(event.for)
    }
    const one = async (ground: Ground): Promise<number> => {
      try {
        const found = await instances(ground)
        const instance = found.get(name)?.find(({ id }) => id === ground.ledger.hosts[name]?.id)
        if (!instance) throw new CloudError('refused', `${name} no longer has an instance: provision refresh`)
        locked ??= sharing(ground.journal.lock)
        await locked(() => work(ground, instance))
      } catch (error) {
        wrong = error
      }
      return 0
    }
    await onGround(flags, io, tell, one)
    if (wrong !== undefined) throw wrong
  }
  return {
    async leave({ name }, say) {
      left.add(name)
      await on(name, say, (ground, instance) => detach(ground, { host: name, instance }))
    },
    async join({ name }, say) {
      if (!left.has(name)) return
      await on(name, say, async (ground, instance) => {
        const host = inCloud(ground.cluster.hosts).find((each) => each.name === name)
        if (host) await attach(ground, host, instance)
      })
      left.delete(name)
    },
  }
}
