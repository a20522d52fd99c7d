import type { GroupMember, GroupSeen, Groups, Hook, Waiting } from '../../src/cloud/others/groups.ts'
import { CloudError } from '../../src/cloud/provider.ts'

/** A group, as a test sets it up. */
interface Group {
  desired: number
  least: number
  readonly hooks: readonly Hook[]
  readonly members: Map<string, GroupMember>
}

/** The surrounding cloud. */
interface Around {
  /** Each call may be the controller's last. */
  call<T>(effect: () => T): Promise<T>
  ended(id: string): void
}

export const HOOKS: readonly Hook[] = [
  { name: 'provision-launch', at: 'launch', seconds: 3600 },
  { name: 'provision-end', at: 'end', seconds: 3600 },
]

/** Auto-scaling groups in memory. */
export class MemoryGroups {
  readonly all = new Map<string, Group>()
  /** Heartbeats, by instance. */
  readonly beats = new Map<string, number>()
  readonly #around: Around

  constructor(around: Around) {
    this.#around = around
  }

  make(name: string, more: Partial<Group> = {}): Group {
    const group: Group = { desired: 0, least: 0, hooks: HOOKS, members: new Map(), ...more }
    this.all.set(name, group)
    return group
  }

  #hooked = (group: Group, at: Hook['at']): boolean => group.hooks.some((hook) => hook.at === at)

  /** A member enters service, or waits before it does. */
  joins(name: string, id: string): void {
    const group = this.#of(name)
    group.desired++
    const waits = this.#hooked(group, 'launch')
    group.members.set(id, { state: waits ? 'joins' : 'serves', waits })
  }

  /** The group terminates a member, or makes it wait before. */
  leaves(name: string, id: string): void {
    const group = this.#of(name)
    if (this.#hooked(group, 'end')) group.members.set(id, { state: 'leaves', waits: true })
    else this.#ends(group, id)
  }

  #of(name: string): Group {
    const group = this.all.get(name)
    if (!group) throw new CloudError('refused', `there is no group ${name}`)
    return group
  }

  #ends(group: Group, id: string): void {
    group.members.delete(id)
    this.#around.ended(id)
  }

  #complete({ group: name, hook, id }: Waiting): void {
    const group = this.#of(name)
    const member = group.members.get(id)
    const at = member?.state === 'joins' ? 'launch' : 'end'
    if (!member?.waits || !group.hooks.some((each) => each.name === hook && each.at === at))
      throw new CloudError('refused', `AWS refused: No active Lifecycle Action found with instance ID ${id}`)
    if (member.state === 'joins') group.members.set(id, { state: 'serves', waits: false })
    else this.#ends(group, id)
  }

  readonly provider: Groups = {
    look: (names) =>
      this.#around.call(() =>
        [...this.all].flatMap(([name, { desired, least, members }]): GroupSeen[] =>
          names.includes(name) ? [{ name, desired, least, members: new Map(members) }] : [],
        ),
      ),
    hooks: (name) => this.#around.call(() => this.#of(name).hooks),
    complete: (waiting) => this.#around.call(() => this.#complete(waiting)),
    beat: async ({ id }) => void this.beats.set(id, (this.beats.get(id) ?? 0) + 1),
    end: (id, shrink) =>
      this.#around.call(() => {
        const [name = '', group] = [...this.all].find(([, { members }]) => members.has(id)) ?? []
        if (group && shrink) group.desired--
        this.leaves(name, id)
      }),
  }
}
