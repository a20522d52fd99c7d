import { defineCommand, EXIT } from '../command.ts'
import { CHECK, HOSTS, TURNS } from '../options.ts'

/** `provision apply`: configures hosts as their recipes say. */
export const apply = defineCommand({
  name: 'apply',
  summary: 'bring hosts to the state that their recipes describe (the default command)',
  usage: 'apply [flags]',
  description:
    'Looks at all hosts at once, changes what differs, and looks again. A second run changes nothing. ^C lets running steps finish and starts no new ones; a second ^C leaves at once, and the hosts finish their steps on their own.',
  options: [
    ...HOSTS,
    CHECK,
    { name: 'plan', value: 'FILE', group: 'What happens', says: 'apply exactly this plan, or nothing' },
    ...TURNS,
  ],
  examples: [
    ['provision', 'all hosts of inventory.json'],
    ['provision --role mesos-slave', 'all hosts that have a role'],
    ['provision apply --plan reviewed.plan', 'exactly what was reviewed, or nothing'],
    ['provision --role zookeeper --wait', 'after a run that is under way'],
  ],
  exits: [
    ['0', 'all hosts are in sync, or were changed'],
    ['1', 'a host failed, was blocked by another run, or refused a change'],
    EXIT.mistake,
    EXIT.unreachable,
  ],
  async run({ flags }, io) {
    const [{ readPlan }, { applyHosts }] = await Promise.all([
      import('../kit/read-plan.ts'),
      import('../kit/cloud/apply-hosts.ts'),
    ])
    const planFile = flags.plan === undefined ? undefined : await readPlan(flags.plan, io.cwd)
    return applyHosts(flags, io, planFile)
  },
})
