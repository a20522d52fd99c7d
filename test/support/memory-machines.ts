import { Readable } from 'node:stream'
import { makeHostKey } from '../../src/cloud/launch/host-key.ts'
import { type Instance, TAG } from '../../src/cloud/provider.ts'
import { type Connection, type Target, TransportError } from '../../src/transport/transport.ts'

/** The controller was killed: nothing that it still does has an effect. */
export class Killed extends Error {}

/** An instance, and what is on it. */
export interface Machine {
  instance: Instance
  readonly token: string
  /** Its current host key. */
  key: string
  /** The key that it has created but does not use yet. */
  next?: string
  /** How often it was described. */
  looks: number
  /** Its console's output; default: nothing relevant. */
  console?: readonly string[]
}

/** The console output of an instance that others launched. */
export const printed = (key: string): readonly string[] => [
  '-----BEGIN SSH HOST KEY KEYS-----',
  `${key} root@ip-10-0-0-1`,
  '-----END SSH HOST KEY KEYS-----',
]

/** What a connection to a machine needs of its cloud. */
export interface Reaching {
  /** The hosts' cloud-init result. */
  readonly cloudInit: string
  readonly call: <T>(effect: () => T) => Promise<T>
  readonly dial: Connection['dial']
}

/** What a machine's sh answers to one of our scripts. */
function answer(machine: Machine, script: string, cloudInit: string): string {
  if (/^booted \d+$/m.test(script)) return `${cloudInit}\n`
  if (/\nnew_key$/.test(script)) {
    machine.next = makeHostKey().publicKey
    return `${machine.next}\n`
  }
  machine.key = machine.next ?? machine.key
  return ''
}

/** Connects to one of these machines. */
export function connection(
  machines: readonly Machine[],
  { address, ssh }: Target,
  { cloudInit, call, dial }: Reaching,
): Connection {
  const machine = machines.find(
    ({ instance: { state, privateAddress } }) => state === 'running' && privateAddress === address,
  )
  if (!machine) throw new TransportError('timeout', `${address} does not answer`)
  if (ssh.hostKeyCheck !== 'strict' || ssh.hostKey !== machine.key) throw new TransportError('host-key', 'another key')
  return {
    cost: { connections: 1, execs: 0, bytesUp: 0, bytesDown: 0 },
    exec: (script) => {
      const answered = call(() => answer(machine, script.text, cloudInit))
      answered.catch(() => {})
      const stdout = Readable.from(
        (async function* () {
          yield await answered
        })(),
      )
      // as the real one: not before its output has been read
      const read = new Promise<void>((resolve) => void stdout.once('end', resolve).on('error', () => {}))
      const done = answered.then(() => read).then(() => ({ code: 0, stderr: '' }))
      return { stdout, done, write() {}, end() {}, kill() {} }
    },
    close: async () => {},
    reconnect: async () => {},
    upload: async () => {},
    dial,
  }
}

/** The inconsistencies between a cloud's machines and a ledger, for hosts that should each have one instance. */
export function mistakesIn(
  machines: readonly Machine[],
  hosts: readonly string[],
  ledger: Readonly<Record<string, { id: string; hostKey?: string }>>,
): string[] {
  const live = machines.filter(({ instance }) => instance.state !== 'ended')
  const of = (host: string) => live.filter(({ instance }) => instance.tags[TAG.host] === host)
  const wrong = hosts.flatMap((host) => {
    const [machine, ...more] = of(host)
    if (!machine || more.length > 0) return [`${host} has ${more.length + (machine ? 1 : 0)} instances`]
    const { instance, key } = machine
    const entry = ledger[host]
    if (entry?.id !== instance.id) return [`${host} is ${entry?.id} in the ledger, not ${instance.id}`]
    if (entry.hostKey !== key || instance.tags[TAG.hostKey] !== key)
      return [`${host} shows another key than it is said to`]
    return []
  })
  const orphans = live
    .filter(({ instance: { tags } }) => !hosts.includes(tags[TAG.host] ?? ''))
    .map(({ instance: { id } }) => `${id} is nobody's`)
  const ghosts = Object.keys(ledger)
    .filter((host) => !hosts.includes(host))
    .map((host) => `${host} is in the ledger only`)
  return [...wrong, ...orphans, ...ghosts]
}
