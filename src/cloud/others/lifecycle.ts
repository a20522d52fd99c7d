import { setTimeout as sleep } from 'node:timers/promises'
import { message } from '../../lib/message.ts'
import { there } from '../../lib/user-error.ts'
import { timeLimit } from '../../lib/wait/time-limit.ts'
import { takeOut } from '../ending/service.ts'
import type { CloudResult } from '../events.ts'
import { begin, forEach, type Ground, type Said, step, warn } from '../ground.ts'
import { CloudError, type Instance } from '../provider.ts'
import { found } from './all.ts'
import type { GroupSeen, Groups, Waiting } from './groups.ts'
import type { Member } from './members.ts'

/** How many milliseconds a group may take to terminate a member. */
const PATIENCE = 600_000
/** The most milliseconds between two heartbeats. */
const BEAT = 300_000

/** The cloud's groups. @throws CloudError if it has none */
function groupsOf({ provider }: Ground): Groups {
  if (provider.groups) return provider.groups
  throw new CloudError('refused', `${provider.name} has no auto-scaling groups: take "group" out of the inventory`)
}

/** The hooks of provision that a member waits for. */
const waitsOf = ({ rule: { group = '' }, instance: { id }, lifecycle }: Member): readonly Waiting[] =>
  (lifecycle?.hooks ?? []).map(({ name }) => ({ group, hook: name, id }))

/** Lets a member proceed. If its wait is already over, it has proceeded. @throws CloudError */
async function goOn(ground: Ground, waits: readonly Waiting[]): Promise<void> {
  for (const each of waits)
    try {
      await groupsOf(ground).complete(each)
    } catch (error) {
      if (!(error instanceof CloudError) || error.failure !== 'refused') throw error
      const [group] = await groupsOf(ground).look([each.group])
      if (waits.length === 1 && group?.members.get(each.id)?.waits) throw error
    }
}

/** Lets healthy members enter service if their group waits for them. @throws CloudError */
export async function letServe(ground: Ground, green: readonly string[]): Promise<readonly CloudResult[]> {
  const { ledger } = ground
  const names = green.filter((name) => ledger.hosts[name]?.phase === 'joins')
  if (names.length === 0) return []
  await begin(ground, 'groups', names)
  const { members } = await found(ground, [])
  return forEach(ground, names, async (name): Promise<Said> => {
    const member = members.find((each) => each.name === name)
    if (!member) return ['failed', 'is gone: provision refresh']
    if (member.lifecycle?.state === 'joins') await goOn(ground, waitsOf(member))
    const { phase: _, ...entry } = there(ledger.hosts[name], name)
    ledger.put(name, entry)
    return ['serving', `${member.instance.id} in its group ${member.rule.group}`]
  })
}

/**
 * Sends heartbeats for members during work on them. @returns a function that stops that, for one or for all; it
 * resolves once no heartbeat is under way, because a late one would reach a group that has moved on
 */
function hearts(ground: Ground, members: readonly Member[]): (name?: string) => Promise<unknown> {
  const alive = new Map(members.map((member) => [member.name, waitsOf(member)]))
  let sent: Promise<unknown> = Promise.resolve()
  const one = (each: Waiting): Promise<void> =>
    groupsOf(ground)
      .beat(each)
      .catch((error: unknown) => {
        if ([...alive.values()].flat().includes(each))
          warn(ground, `${each.group} may end ${each.id} too early: ${message(error)}`)
      })
  const beat = (): void => {
    sent = Promise.all([sent, ...[...alive.values()].flat().map(one)])
  }
  const shortest = Math.min(...members.flatMap(({ lifecycle }) => (lifecycle?.hooks ?? []).map((hook) => hook.seconds)))
  const timer = setInterval(beat, Math.max(ground.pace ?? 1000, Math.min(BEAT, (shortest * 1000) / 3)))
  beat()
  return (name) => {
    if (name === undefined) clearInterval(timer)
    else alive.delete(name)
    return sent
  }
}

/** Takes members out of service that their groups are about to terminate, and then lets them end. @throws CloudError */
export async function letGo(ground: Ground): Promise<readonly CloudResult[]> {
  const { ledger } = ground
  const { members } = await found(ground, [])
  const going = members.filter((member) => member.lifecycle?.state === 'leaves' && waitsOf(member).length > 0)
  const names = going.map(({ name }) => name)
  if (names.length === 0) return []
  await begin(ground, 'groups', names)
  const still = hearts(ground, going)
  try {
    const leavers = going.map(({ name, instance }) => ({ host: name, instance }))
    const stay = await takeOut(ground, leavers, { allow: [] })
    return await forEach(ground, names, async (name): Promise<Said> => {
      const why = stay.get(name)
      if (why !== undefined) return ['refused', why]
      const member = there(
        going.find((each) => each.name === name),
        name,
      )
      await still(name)
      await goOn(ground, waitsOf(member))
      const entry = ledger.hosts[name]
      if (entry) ledger.put(name, { ...entry, phase: 'leaves' })
      return ['ended', `${member.instance.id}, by its group ${member.rule.group}`]
    })
  } finally {
    await still()
  }
}

/** Why a group cannot lose that many members; undefined if it can. Pure. */
export const tooSmall = ({ name, desired, least }: GroupSeen, fewer: number): string | undefined =>
  desired - fewer >= least
    ? undefined
    : `${name} would have ${desired - fewer} members, and is to have ${least} at least: lower its minimum first, or leave out --shrink`

/** Lets a member's group terminate it, and waits for that. @throws CloudError */
export async function endMember(ground: Ground, host: string, { id }: Instance, shrink: boolean): Promise<Said> {
  const { ledger, signal, pace = 1000 } = ground
  const group = ledger.hosts[host]?.group ?? ''
  const groups = groupsOf(ground)
  const before = (await groups.look([group]))[0]?.members.get(id)
  step(ground, host, `${id} is ended by its group ${group}`)
  if (before && before.state !== 'leaves') await groups.end(id, shrink)
  for (const isLast = timeLimit(PATIENCE); ; ) {
    const last = isLast()
    const { members } = await found(ground, [])
    const member = members.find((each) => each.instance.id === id)
    if (!member?.lifecycle) break
    if (last)
      throw new CloudError('refused', `${group} has not terminated ${id} yet: run the same command again to continue`)
    if (member.lifecycle.state === 'leaves') await goOn(ground, waitsOf(member))
    await sleep(2 * pace, undefined, { signal })
  }
  ledger.drop(host)
  return ['ended', `${id}, by its group ${group}`]
}
