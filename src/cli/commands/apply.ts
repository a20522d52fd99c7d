import { defineCommand, EXIT } from '../command.ts'
import { CHECK, HOSTS, TURNS } from '../options.ts'
import { UsageError } from '../usage-error.ts'

/** `provision apply`: configures hosts according to their recipes. */
export const apply = defineCommand({
  name: 'apply',
  elsewhere: ['converge', 'sync', 'bootstrap', 'playbook', 'up'],
  summary: 'bring hosts to the state that their recipes describe (the default command)',
  usage: 'apply [flags]',
  description:
    'Looks at all hosts at once, changes what differs, and looks again. A second run changes nothing. ^C lets running steps finish and starts no new ones; a second ^C leaves at once, and the hosts finish their steps on their own.',
  options: [
    ...HOSTS,
    CHECK,
    { name: 'plan', value: 'FILE', group: 'What happens', says: 'apply exactly this plan, or nothing' },
    {
      name: 'refresh',
      group: 'What happens',
      says: 'ask the cloud first; new hosts are taken in, and members that an auto-scaling group ends are drained',
    },
    {
      name: 'every',
      value: 'TIME',
      group: 'What happens',
      says: 'do so again and again: 30s, 5m, 1h; ^C ends it',
    },
    ...TURNS,
  ],
  examples: [
    ['provision', 'all hosts of inventory.json'],
    ['provision --role mesos-slave', 'all hosts that have a role'],
    ['provision apply --plan reviewed.plan', 'exactly what was reviewed, or nothing'],
    ['provision --role zookeeper --wait', 'after a run that is under way'],
    ['provision --every 5m', 'follow auto-scaling groups'],
  ],
  exits: [
    ['0', 'all hosts are in sync, or were changed'],
    ['1', 'a host failed, was blocked by another run, or refused a change'],
    EXIT.mistake,
    EXIT.unreachable,
  ],
  async run({ flags }, io) {
    if (flags.refresh || flags.every !== undefined) {
      if (flags.plan !== undefined)
        throw new UsageError('--plan holds a run to what was reviewed, and --refresh and --every change what there is')
      const { oneRound, pauseOf, rounds } = await import('../kit/cloud/rounds.ts')
      return flags.every === undefined ? oneRound(flags, io) : rounds(flags, io, pauseOf(flags.every))
    }
    const [{ readPlan }, { applyAll }] = await Promise.all([
      import('../kit/read-plan.ts'),
      import('../kit/cloud/apply-hosts.ts'),
    ])
    const planFile = flags.plan === undefined ? undefined : await readPlan(flags.plan, io.cwd)
    return (await applyAll(flags, io, planFile ? { planFile } : {})).exitCode
  },
})
