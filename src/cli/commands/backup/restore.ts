import { resolve } from 'node:path'
import { defineCommand } from '../../command.ts'
import { CLUSTER, COLOR, FORKS, JSON_LINES, LOGIN, look } from '../../options.ts'
import { UsageError } from '../../usage-error.ts'

/** `provision restore`: restores a backup to new masters. */
export const restore = defineCommand({
  name: 'restore',
  summary: 'give new, empty masters the state of a backup, and converge them',
  usage: 'restore [flags] DIR',
  description:
    'Run it instead of `provision` when the disks of the masters are gone: it converges ZooKeeper and Consul, puts the data of DIR there, starts Mesos, waits for the agents that still run, and starts Marathon last, which takes up its tasks again. Slaves are not touched. If there is data, it refuses, and says what it would overwrite. After an interruption, run the same command again: it continues where it stopped.',
  words: 1,
  options: [
    ...CLUSTER,
    look('check the backup and the hosts, and restore nothing'),
    { name: 'overwrite', group: 'What happens', says: 'overwrite the data that the masters have' },
    { name: 'wait', group: 'What happens', says: 'wait for other runs instead of giving up' },
    FORKS,
    ...LOGIN,
    JSON_LINES,
    COLOR,
  ],
  examples: [
    ['provision restore /backups/monday', 'into new, empty masters'],
    ['provision restore -C /backups/monday', 'is it complete, and may it be restored?'],
  ],
  exits: [
    ['0', 'the masters have the state of the backup, and are healthy'],
    ['1', 'it was refused, or failed'],
    ['2', '--check: it can be restored'],
    ['3', 'there is a mistake in the command line, the inventory or a recipe'],
    ['4', 'a host that is needed could not be reached'],
  ],
  async run({ flags, words: [word] }, io) {
    if (word === undefined)
      throw new UsageError('restore needs the folder of a backup: provision restore backups/monday')
    const [{ connected }, { restoreCluster }, { reporter }] = await Promise.all([
      import('../../kit/chosen-hosts.ts'),
      import('../../kit/backup/restore-cluster.ts'),
      import('../../kit/backup/words.ts'),
    ])
    const { cluster, transport, quiet, forks } = await connected(flags, io)
    const words = reporter(io, flags)
    try {
      return await restoreCluster(cluster, resolve(io.cwd, word), { transport, quiet, forks, flags, io, words })
    } catch (error) {
      return words.failed(error)
    }
  },
})
