import { defineCommand } from '../../command.ts'
import { CLOUD_EXITS, COLOR, HOSTS, JSON_LINES, LOGIN, look } from '../../options.ts'

/** `provision launch`: creates the hosts' instances. */
export const launch = defineCommand({
  name: 'launch',
  summary: 'launch the hosts that the inventory declares in a cloud and that do not exist yet',
  usage: 'launch [flags]',
  description:
    'Each instance is launched once, whatever interrupts the command: run it again, and it continues where it stopped. A host is done when cloud-init has finished and the host has shown its own host key, which is kept in inventory.cloud.json; until then only the key that was sent with the request is accepted. ^C leaves instances that are being launched as they are.',
  options: [...HOSTS, look('show what would be made, and make nothing'), ...LOGIN, JSON_LINES, COLOR],
  examples: [
    ['provision launch -C', 'what would be made'],
    ['provision launch --role mesos-slave', 'the hosts of one role'],
  ],
  exits: [['0', 'all hosts are there'], ['2', '--check: there are hosts to make'], ...CLOUD_EXITS],
  async run({ flags }, io) {
    const [{ onCloud }, cloud, { launchedHere }] = await Promise.all([
      import('../../kit/cloud/ground.ts'),
      import('../../../cloud/launch/launch.ts'),
      import('../../../cloud/others/all.ts'),
    ])
    return onCloud(flags, io, (ground, hosts) =>
      cloud.launch(ground, launchedHere(ground, hosts), flags.check ?? false),
    )
  },
})
