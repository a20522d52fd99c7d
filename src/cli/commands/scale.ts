import { scale } from '../../deploy/deploy.ts'
import type { CommandModule } from '../commands.ts'
import { rollOut } from '../kit/roll-out.ts'
import { UsageError } from '../usage-error.ts'

/** `provision scale`: makes the number of an app's tasks another one. */
export const run: CommandModule['run'] = async ({ flags, words: [app, number] }, io) => {
  if (app === undefined || number === undefined) throw new UsageError('scale wants an app and a number: provision scale /my-app 4')
  if (!/^\d{1,5}$/.test(number)) throw new UsageError(`scale wants a number of tasks, not "${number}"`)
  return rollOut(flags, io, (cluster, options) => scale(cluster, app, Number(number), options))
}
