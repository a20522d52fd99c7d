import type { Listener } from '../../inventory/port-clashes.ts'
import type { InventoryHost } from '../../model/host.ts'
import { lookOf } from '../../report/terminal/look.ts'
import { defineCommand, EXIT } from '../command.ts'
import { COLOR, HOSTS, JSON_LINES } from '../options.ts'

/** `provision hosts`: lists the selected hosts of the inventory, without connecting to any. */
export const hosts = defineCommand({
  name: 'hosts',
  elsewhere: ['list', 'ls', 'nodes', 'inventory'],
  summary: 'list the selected hosts without connecting to them',
  usage: 'hosts [flags]',
  options: [
    ...HOSTS,
    { name: 'ports', group: 'What is shown', says: 'show which component listens on which port, for firewalls' },
    { name: 'cloud', group: 'What is shown', says: 'ask the cloud, and show what is declared beside what is there' },
    JSON_LINES,
    COLOR,
  ],
  examples: [
    ["provision hosts --host 'zk-*,!zk-3'", 'what a selection selects'],
    ['provision hosts --ports --role mesos-slave', 'what a firewall or a security group must allow'],
    ['provision hosts --json', 'for other programs'],
  ],
  exits: [
    ['0', 'hosts were selected'],
    ['1', '--cloud: the cloud said no'],
    EXIT.mistake,
    ['4', '--cloud: the cloud could not be reached'],
  ],
  async run({ flags }, io) {
    if (flags.cloud) return (await import('../kit/cloud/hosts.ts')).cloudHosts(flags, io)
    const [{ chosen }, { rows }, { jsonLine }] = await Promise.all([
      import('../kit/chosen-hosts.ts'),
      import('../kit/table.ts'),
      import('../../report/json.ts'),
    ])
    const { hosts, cluster } = await chosen(flags, io, { unfilled: true })
    const { listenersOn } = await import('../../inventory/port-clashes.ts')
    const look = lookOf(io.stdout, io.env, flags.color)
    const listeners = flags.ports
      ? hosts.flatMap((host) => listenersOn(host, cluster).map((each) => ({ host: host.name, ...each })))
      : undefined
    const found =
      listeners ?? hosts.map(({ name, address, privateAddress, roles }) => ({ name, address, privateAddress, roles }))
    const table = (): readonly string[] =>
      listeners
        ? rows(PORTS, listeners.map(portCells), look)
        : rows(
            HEADING,
            hosts.map((host) => [host.name, placeOf(host), host.roles.join(', ')]),
            look,
          )
    for (const line of flags.json ? found.map(jsonLine) : table()) io.stdout.write(`${line}\n`)
    return 0
  },
})

/** A host's address, or why it has none yet. */
function placeOf({ address, privateAddress, absent, discovered, ssh }: InventoryHost): string {
  if (discovered && absent !== undefined) return `${address}, not there`
  if (address === '') return privateAddress === '' ? 'not launched' : `not launched (${privateAddress})`
  const { port = 22 } = ssh
  const reached = port === 22 ? address : `${address.includes(':') ? `[${address}]` : address}:${port}`
  const both = privateAddress === address ? reached : `${reached} (${privateAddress})`
  return absent === undefined ? both : `${both}, not there`
}

const HEADING = ['host', 'address', 'roles']
const PORTS = ['host', 'port', 'address', 'component', 'variable']
/** Loopback addresses, which other machines cannot reach. */
const isOwn = (address = ''): boolean => address.startsWith('127.') || address === '::1'

type On = Listener & { readonly host: string }
const portCells = ({ host, port, to, udp, address, recipe, variable }: On): readonly string[] => [
  host,
  `${port}${to === undefined ? '' : `-${to}`}${udp ? '/udp' : ''}`,
  isOwn(address) ? 'this host only' : (address ?? 'all'),
  recipe,
  variable === undefined ? '' : `vars.${recipe}.${variable}`,
]
