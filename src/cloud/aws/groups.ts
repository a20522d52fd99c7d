import { compact } from '../../lib/compact.ts'
import type { GroupMember, GroupSeen, Groups, Hook, Waiting } from '../others/groups.ts'
import type { ClientSettings } from './requests/proxy.ts'
import type * as Sdk from './sdk.ts'

/** Sends a request for an action, and turns AWS's errors into sentences. */
type Send = <T>(action: string, send: () => Promise<T>) => Promise<T>

/** The most names that one request may contain. */
const MOST = 50

const STATES: readonly (readonly [prefix: string, state: GroupMember['state']])[] = [
  ['Warmed:', 'rests'],
  ['Pending', 'joins'],
  ['Terminat', 'leaves'],
  ['Detach', 'leaves'],
]

/** Parses a lifecycle state: `Terminating:Wait`. Pure. */
export const memberOf = (lifecycle: string): GroupMember => ({
  state: STATES.find(([prefix]) => lifecycle.startsWith(prefix))?.[1] ?? 'serves',
  waits: lifecycle.endsWith(':Wait'),
})

const asWaiting = ({ group, hook, id }: Waiting) => ({
  AutoScalingGroupName: group,
  LifecycleHookName: hook,
  InstanceId: id,
})

/** AWS's auto-scaling groups. */
export class AwsGroups implements Groups {
  readonly #sdk: typeof Sdk
  readonly #send: Send
  readonly #client: Sdk.AutoScalingClient

  constructor(sdk: typeof Sdk, settings: ClientSettings, send: Send) {
    this.#sdk = sdk
    this.#send = (action, work) => send(`autoscaling:${action}`, work)
    this.#client = new sdk.AutoScalingClient(settings)
  }

  async look(names: readonly string[]): Promise<readonly GroupSeen[]> {
    const found: GroupSeen[] = []
    for (let at = 0; at < names.length; at += MOST) {
      const AutoScalingGroupNames = names.slice(at, at + MOST)
      let NextToken: string | undefined
      do {
        const request = { AutoScalingGroupNames, MaxRecords: 100, ...compact({ NextToken }) }
        const page = await this.#send('DescribeAutoScalingGroups', () =>
          this.#client.send(new this.#sdk.DescribeAutoScalingGroupsCommand(request)),
        )
        found.push(...(page.AutoScalingGroups ?? []).map(seen))
        NextToken = page.NextToken
      } while (NextToken)
    }
    return found
  }

  async hooks(group: string): Promise<readonly Hook[]> {
    const request = new this.#sdk.DescribeLifecycleHooksCommand({ AutoScalingGroupName: group })
    const { LifecycleHooks = [] } = await this.#send('DescribeLifecycleHooks', () => this.#client.send(request))
    return LifecycleHooks.map(({ LifecycleHookName = '', LifecycleTransition = '', HeartbeatTimeout = 3600 }) => ({
      name: LifecycleHookName,
      at: LifecycleTransition.endsWith('LAUNCHING') ? 'launch' : 'end',
      seconds: HeartbeatTimeout,
    }))
  }

  async complete(waiting: Waiting): Promise<void> {
    const request = { ...asWaiting(waiting), LifecycleActionResult: 'CONTINUE' }
    await this.#send('CompleteLifecycleAction', () =>
      this.#client.send(new this.#sdk.CompleteLifecycleActionCommand(request)),
    )
  }

  async beat(waiting: Waiting): Promise<void> {
    const request = new this.#sdk.RecordLifecycleActionHeartbeatCommand(asWaiting(waiting))
    await this.#send('RecordLifecycleActionHeartbeat', () => this.#client.send(request))
  }

  async end(id: string, shrink: boolean): Promise<void> {
    const request = { InstanceId: id, ShouldDecrementDesiredCapacity: shrink }
    await this.#send('TerminateInstanceInAutoScalingGroup', () =>
      this.#client.send(new this.#sdk.TerminateInstanceInAutoScalingGroupCommand(request)),
    )
  }
}

const seen = (group: Sdk.AutoScalingGroup): GroupSeen => ({
  name: group.AutoScalingGroupName ?? '',
  desired: group.DesiredCapacity ?? 0,
  least: group.MinSize ?? 0,
  members: new Map(
    (group.Instances ?? []).map(({ InstanceId = '', LifecycleState = '' }) => [InstanceId, memberOf(LifecycleState)]),
  ),
})
