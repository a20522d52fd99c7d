import { defineCommand } from '../command.ts'
import { CAREFUL, CLUSTER, COLOR, DEADLINE, JSON_LINES, LOGIN } from '../options.ts'
import { UsageError } from '../usage-error.ts'

/** `provision scale`: changes an app's number of tasks. */
export const scale = defineCommand({
  name: 'scale',
  summary: 'change the number of tasks of an app',
  usage: 'scale [flags] APP N',
  description: 'Existing tasks are not restarted. A number that the slaves have no room for is refused.',
  words: 2,
  options: [...CLUSTER, ...CAREFUL, DEADLINE, ...LOGIN, JSON_LINES, COLOR],
  examples: [['provision scale /rails-app 6', 'run six tasks of the app']],
  exits: [
    ['0', 'the app has this number of tasks, and all are healthy'],
    ['1', 'the scaling failed or was refused'],
    ['3', 'there is a mistake in the command line, the inventory or a recipe'],
    ['4', 'Marathon or a host that is needed could not be reached'],
  ],
  async run({ flags, words: [app, number] }, io) {
    if (app === undefined || number === undefined)
      throw new UsageError('scale needs an app and a number: provision scale /my-app 4')
    if (!/^\d{1,5}$/.test(number)) throw new UsageError(`scale needs a number of tasks, not "${number}"`)
    const [{ rollOut }, rooms] = await Promise.all([import('../kit/roll-out.ts'), import('../../deploy/deploy.ts')])
    return rollOut(flags, io, (cluster, options) => rooms.scale(cluster, app, Number(number), options))
  },
})
