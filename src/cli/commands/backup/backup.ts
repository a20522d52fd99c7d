import { resolve } from 'node:path'
import { defineCommand } from '../../command.ts'
import { CLUSTER, COLOR, JSON_LINES, LOGIN, look } from '../../options.ts'
import { UsageError } from '../../usage-error.ts'

/** `provision backup`: saves the state of a cluster's masters. */
export const backup = defineCommand({
  name: 'backup',
  summary: 'save the state of ZooKeeper, Consul and Marathon in a folder',
  usage: 'backup [flags] DIR',
  description:
    "Creates the folder DIR with ZooKeeper's data, which includes Marathon's state, Consul's snapshot, and one file for each app, which you can read and deploy again. Nothing is interrupted. The folder gets its name only after everything in it has been read back and counted. It contains secrets, which are named at the end, so only you can read it.",
  words: 1,
  options: [...CLUSTER, look('show from which hosts it would be made, and make none'), ...LOGIN, JSON_LINES, COLOR],
  examples: [
    ['provision backup /backups/monday', 'all of the cluster of inventory.json'],
    ['provision backup -C /backups/monday', 'see whether it can be made now'],
  ],
  exits: [
    ['0', 'the backup was made'],
    ['1', 'it could not be made, and there is no folder'],
    ['2', '--check: it could be made'],
    ['3', 'there is a mistake in the command line, the inventory or a recipe'],
    ['4', 'a host that is needed could not be reached'],
  ],
  async run({ flags, words: [word] }, io) {
    if (word === undefined) throw new UsageError('backup needs a new folder: provision backup backups/monday')
    const [{ connected }, rooms, { reporter }] = await Promise.all([
      import('../../kit/chosen-hosts.ts'),
      import('../../../backup/save.ts'),
      import('../../kit/backup/words.ts'),
    ])
    const { cluster, transport } = await connected(flags, io)
    const { say, ended, failed } = reporter(io, flags)
    const folder = resolve(io.cwd, word)
    try {
      if (flags.check) {
        await rooms.lookAtSave(cluster, transport, say)
        return 2
      }
      const { manifest, secrets } = await rooms.save(cluster, folder, transport, say)
      ended({ backup: folder, made: manifest.made, secrets }, [
        `The backup is in ${folder}.`,
        ...(secrets.length > 0 ? [`It holds secrets: ${secrets.join('; ')}.`] : []),
      ])
      return 0
    } catch (error) {
      return failed(error)
    }
  },
})
