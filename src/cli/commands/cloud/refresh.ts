import { defineCommand } from '../../command.ts'
import { CLOUD_EXITS, COLOR, INVENTORY, JSON_LINES, LOGIN, look } from '../../options.ts'

/** `provision refresh`: updates the ledger from the cloud. */
export const refresh = defineCommand({
  name: 'refresh',
  summary: 'ask the cloud for all instances of the inventory, and rewrite inventory.cloud.json',
  usage: 'refresh [flags]',
  description:
    'Addresses, states and host keys are read from the instances and their tags. Use it when the file is lost, on another machine, or after somebody has stopped an instance by hand. Instances that others launched, as "discover" in the inventory describes them, become hosts; those that have ended are dropped.',
  options: [INVENTORY, look('show what there is, and write nothing'), ...LOGIN, JSON_LINES, COLOR],
  examples: [['provision refresh', 'ask the cloud']],
  exits: [['0', 'done'], ...CLOUD_EXITS],
  async run({ flags }, io) {
    const [{ onCloud }, cloud] = await Promise.all([
      import('../../kit/cloud/ground.ts'),
      import('../../../cloud/ledger/refresh.ts'),
    ])
    return onCloud(flags, io, (ground) => cloud.refresh(ground, flags.check ?? false))
  },
})
