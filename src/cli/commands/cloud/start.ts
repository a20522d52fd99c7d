import { defineCommand } from '../../command.ts'
import { CLOUD_EXITS, COLOR, HOSTS, JSON_LINES, LOGIN, look } from '../../options.ts'

/** `provision start`: starts stopped instances. */
export const start = defineCommand({
  name: 'start',
  summary: 'start the stopped instances of hosts, and wait until they accept logins',
  usage: 'start [flags]',
  description:
    'Starts all instances, or those of the selected hosts, in the order of their roles. Changed addresses are written to inventory.cloud.json.',
  options: [...HOSTS, look('show what would be started, and start nothing'), ...LOGIN, JSON_LINES, COLOR],
  examples: [['provision start', 'everything, in the morning']],
  exits: [['0', 'they run'], ['2', '--check: there are instances to start'], ...CLOUD_EXITS],
  async run({ flags }, io) {
    const [{ onCloud }, cloud, { launchedHere }] = await Promise.all([
      import('../../kit/cloud/ground.ts'),
      import('../../../cloud/ending/power.ts'),
      import('../../../cloud/others/all.ts'),
    ])
    return onCloud(flags, io, (ground, hosts) =>
      cloud.start(ground, { hosts: launchedHere(ground, hosts), allow: [], dry: flags.check ?? false }),
    )
  },
})
