/** The state of an auto-scaling group's member. */
export interface GroupMember {
  /** `joins`, `leaves`: in transition; `rests`: in a warm pool. */
  readonly state: 'joins' | 'serves' | 'leaves' | 'rests'
  /** It waits for a lifecycle action to complete. */
  readonly waits: boolean
}

/** An auto-scaling group, as the cloud describes it. */
export interface GroupSeen {
  readonly name: string
  /** The desired and the minimum number of members. */
  readonly desired: number
  readonly least: number
  /** Its members by instance id. */
  readonly members: ReadonlyMap<string, GroupMember>
}

/** A hook that makes members wait after launch, or before termination. */
export interface Hook {
  readonly name: string
  readonly at: 'launch' | 'end'
  /** The timeout in seconds, counted from the last heartbeat. */
  readonly seconds: number
}

/** A member that waits for a hook. */
export interface Waiting {
  readonly group: string
  readonly hook: string
  readonly id: string
}

/** A cloud's auto-scaling groups. */
export interface Groups {
  /** The named groups, without those that do not exist. */
  look(names: readonly string[]): Promise<readonly GroupSeen[]>
  hooks(group: string): Promise<readonly Hook[]>
  /** Completes the lifecycle action, so that the member proceeds. */
  complete(waiting: Waiting): Promise<void>
  /** Records a heartbeat, so that the member waits longer. */
  beat(waiting: Waiting): Promise<void>
  /** Terminates a member; `shrink`: the group does not replace it. */
  end(id: string, shrink: boolean): Promise<void>
}

/** The hooks that belong to provision; others belong to somebody else. Pure. */
export const ownHooks = (hooks: readonly Hook[], at: Hook['at']): readonly Hook[] =>
  hooks.filter((hook) => hook.at === at && hook.name.startsWith('provision'))
