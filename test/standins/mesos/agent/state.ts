import type { Address } from '../common/address.ts'
import type { Flags } from '../common/flags.ts'
import type { Link } from '../common/link.ts'
import type { Log } from '../common/log.ts'
import type { FromAgent, ToAgent } from '../common/messages.ts'
import type { AgentInfo, DrainConfig } from '../common/proto.ts'
import type { Checkpoint } from './checkpoint.ts'
import { frameworkOf, idOf, type Kept, type Run } from './run.ts'

/** All that an agent knows. Times in seconds since 1970. */
export interface State {
  readonly flags: Flags
  readonly log: Log
  readonly address: Address
  readonly checkpoint: Checkpoint
  readonly startTime: number
  readonly info: AgentInfo
  /** Known once it has registered, or from before. */
  id?: string
  recovered: boolean
  recoverySeconds: number
  /** The master that leads, as far as is known. */
  master?: {
    readonly id: string
    readonly hostname: string
    readonly address: { readonly ip: string; readonly port: number }
  }
  link?: Link<ToAgent, FromAgent>
  /** Lets the link go where no ping has come for too long. */
  silence?: NodeJS.Timeout
  /** By framework and task. */
  readonly runs: Map<string, Run>
  /** Those that are done with, newest last. */
  readonly completed: Kept[]
  /** Frameworks that ended while this process ran. */
  readonly ended: Set<string>
  drain?: { readonly config: DrainConfig; readonly start: number }
  /** Milliseconds that pulls of images took. */
  readonly pulls: number[]
}

export const keyOf = (run: Kept): string => `${frameworkOf(run)} ${idOf(run)}`

/** Keeps what must be known after a restart. */
export const keep = (state: State, { framework, info, task, container, directory, updates }: Run): void => {
  if (state.id !== undefined)
    state.checkpoint.keepRun(state.id, { framework, info, task, container, directory, updates })
}

/** How docker is called. */
export const dockerCommand = (flags: Flags): readonly [string, ...string[]] => [
  flags.text('docker') ?? 'docker',
  '-H',
  `unix://${flags.text('docker_socket')}`,
]
