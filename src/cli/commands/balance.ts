import { defineCommand } from '../command.ts'
import { CAREFUL, CLUSTER, COLOR, DEADLINE, JSON_LINES, LOGIN, look } from '../options.ts'

/** `provision balance`: spreads the tasks of apps over the slaves. */
export const balance = defineCommand({
  name: 'balance',
  summary: 'spread the tasks of apps over the slaves',
  usage: 'balance [flags] [APP]',
  description:
    'Moves tasks from the slaves that have the most of an app to those that have the fewest, one at a time: one more task is started, and when it is healthy, one is ended on the fullest slave. An app never has fewer healthy tasks than before. Constraints, drained slaves and what slaves have free are respected. Without APP, all apps whose tasks could be spread better.',
  words: 1,
  options: [
    ...CLUSTER,
    look('show what would be moved, and move nothing'),
    ...CAREFUL,
    DEADLINE,
    ...LOGIN,
    JSON_LINES,
    COLOR,
  ],
  examples: [
    ['provision balance /rails-app', 'after slaves were drained, or added'],
    ['provision balance -C', 'what would be moved, of all apps'],
  ],
  exits: [
    ['0', 'the tasks are spread as well as they can be'],
    ['1', 'a task could not be moved; each app has as many tasks as before'],
    ['2', '--check: there are tasks to move'],
    ['3', 'there is a mistake in the command line, the inventory or a recipe'],
    ['4', 'Marathon or a host that is needed could not be reached'],
  ],
  async run({ flags, words: [app] }, io) {
    const [kit, rooms] = await Promise.all([import('../kit/roll-out.ts'), import('../../deploy/deploy.ts')])
    const { check = false } = flags
    if (app !== undefined)
      return kit.rollOut(flags, io, (cluster, options) => rooms.balance(cluster, app, { ...options, check }))
    return kit.rollOutEach(
      flags,
      io,
      rooms.unevenApps,
      (cluster, id, options) => rooms.balance(cluster, id, { ...options, check }),
      'No move would spread the tasks of any app better.',
    )
  },
})
