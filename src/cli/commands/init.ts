import { defineCommand } from '../command.ts'

/** `provision init`: creates a folder to start with. */
export const init = defineCommand({
  name: 'init',
  elsewhere: ['new', 'create'],
  summary: 'create a folder with an inventory, a recipe and its test',
  usage: 'init [FOLDER] [HOST…] [flags]',
  description:
    'Hosts are written ADDRESS, USER@ADDRESS or NAME=USER@ADDRESS:PORT. Without any, init asks for them. The first argument is the folder, unless it can only be a host; default: the current folder. Existing files are never overwritten. With --cluster the first three hosts are the masters and the others the slaves.',
  words: Number.POSITIVE_INFINITY,
  options: [{ name: 'cluster', group: 'What happens', says: 'the whole cluster: three masters, and slaves' }],
  examples: [
    ['provision init my-servers admin@10.0.0.4', 'one host, with the login admin'],
    ['provision init --cluster mesos 10.0.0.11 10.0.0.12 10.0.0.13 10.0.0.21', 'three masters and a slave'],
    ['provision init . web-1=10.0.0.4 web-2=10.0.0.5', 'in the current folder, with host names'],
  ],
  exits: [
    ['0', 'the folder was created'],
    ['3', 'an argument is not a host, or files already exist'],
  ],
  async run({ words, flags }, io) {
    return (await import('../init/init.ts')).init(words, flags.cluster ?? false, io)
  },
})
