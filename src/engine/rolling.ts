import { TransportError } from '../transport/transport.ts'
import { type Context, isStopped } from './context.ts'
import { deadlineOf, notWell, waitUntilGreen } from './gate.ts'
import type { HostRun } from './host-run.ts'
import { message } from './message.ts'
import type { Recipe } from './recipe.ts'
import { canServe, type Member, whoseTurn } from './roll.ts'
import { BusyError } from './session.ts'

/** The hosts of a wave whose plans interrupt running members, and every member of the quorums concerned (also those outside the run). */
export interface Roll {
  readonly recipes: readonly Recipe[]
  readonly todo: readonly HostRun[]
  readonly members: readonly HostRun[]
}

/** Holds the run lock of every member, in one order for all controllers, or says why it cannot. */
async function lockAll(members: readonly HostRun[]): Promise<string | undefined> {
  for (const member of [...members].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    try {
      await member.takeLock()
    } catch (error) {
      if (error instanceof BusyError)
        return `another run works on ${member.name} of the same quorum: ${error.owner}. Wait for it, or use --wait.`
      if (!(error instanceof TransportError))
        return `${member.name} cannot be looked at, and a quorum is restarted only while every member can be: ${message(error)}`
      return `${member.name} cannot be reached, and a quorum is restarted only while every member answers: ${message(error)}`
    }
  }
  return undefined
}

/**
 * Applies the hosts of a quorum whole, one after the other, each only while every other member is green; the first one that does not come up
 * stops the rest, which are untouched.
 */
export async function roll({ recipes, todo, members }: Roll, context: Context): Promise<void> {
  const open = () => todo.filter((run) => run.result === undefined && !turned.has(run.name))
  const turned = new Set<string>()
  const block = (reason: string) => {
    for (const run of open()) run.finish('blocked', `${reason} Nothing was changed on this host.`)
  }
  const asked = async (): Promise<readonly Member[]> =>
    Promise.all(
      members.map(async (run) => {
        const turn = open().includes(run) ? 'todo' : turned.has(run.name) ? 'done' : 'other'
        return { name: run.name, turn, health: await run.health(recipes) } as const
      }),
    )
  const deadline = deadlineOf(recipes)
  try {
    let patience = context.now() + deadline * 1000
    while (open().length > 0) {
      if (isStopped(context)) return block('Stopped as asked, before its turn.')
      const busy = await lockAll(members) // before each turn: a lock may have gone with its link
      if (busy !== undefined) return block(busy)
      const state = await asked()
      const turn = whoseTurn(state)
      if ('end' in turn) return
      if ('wait' in turn) {
        const red = turn.wait.map((m) => `${m.name} is not well (${m.health.says})`).join(', ')
        if (context.now() >= patience) return block(`${red}, and a quorum is restarted only while every other member is.`)
        for (const run of open())
          context.emit({
            event: 'waiting',
            host: run.name,
            for: turn.wait.map((m) => `${m.name} to be well (${m.health.says})`).join(', '),
          })
        await waitUntilGreen(
          members.find((run) => run.name === turn.wait[0]?.name) as HostRun,
          recipes,
          (patience - context.now()) / 1000,
          context,
        )
        continue
      }
      const run = open().find((r) => r.name === turn.next) as HostRun
      turned.add(run.name)
      for (const other of open())
        context.emit({ event: 'waiting', host: other.name, for: `${run.name}: a quorum is restarted one member at a time` })
      if (!(await takeTurn(run, recipes, state, deadline, context)))
        return block(isStopped(context) ? 'Stopped as asked, before its turn.' : `${run.name} did not come up after its change.`)
      patience = context.now() + deadline * 1000
    }
  } finally {
    await Promise.all(members.map((run) => run.releaseLock()))
  }
}

/** Applies one member and waits until it is green. False: it is not, and the rest must not follow. */
async function takeTurn(
  run: HostRun,
  recipes: readonly Recipe[],
  before: readonly Member[],
  deadline: number,
  context: Context,
): Promise<boolean> {
  await run.converge()
  if (run.result !== undefined) return run.result.outcome === 'in-sync'
  const green = before.filter((m) => m.name !== run.name && m.health.green).length
  // where the quorum had lost its majority before, this member cannot be green until more of them have had their turn
  const alone = !canServe(green + 1, before.length) && before.some((m) => m.turn === 'todo' && m.name !== run.name && !m.health.green)
  const health = await waitUntilGreen(run, recipes, alone ? 5 : deadline, context)
  if (health.green || alone) run.finish('changed')
  else run.finish('failed', notWell(health, deadline, context))
  return health.green || alone
}
