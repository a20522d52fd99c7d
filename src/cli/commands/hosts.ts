import { lookOf } from '../../report/terminal/look.ts'
import { defineCommand, EXIT } from '../command.ts'
import { COLOR, HOSTS, JSON_LINES } from '../options.ts'

/** `provision hosts`: lists the selected hosts as the inventory has them. It connects to none. */
export const hosts = defineCommand({
  name: 'hosts',
  summary: 'list the selected hosts without connecting to them',
  usage: 'hosts [flags]',
  options: [...HOSTS, JSON_LINES, COLOR],
  examples: [
    ["provision hosts --host 'zk-*,!zk-3'", 'what a selection selects'],
    ['provision hosts --json', 'for other programs'],
  ],
  exits: [['0', 'hosts were selected'], EXIT.mistake],
  async run({ flags }, io) {
    const [{ chosen }, { rows }, { jsonLine }] = await Promise.all([
      import('../kit/chosen-hosts.ts'),
      import('../kit/table.ts'),
      import('../../report/json.ts'),
    ])
    const { hosts } = await chosen(flags, io, { unfilled: true })
    if (flags.json) {
      for (const { name, address, privateAddress, roles } of hosts)
        io.stdout.write(`${jsonLine({ name, address, privateAddress, roles })}\n`)
      return 0
    }
    const look = lookOf(io.stdout, io.env, flags.color)
    const cells = hosts.map((host) => [
      host.name,
      host.privateAddress === host.address ? host.address : `${host.address} (${host.privateAddress})`,
      host.roles.join(', '),
    ])
    for (const line of rows(['host', 'address', 'roles'], cells, look)) io.stdout.write(`${line}\n`)
    return 0
  },
})
