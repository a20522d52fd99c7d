import { defineCommand, EXIT } from '../../command.ts'
import { CAREFUL, CLUSTER, COLOR, DETAIL, JSON_LINES, LOGIN, look } from '../../options.ts'

const options = (check: string) =>
  [...CLUSTER, look(check), ...CAREFUL, ...LOGIN, ...DETAIL, JSON_LINES, COLOR] as const

/** `provision drain`: takes hosts out of service for manual work. */
export const drain = defineCommand({
  name: 'drain',
  summary: 'take slaves out of service, for work by hand',
  usage: 'drain [flags] HOST…',
  description:
    'A slave gets no new tasks. Its tasks move to other slaves, and each app keeps a healthy task all the time; the remaining tasks end in their own time. The slave stays out of service, whatever reboots or runs, until you undrain it. Several slaves are drained one after the other. If the other slaves cannot take the tasks, nothing is changed.',
  words: 99,
  options: options('show what would be drained, and drain nothing'),
  examples: [
    ['provision drain slave-1', 'before you work on the machine'],
    ['provision drain -C slave-1', 'show what would be done'],
  ],
  exits: [
    ['0', 'the hosts are drained'],
    ['1', 'a host could not be drained, and is back in service; or another run works on it'],
    ['2', '--check: there are hosts to drain'],
    EXIT.mistake,
    EXIT.unreachable,
  ],
  async run({ flags, words }, io) {
    return (await import('../../kit/place.ts')).place('drain', words, flags, io)
  },
})

/** `provision undrain`: brings drained hosts back into service. */
export const undrain = defineCommand({
  name: 'undrain',
  summary: 'bring drained slaves back into service',
  usage: 'undrain [flags] HOST…',
  description:
    'The slave gets tasks again once its agent is registered. Tasks that run elsewhere stay there until they are restarted.',
  words: 99,
  options: options('show what would be brought back, and change nothing'),
  examples: [['provision undrain slave-1', 'when your work is done']],
  exits: [
    ['0', 'the hosts are in service'],
    ['1', 'a host did not come back, or another run works on it'],
    ['2', '--check: there are hosts to bring back'],
    EXIT.mistake,
    EXIT.unreachable,
  ],
  async run({ flags, words }, io) {
    return (await import('../../kit/place.ts')).place('undrain', words, flags, io)
  },
})
