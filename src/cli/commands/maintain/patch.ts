import { defineCommand, EXIT } from '../../command.ts'
import { BOOT_DEADLINE, HOSTS, look, TURNS } from '../../options.ts'

/** `provision patch`: upgrades hosts' packages within their distribution, in turns. */
export const patch = defineCommand({
  name: 'patch',
  elsewhere: ['upgrade'],
  summary: "upgrade hosts' packages within their distribution, each host in its turn",
  usage: 'patch [flags] [HOST…]',
  description:
    'Fetches the package lists, then upgrades every package that has a newer version, host by host: a slave is drained first, and a member of a quorum has its turn only while all others are healthy. Held packages stay as they are: recipes hold what they upgrade themselves. No package is removed, and configuration files stay as they are.',
  words: 99,
  options: [
    ...HOSTS,
    look('fetch the package lists, show what would be upgraded, and change nothing else'),
    { name: 'security', group: 'What happens', says: 'only security updates' },
    { name: 'reboot', group: 'What happens', says: 'reboot hosts that need it, in the same turn' },
    BOOT_DEADLINE,
    ...TURNS,
  ],
  examples: [
    ['provision patch -C', 'what would be upgraded'],
    ['provision patch --security --reboot', 'security updates, with a reboot where a kernel or libc asks for it'],
  ],
  exits: [
    ['0', 'all packages are up to date'],
    ['1', 'a host failed, or was blocked; those after it were not changed'],
    ['2', '--check: there are upgrades'],
    EXIT.mistake,
    EXIT.unreachable,
  ],
  async run({ flags, words }, io) {
    return (await import('../../patch/patch.ts')).patchHosts(words, flags, io)
  },
})
