import { STATE_DIR } from './paths.ts'
import { type Script, sh } from './script.ts'

/**
 * The mark that a member was taken out of service. Unlike an owed restart it counts in every boot: a drained agent
 * stays drained over a reboot. An empty one was written by a turn, from before the recipe's `before` until its `after`
 * has succeeded. One that somebody asked for holds a line (`draining` or `drained`, who, since when), and no turn
 * brings that member back.
 */
export const awayMark = (recipe: string): string => `${STATE_DIR}/${recipe}.away`

/** sh that writes the mark of a turn, on disk before anything is done. */
export const markTurn = (recipe: string): Script => sh`
  mkdir -p -m 700 ${STATE_DIR}
  [ -e ${awayMark(recipe)} ] || : >${awayMark(recipe)}
  sync ${awayMark(recipe)} ${STATE_DIR}`
