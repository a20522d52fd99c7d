import { defineCommand } from '../../command.ts'
import { ALLOW, CLOUD_EXITS, COLOR, HOSTS, JSON_LINES, LOGIN, look, YES } from '../../options.ts'

/** `provision stop`: stops instances, and keeps their disks. */
export const stop = defineCommand({
  name: 'stop',
  summary: 'stop the instances of hosts; their disks stay',
  usage: 'stop [flags]',
  description:
    'Stops all instances, or those of the selected hosts, in the reverse order of their roles. It shows what would be stopped, and asks. The tasks of a slave move to other slaves first, if any keep running; provision start brings it back into service. Stopping only some members of a quorum needs --allow quorum.',
  options: [...HOSTS, look('show what would be stopped, and stop nothing'), YES, ALLOW, ...LOGIN, JSON_LINES, COLOR],
  examples: [['provision stop', 'everything, for the night']],
  exits: [['0', 'they are stopped'], ['2', '--check: there are instances to stop'], ...CLOUD_EXITS],
  async run({ flags }, io) {
    const [{ asking }, cloud, { launchedHere }] = await Promise.all([
      import('../../kit/cloud/asking.ts'),
      import('../../../cloud/ending/power.ts'),
      import('../../../cloud/others/all.ts'),
    ])
    return asking(
      flags,
      io,
      'stop',
      'Stop',
      (dry) => (ground, hosts) =>
        cloud.stop(ground, { hosts: launchedHere(ground, hosts), allow: flags.allow ?? [], dry }),
    )
  },
})
