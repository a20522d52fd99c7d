import { setTimeout as sleep } from 'node:timers/promises'
import { compact } from '../../lib/compact.ts'
import { timeLimit } from '../../lib/wait/time-limit.ts'
import { type Balancer, balancerKey, balancerOf } from '../../model/cloud.ts'
import { isApart } from '../../model/host.ts'
import type { CloudResult } from '../events.ts'
import { balancersOf, begin, forEach, type Ground, type Leaver, type Said, step, waits, warn } from '../ground.ts'
import { type Declared, inCloud } from '../launch/launch.ts'
import { instances } from '../others/all.ts'
import { type BalancerSeen, CloudError, type Instance, type TargetState } from '../provider.ts'
import { misfits } from './misfits.ts'

/** How many milliseconds a target may take to become healthy. */
const PATIENCE = 300_000
/** How many milliseconds a target may take to be removed, beyond the balancer's own drain time. */
const GRACE = 60_000

/**
 * Polls a target until it is as wanted. @throws CloudError after `patience` milliseconds
 * @param what what that is, for people: "slaves to release it"
 */
async function until(
  ground: Ground,
  { host, instance }: Leaver,
  balancer: Balancer,
  what: string,
  wanted: (state: TargetState | undefined) => boolean | Promise<boolean>,
  patience: number,
): Promise<void> {
  const isLast = timeLimit(patience)
  for (let pause = ground.pace ?? 1000; ; pause = Math.min(5000, pause * 1.2)) {
    const last = isLast()
    const state = (await balancersOf(ground).targets(balancer, [instance])).get(instance.id)
    if (await wanted(state)) return
    const said = state ? `${state.state}${state.reason ? ` (${state.reason})` : ''}` : 'not there'
    const target = `${instance.id} as target of ${balancerKey(balancer)}`
    if (last) throw new CloudError('refused', `${target} is still ${said}`)
    waits(ground, host, `${what} (${said})`)
    await sleep(pause, undefined, { signal: ground.signal })
  }
}

const put = ({ ledger }: Ground, host: string, attached: readonly string[]): void => {
  const entry = ledger.hosts[host]
  if (entry) ledger.put(host, { ...entry, attached: [...attached].sort() })
}

/**
 * Attaches a healthy host to its balancers, and waits until each finds it healthy, unless the host has nothing to serve
 * yet: a new cluster has no app, and gets none before its hosts are set up. @throws CloudError
 */
export async function attach(ground: Ground, host: Declared, instance: Instance): Promise<void> {
  const { balancers } = host.cloud
  const leaver = { host: host.name, instance }
  await Promise.all(
    balancers.map(async (balancer) => {
      const seen = await balancersOf(ground).look(balancer)
      for (const text of misfits(seen, host)) warn(ground, text)
      const before = (await balancersOf(ground).targets(balancer, [instance])).get(instance.id)
      // a draining target would not come back, so let it go first
      if (before?.state === 'draining')
        await until(ground, leaver, balancer, releases(seen), isGone, seen.drainSeconds * 1000 + GRACE)
      step(ground, host.name, `is attached to ${seen.name}`)
      await balancersOf(ground).attach(balancer, instance)
      const settled = async (target: TargetState | undefined): Promise<boolean> => {
        if (target?.state !== 'unhealthy') return target?.state === 'healthy'
        const idle = (await ground.service?.idle(ground.cluster, host)) ?? []
        if (idle.length > 0)
          warn(ground, `${seen.name} sends no requests to ${host.name} until it serves some (${idle.join(', ')})`)
        return idle.length > 0
      }
      await until(ground, leaver, balancer, `${seen.name} to find it healthy`, settled, ground.patience ?? PATIENCE)
    }),
  )
  put(ground, host.name, balancers.map(balancerKey))
}

const releases = ({ name }: BalancerSeen): string => `${name} to release it`

const isGone = (target: TargetState | undefined): boolean => target === undefined || target.state === 'unused'

/**
 * Detaches a host from its balancers, and waits until they have released it. Records that first: after an interruption,
 * the next run knows that it must attach the host again. @throws CloudError
 */
export async function detach(ground: Ground, leaver: Leaver): Promise<void> {
  const { host, instance } = leaver
  const { hosts, leaving = [] } = ground.cluster
  const wanted = [...hosts, ...leaving].find(({ name }) => name === host)?.cloud?.balancers ?? []
  const known = ground.ledger.hosts[host]?.attached ?? []
  const all = [...new Set([...wanted.map(balancerKey), ...known])].map(balancerOf)
  if (all.length === 0 || !ground.provider.balancers) return
  if (known.length > 0) put(ground, host, [])
  await Promise.all(
    all.map(async (balancer) => {
      const state = (await balancersOf(ground).targets(balancer, [instance])).get(instance.id)
      if (isGone(state)) return
      const seen = await balancersOf(ground).look(balancer)
      step(ground, host, `is taken out of ${seen.name}`)
      if (state?.state !== 'draining') await balancersOf(ground).detach(balancer, instance)
      await until(ground, leaver, balancer, releases(seen), isGone, seen.drainSeconds * 1000 + GRACE)
    }),
  )
}

/** Attaches the healthy hosts that are not attached yet. @throws CloudError */
export async function balance(ground: Ground, green: readonly string[]): Promise<readonly CloudResult[]> {
  const { cluster, ledger } = ground
  const hosts = green.map((name) => ({ ...cluster.host(name), ...compact({ attached: ledger.hosts[name]?.attached }) }))
  const names = hosts.filter(isApart).map(({ name }) => name)
  if (names.length === 0) return []
  await begin(ground, 'balancers', names)
  const seen = await instances(ground)
  return forEach(ground, names, async (name): Promise<Said> => {
    const host = inCloud(ground.cluster.hosts).find((each) => each.name === name)
    const instance = seen.get(name)?.find(({ id }) => id === ground.ledger.hosts[name]?.id)
    if (!host || instance?.state !== 'running') return ['failed', 'is not there as written down: provision refresh']
    await attach(ground, host, instance)
    return ['attached', host.cloud.balancers.map(balancerKey).join(', ')]
  })
}
