import { defineCommand } from '../../command.ts'
import { CLOUD_EXITS, COLOR, HOSTS, JSON_LINES, LOGIN, look } from '../../options.ts'

/** `provision launch`: makes the instances of hosts. */
export const launch = defineCommand({
  name: 'launch',
  summary: 'make the hosts of the inventory that are declared in a cloud and not there',
  usage: 'launch [flags]',
  description:
    'Each instance is ordered once, whatever interrupts the command: run it again, and it goes on where it was. A host is done when cloud-init has finished and it has shown a host key of its own, which is kept in inventory.cloud.json; until then only the key that went with the order is accepted. ^C leaves what is under way.',
  options: [...HOSTS, look('show what would be made, and make nothing'), ...LOGIN, JSON_LINES, COLOR],
  examples: [
    ['provision launch -C', 'what would be made'],
    ['provision launch --role mesos-slave', 'the hosts of one role'],
  ],
  exits: [['0', 'all hosts are there'], ['2', '--check: there are hosts to make'], ...CLOUD_EXITS],
  async run({ flags }, io) {
    const [{ onCloud }, cloud] = await Promise.all([
      import('../../kit/cloud/ground.ts'),
      import('../../../cloud/launch/launch.ts'),
    ])
    return onCloud(flags, io, (ground, hosts) => cloud.launch(ground, hosts, flags.check ?? false))
  },
})
