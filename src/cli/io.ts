import type { Out } from '../report/index.ts'

/** The parts of its process that a command may use. */
export interface Io {
  readonly stdout: Out
  readonly stderr: Out
  /** Where the user answers questions; default: the process's standard input. */
  readonly stdin?: NodeJS.ReadableStream & { readonly isTTY?: boolean }
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  /** Called before hosts are contacted. */
  readonly connected?: () => void
  /** When aborted, no new step starts, as after ^C. */
  readonly stop?: AbortSignal
}
