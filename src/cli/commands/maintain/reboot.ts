import { defineCommand, EXIT } from '../../command.ts'
import { BOOT_DEADLINE, HOSTS, look, TURNS } from '../../options.ts'

/** `provision reboot`: reboots hosts in turns. */
export const reboot = defineCommand({
  name: 'reboot',
  summary: 'reboot hosts, each in its turn',
  usage: 'reboot [flags] [HOST…]',
  description:
    "Hosts take turns as they do for any change: a slave is drained first, and a member of a quorum is rebooted only while all others are healthy, the leader last. A turn ends when the host has another boot id and what was healthy there is healthy again. The first host that does not come back ends the run. A drained slave stays drained. Without hosts, all of the inventory's.",
  words: 99,
  options: [
    ...HOSTS,
    look('list the hosts that would be rebooted and why, and reboot none'),
    {
      name: 'if-needed',
      group: 'What happens',
      says: 'only hosts with a newer kernel installed, or whose packages ask for it',
    },
    BOOT_DEADLINE,
    ...TURNS,
  ],
  examples: [
    ['provision reboot slave-1', 'one host'],
    ['provision reboot --if-needed', 'all hosts that need it'],
    ['provision reboot --if-needed -C', 'which those are, and why'],
  ],
  exits: [
    ['0', 'the hosts were rebooted, or none needed it'],
    ['1', 'a host did not come back healthy, or was blocked; those after it were not rebooted'],
    ['2', '--check: there are hosts to reboot'],
    EXIT.mistake,
    EXIT.unreachable,
  ],
  async run({ flags, words }, io) {
    const { rebootHosts } = await import('../../kit/place.ts')
    return rebootHosts(words, flags, io)
  },
})
