import { STATE_DIR } from './paths.ts'
import { type Script, sh } from './script.ts'

/**
 * The mark that a member was taken out of service. Unlike an owed restart it counts in every boot: a drained agent
 * stays drained through a reboot. An empty mark was written by a turn: it exists from before the recipe's `before`
 * until its `after` has succeeded. A mark with a line (`draining` or `drained`, who, since when) was requested by a
 * user, and no turn brings that member back.
 */
export const awayMark = (recipe: string): string => `${STATE_DIR}/${recipe}.away`

/** sh that writes the mark of a turn and syncs it to disk before anything else happens. */
export const markTurn = (recipe: string): Script => sh`
  mkdir -p -m 700 ${STATE_DIR}
  [ -e ${awayMark(recipe)} ] || : >${awayMark(recipe)}
  sync ${awayMark(recipe)} ${STATE_DIR}`
