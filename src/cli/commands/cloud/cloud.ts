import { defineCommand } from '../../command.ts'
import { CLUSTER } from '../../options.ts'
import { UsageError } from '../../usage-error.ts'

/** `provision cloud policy`: prints the permissions that provision needs in AWS. */
export const cloud = defineCommand({
  name: 'cloud',
  summary: 'print the policy that commands on instances need in AWS',
  usage: 'cloud COMMAND [flags]',
  description: 'Reads the inventory, and asks no cloud.',
  commands: [['policy', 'print what AWS must allow whoever runs commands on the instances of this inventory']],
  words: 1,
  options: [...CLUSTER],
  examples: [['provision cloud policy >policy.json', 'for aws iam create-policy --policy-document file://policy.json']],
  exits: [
    ['0', 'it is printed'],
    ['3', 'there is a mistake in the command line, the inventory or a recipe'],
  ],
  async run({ flags, words: [word] }, io) {
    if (word !== 'policy') throw new UsageError('cloud needs a command: provision cloud policy')
    const [{ chosen }, { policyFor }] = await Promise.all([
      import('../../kit/chosen-hosts.ts'),
      import('../../../cloud/aws/policy.ts'),
    ])
    const { cluster } = await chosen(flags, io, { none: true })
    if (cluster.cloud?.provider !== 'aws')
      throw new UsageError('a policy is for AWS, and the inventory has no "cloud": { "aws": … } (docs/cloud.md)')
    const hosts = cluster.hosts.flatMap((host) => host.cloud ?? [])
    io.stdout.write(`${JSON.stringify(policyFor(hosts, cluster.cloud), undefined, 2)}\n`)
    return 0
  },
})
