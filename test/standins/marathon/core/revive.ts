import { launchable } from './offers.ts'
import { call, type Turn, update } from './turn.ts'

/** How often a revive is repeated while something still waits: the real one's is, once. */
const REPEATS = 1

/**
 * Asks Mesos for offers when something new waits for them, not more often than `min_revive_offers_interval`; tells it
 * to keep them when nothing does. Called at the end of each step and with each tick.
 */
export const reviveOrSuppress = (turn: Turn): void => {
  const { connected, revive, settings, delays } = turn.world
  if (!connected) return
  const waiting = launchable(turn.world, turn.now).map((i) => `${i.id} ${i.incarnation}`)
  const fresh = waiting.some((key) => !revive.covered.includes(key))
  if (waiting.length > 0 && turn.now - revive.last >= settings.reviveInterval && (fresh || revive.repeats < REPEATS)) {
    update(turn, {
      revive: { last: turn.now, suppressed: false, covered: waiting, repeats: fresh ? 0 : revive.repeats + 1 },
    })
    call(turn, { type: 'REVIVE' })
    return
  }
  const soon = Object.values(delays).some(({ until }) => until > turn.now)
  if (waiting.length > 0 || soon || revive.suppressed || !settings.suppressOffers) return
  update(turn, { revive: { ...revive, suppressed: true } })
  call(turn, { type: 'SUPPRESS' })
}
