import { definitions } from './chapters/definitions.ts'
import { empty } from './chapters/empty.ts'
import { failing } from './chapters/failing.ts'
import { health } from './chapters/health.ts'
import { lifecycle } from './chapters/lifecycle.ts'
import { refusals } from './chapters/refusals.ts'
import { rolling } from './chapters/rolling.ts'
import { stuck } from './chapters/stuck.ts'
import { tasks } from './chapters/tasks.ts'
import { updates } from './chapters/updates.ts'
import type { Player } from './player.ts'

/** The whole contract at one leader that has no apps; it removes all it makes. */
export const script = async (m: Player, offers: (given: boolean) => void = () => undefined): Promise<void> => {
  for (const chapter of [empty, refusals, lifecycle, tasks, stuck, failing, updates, health, definitions, rolling])
    await chapter(m, offers)
}
