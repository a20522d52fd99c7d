import { jsonLine, lookOf } from '../../report/index.ts'
import type { CommandModule } from '../commands.ts'
import { chosen } from '../kit/chosen-hosts.ts'
import { rows } from '../kit/table.ts'

/** `provision hosts`: the selected hosts, as the inventory has them. Connects to none. */
export const run: CommandModule['run'] = async ({ flags }, io) => {
  const { hosts } = await chosen(flags, io)
  if (flags.json) {
    for (const { name, address, privateAddress, roles } of hosts) io.stdout.write(`${jsonLine({ name, address, privateAddress, roles })}\n`)
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
}
