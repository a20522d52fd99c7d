import { defineCommand } from '../../command.ts'
import { ALLOW, CLOUD_EXITS, COLOR, HOSTS, JSON_LINES, LOGIN, look, YES } from '../../options.ts'

/** `provision stop`: stops instances; their disks stay. */
export const stop = defineCommand({
  name: 'stop',
  summary: 'stop the instances of hosts; their disks stay',
  usage: 'stop [flags]',
  description:
    'Stops all, or those that are selected, in the reverse order of their roles. It shows what would be stopped, and asks. What runs on a slave moves to others first, if any stay; start brings it back into service. Some members of a quorum are refused without --allow quorum.',
  options: [...HOSTS, look('show what would be stopped, and stop nothing'), YES, ALLOW, ...LOGIN, JSON_LINES, COLOR],
  examples: [['provision stop', 'everything, for the night']],
  exits: [['0', 'they are stopped'], ['2', '--check: there are instances to stop'], ...CLOUD_EXITS],
  async run({ flags }, io) {
    const [{ asking }, cloud] = await Promise.all([
      import('../../kit/cloud/asking.ts'),
      import('../../../cloud/power.ts'),
    ])
    return asking(
      flags,
      io,
      'stop',
      'Stop',
      (dry) => (ground, hosts) => cloud.stop(ground, { hosts, allow: flags.allow ?? [], dry }),
    )
  },
})
