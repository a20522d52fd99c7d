import { defineCommand } from '../command.ts'

/** `provision init`: a folder to begin with. */
export const init = defineCommand({
  name: 'init',
  summary: 'make a folder with an inventory, a recipe and its test, to begin with',
  usage: 'init [FOLDER] [HOST…]',
  description:
    'Hosts are written ADDRESS, USER@ADDRESS or NAME=USER@ADDRESS:PORT. Without any, init asks for them. The first word is the folder, unless it can only be a host; without one it is the folder where you are. Nothing is ever overwritten.',
  words: Number.POSITIVE_INFINITY,
  options: [],
  examples: [
    ['provision init my-servers admin@10.0.0.4', 'one host, where admin logs in'],
    ['provision init . web-1=10.0.0.4 web-2=10.0.0.5', 'in this folder, with names'],
  ],
  exits: [
    ['0', 'the folder was made'],
    ['3', 'it was not: a word is no host, or files are there already'],
  ],
  async run({ words }, io) {
    return (await import('../init/init.ts')).init(words, io)
  },
})
