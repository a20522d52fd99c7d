import { join } from 'node:path'
import { Readable } from 'node:stream'
import { Ec2 } from '../../../src/cloud/aws/provider.ts'
import type * as Sdk from '../../../src/cloud/aws/sdk.ts'
import { start, stop } from '../../../src/cloud/ending/power.ts'
import { terminate } from '../../../src/cloud/ending/terminate.ts'
import type { CloudResult } from '../../../src/cloud/events.ts'
import type { Ground } from '../../../src/cloud/ground.ts'
import { declared, launch } from '../../../src/cloud/launch/launch.ts'
import { Journal, LedgerFile } from '../../../src/cloud/ledger/files.ts'
import { parseInventory } from '../../../src/inventory/parse.ts'
import { type Connection, type Transport, TransportError } from '../../../src/transport/transport.ts'

/** The commands to kill. */
export type Command = 'launch' | 'terminate' | 'stop' | 'start'

/** A cluster, and the environment of its commands: everything a process needs to run one of them. */
export interface Story {
  readonly gate: string
  readonly folder: string
  readonly cluster: string
  readonly image: string
  readonly subnets: readonly string[]
  readonly group: string
}

export const HOSTS = ['a', 'b'] as const

/** Logs in to hosts through the gate, which simulates them. */
function transportTo(gate: string): Transport {
  const ask = (about: object) => fetch(`${gate}/host`, { method: 'POST', body: JSON.stringify(about) })
  return {
    async connect({ address, ssh }): Promise<Connection> {
      const { status } = await ask({ address, key: ssh.hostKey })
      if (status === 404) throw new TransportError('timeout', `${address} does not answer`)
      if (status !== 200) throw new TransportError('host-key', 'another key')
      return {
        cost: { connections: 1, execs: 0, bytesUp: 0, bytesDown: 0 },
        exec: ({ text: script }) => {
          const answered = ask({ address, script }).then((answer) => answer.text())
          answered.catch(() => {})
          const said = async function* () {
            yield await answered
          }
          const done = answered.then(() => ({ code: 0, stderr: '' }))
          return { stdout: Readable.from(said()), done, write() {}, end() {}, kill() {} }
        },
        close: async () => {},
        reconnect: async () => {},
        upload: async () => {},
        dial: () => Promise.reject(new Error('not dialled')),
      }
    },
  }
}

/** Opens the ground for the commands of a story. */
export function openStory({ gate, folder, cluster, image, subnets, group }: Story, sdk: typeof Sdk): Ground {
  const account = { provider: 'aws', cluster, region: 'eu-west-1' } as const
  const key = join(folder, 'key.pub')
  const aws = { cluster, region: 'eu-west-1', image, type: 't3.small', subnets, securityGroups: [group], loginKey: key }
  const hosts = Object.fromEntries(HOSTS.map((name) => [name, { cloud: true, roles: [] }]))
  return {
    cluster: parseInventory(JSON.stringify({ cloud: { aws }, ssh: { user: 'admin' }, hosts }), {
      path: join(folder, 'inventory.json'),
      roles: new Map(),
    }),
    folder,
    provider: new Ec2(sdk, account),
    ledger: new LedgerFile(join(folder, 'inventory.cloud.json'), account),
    journal: new Journal(account, { XDG_STATE_HOME: folder }),
    transport: transportTo(gate),
    signal: new AbortController().signal,
    pace: 20,
    settling: 500,
    tell: () => {},
  }
}

/** Runs a command on all hosts of a story. */
export function runCommand(ground: Ground, command: Command): Promise<readonly CloudResult[]> {
  const hosts = declared(ground.cluster.hosts)
  if (command === 'launch') return launch(ground, hosts, false)
  if (command === 'terminate') return terminate(ground, { hosts: [...HOSTS], allow: [], dry: false })
  return (command === 'stop' ? stop : start)(ground, { hosts, allow: [], dry: false })
}
