import { type Balancer, balancerKey } from '../../model/cloud.ts'
import type { Balancers, Instance, TargetState } from '../provider.ts'

/** A host behind balancers, and its known instance. */
export interface Behind {
  readonly host: string
  readonly balancers: readonly Balancer[]
  readonly instance: Pick<Instance, 'id' | 'privateAddress'>
}

/** How a balancer sees a host; without a state, the host is not a target. */
export interface Seen {
  readonly host: string
  /** See `balancerKey`. */
  readonly balancer: string
  readonly state?: TargetState
}

/** Asks each balancer once how it sees the hosts behind it; in the order of the hosts. @throws CloudError */
export async function seenBy(balancers: Balancers, behind: readonly Behind[]): Promise<readonly Seen[]> {
  const instances = behind.map(({ instance }): Instance => ({ state: 'running', tags: {}, ...instance }))
  const wanted = new Map(behind.flatMap((each) => each.balancers.map((balancer) => [balancerKey(balancer), balancer])))
  const asked = await Promise.all(
    [...wanted].map(async ([key, balancer]) => [key, await balancers.targets(balancer, instances)] as const),
  )
  const states = new Map(asked)
  return behind.flatMap(({ host, balancers: own, instance }) =>
    own.map(balancerKey).map((balancer) => {
      const state = states.get(balancer)?.get(instance.id)
      return { host, balancer, ...(state === undefined ? {} : { state }) }
    }),
  )
}

/** Does the balancer send to it, or will it once it finds it healthy? */
export const isTarget = ({ state }: Seen): boolean =>
  state !== undefined && state.state !== 'draining' && state.state !== 'unused'

/** A balancer's short name: the name in a target group's ARN, or a classic balancer's name. Pure. */
export const shortName = (key: string): string =>
  /:targetgroup\/([^/]+)\//.exec(key)?.[1] ?? key.replace(/^classic:/, '')
