import { setTimeout as sleep } from 'node:timers/promises'
import { message } from '../../lib/message.ts'
import { there } from '../../lib/user-error.ts'
import type { Recipe } from '../../model/recipe.ts'
import { TransportError } from '../../transport/transport.ts'
import { type Context, isStopped } from '../context.ts'
import type { HostRun } from '../host-run.ts'
import { BusyError } from '../link/errors.ts'
import { deadlineOf, isPassed, waitUntil } from './gate.ts'
import { takeTurn } from './take-turn.ts'
import type { Neighbours } from './well-again.ts'
import { type Member, whoseTurn } from './whose-turn.ts'

/** How often to check whether the obstacle to a turn is gone, in milliseconds. */
const POLL = 1000

/**
 * The hosts of a wave whose plans interrupt running members, and every member of what is rolled (including those
 * outside the run).
 */
export interface Roll {
  readonly recipes: readonly Recipe[]
  readonly todo: readonly HostRun[]
  readonly members: readonly HostRun[]
  readonly neighbours: Neighbours
}

/**
 * Takes the run lock of every member, in an order that all controllers share, or says why it cannot. Fewer than `away`
 * members may be unreachable.
 */
async function lockAll(members: readonly HostRun[], away: number): Promise<string | undefined> {
  let missing = 0
  for (const member of [...members].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    try {
      await member.takeLock()
    } catch (error) {
      if (error instanceof BusyError)
        return `another run works on ${member.name} of the same quorum: ${error.owner}. Wait for it, or use --wait.`
      if (++missing < away) continue
      if (!(error instanceof TransportError))
        return `${member.name} cannot be looked at, and a quorum is restarted only while every member can be: ${message(error)}`
      return `${member.name} cannot be reached, and a quorum is restarted only while every member answers: ${message(error)}`
    }
  }
  return undefined
}

/**
 * The activity that this host's turn would break, if any. If a member only goes out of service, its units keep running.
 */
async function heldUp(run: HostRun, recipes: readonly Recipe[]): Promise<string | undefined> {
  const interrupted = recipes.filter((r) => run.interrupts(r) && run.takenOutBy(r) === undefined)
  const all = await Promise.all(interrupted.map((r) => r.rolling?.holds?.(run.turn())))
  return all.find((phrase) => phrase !== undefined)
}

/** Waits until it is time to check again, or the run is to end. */
const pause = ({ signal, leave }: Context): Promise<unknown> =>
  sleep(POLL, undefined, { signal: AbortSignal.any([signal, leave]) }).catch(() => undefined)

/** The health of every member. A member that is red only because of hosts outside the run blocks nothing. */
const lookAt = (
  members: readonly HostRun[],
  recipes: readonly Recipe[],
  turnOf: (run: HostRun) => Member['turn'],
  context: Context,
): Promise<readonly Member[]> =>
  Promise.all(
    members.map(async (run) => {
      const turn = turnOf(run)
      const health = await run.health(recipes)
      const passed = health.down !== true && isPassed(health, context)
      return { name: run.name, turn, health: passed ? { ...health, green: true } : health }
    }),
  )

/**
 * Applies the hosts of a quorum one after the other, each only while every other member is green. If a host does not
 * become healthy, the rest stay untouched.
 */
export async function roll({ recipes, todo, members, neighbours }: Roll, context: Context): Promise<void> {
  const open = () => todo.filter((run) => run.result === undefined && !turned.has(run.name))
  const turned = new Set<string>()
  const block = (reason: string) => {
    for (const run of open()) run.finish('blocked', `${reason} Nothing was changed on this host.`)
  }
  const waiting = (what: string) => {
    for (const run of open()) context.emit({ event: 'waiting', host: run.name, for: what })
  }
  const turnOf = (run: HostRun): Member['turn'] => {
    if (turned.has(run.name)) return 'done'
    return todo.includes(run) && run.result === undefined ? 'todo' : 'other'
  }
  const deadline = deadlineOf(recipes)
  const away = Math.min(...recipes.map((r) => r.rolling?.unavailable?.(context.cluster.withRecipe(r.name).length) ?? 1))
  try {
    let patience = context.now() + deadline * 1000
    while (open().length > 0) {
      if (isStopped(context)) return block('Stopped as asked, before its turn.')
      const busy = await lockAll(members, away) // before each turn, because a lock may be lost with its link
      if (busy !== undefined) return block(busy)
      const asked = context.now() // as with timeLimit
      const state = await lookAt(members, recipes, turnOf, context)
      const choice = whoseTurn(state, away)
      if ('end' in choice) return
      if ('wait' in choice) {
        const red = choice.wait.map((m) => `${m.name} is unhealthy (${m.health.says})`).join(', ')
        if (asked >= patience) return block(`${red}, and a quorum is restarted only while every other member is.`)
        waiting(choice.wait.map((m) => `${m.name} to become healthy (${m.health.says})`).join(', '))
        const first = there(
          members.find((run) => run.name === choice.wait[0]?.name),
          'a member',
        )
        await waitUntil(first, recipes, (patience - context.now()) / 1000, context)
        continue
      }
      const run = there(
        open().find((r) => r.name === choice.next),
        'the next member',
      )
      const serves = state.find((m) => m.name === run.name)?.health.down !== true
      const held = serves ? await heldUp(run, recipes) : undefined
      if (held !== undefined) {
        if (asked >= patience && !context.wait)
          return block(`${held} is under way, and an interruption would break it. Let it end, or use --wait.`)
        waiting(`${held} to end`)
        await pause(context)
        continue
      }
      turned.add(run.name)
      waiting(`${run.name}: hosts take turns`)
      const wrong = await takeTurn(run, recipes, state, deadline, neighbours, context)
      if (wrong !== undefined) return block(isStopped(context) ? 'Stopped as asked, before its turn.' : wrong)
      patience = context.now() + deadline * 1000
    }
  } finally {
    await Promise.all(members.map((run) => run.releaseLock()))
  }
}
