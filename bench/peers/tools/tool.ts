import type { SandboxHost } from '../../../src/sandbox/index.ts'
import type { Command } from '../../measure.ts'
import type { Resource } from '../resources.ts'

/** What a tool is given to write its project from. */
export interface Task {
  /** An empty folder of the tool's own. */
  readonly folder: string
  readonly list: readonly Resource[]
  readonly hosts: readonly SandboxHost[]
  /** Holds the key of every host. */
  readonly knownHosts: string
}

/** One way to bring hosts to a state. */
export interface Tool {
  readonly name: string
  /** Writes what its users write, and returns the command that they run. */
  write(task: Task): Command
}

/** A name for a file that holds what stands at a path. */
export const slug = (path: string): string => path.replace(/^\//, '').replace(/[^a-zA-Z0-9]/g, '_')
