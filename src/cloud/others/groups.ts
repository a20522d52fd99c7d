/** How a member of an auto-scaling group is. */
export interface GroupMember {
  /** `joins`, `leaves`: it is on its way; `rests`: it is kept in a warm pool. */
  readonly state: 'joins' | 'serves' | 'leaves' | 'rests'
  /** It waits until a lifecycle action is completed. */
  readonly waits: boolean
}

/** An auto-scaling group, as the cloud tells. */
export interface GroupSeen {
  readonly name: string
  /** How many members it is to have, and how many at least. */
  readonly desired: number
  readonly least: number
  /** Its members by the ids of their instances. */
  readonly members: ReadonlyMap<string, GroupMember>
}

/** What makes a member wait when it is launched, or before it is ended. */
export interface Hook {
  readonly name: string
  readonly at: 'launch' | 'end'
  /** For so many seconds, from the last heartbeat on. */
  readonly seconds: number
}

/** A member that waits for a hook. */
export interface Waiting {
  readonly group: string
  readonly hook: string
  readonly id: string
}

/** The auto-scaling groups of a cloud. */
export interface Groups {
  /** Those of them that there are. */
  look(names: readonly string[]): Promise<readonly GroupSeen[]>
  hooks(group: string): Promise<readonly Hook[]>
  /** The member is not to be waited for any more. */
  complete(waiting: Waiting): Promise<void>
  /** The member is to be waited for anew. */
  beat(waiting: Waiting): Promise<void>
  /** Ends a member; `shrink`: the group does not launch another one for it. */
  end(id: string, shrink: boolean): Promise<void>
}

/** Hooks that are meant for provision: others belong to somebody else. Pure. */
export const ownHooks = (hooks: readonly Hook[], at: Hook['at']): readonly Hook[] =>
  hooks.filter((hook) => hook.at === at && hook.name.startsWith('provision'))
