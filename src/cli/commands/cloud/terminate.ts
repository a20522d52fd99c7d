import { defineCommand } from '../../command.ts'
import { ALLOW, CLOUD_EXITS, COLOR, HOST, INVENTORY, JSON_LINES, LOGIN, look, YES } from '../../options.ts'

/** `provision terminate`: terminates instances. */
export const terminate = defineCommand({
  name: 'terminate',
  elsewhere: ['destroy', 'delete', 'down'],
  summary: 'end the instances of hosts that are no longer declared, with their disks',
  usage: 'terminate [flags]',
  description:
    'Ends only instances that both their tags and inventory.cloud.json call a host of this inventory. With --host it ends those of declared hosts, which provision launch can then replace. It shows what would go, and asks. The tasks of a slave move to other slaves first, and its node leaves Consul; if the others have no room, the slave stays, unless you give --allow undrained. A member of a quorum needs --allow quorum, and each run ends only one. A member of an auto-scaling group is ended by its group.',
  options: [
    INVENTORY,
    HOST,
    look('show what would be ended, and end nothing'),
    YES,
    ALLOW,
    {
      name: 'shrink',
      group: 'What happens',
      says: 'lower the desired count of auto-scaling groups, too; else they launch others',
    },
    ...LOGIN,
    JSON_LINES,
    COLOR,
  ],
  examples: [
    ['provision terminate', 'hosts that were taken out of the inventory'],
    ['provision terminate --host slave-2', 'one that is to be replaced'],
  ],
  exits: [['0', 'they have ended, or there was none'], ['2', '--check: there are instances to end'], ...CLOUD_EXITS],
  async run({ flags }, io) {
    const [{ asking }, cloud] = await Promise.all([
      import('../../kit/cloud/asking.ts'),
      import('../../../cloud/ending/terminate.ts'),
    ])
    return asking(
      flags,
      io,
      'terminate',
      'End',
      (dry) => (ground, hosts) =>
        cloud.terminate(ground, {
          ...(flags.host === undefined ? {} : { hosts: hosts.map(({ name }) => name) }),
          allow: flags.allow ?? [],
          dry,
          shrink: flags.shrink ?? false,
        }),
    )
  },
})
