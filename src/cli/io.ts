import type { Out } from '../report/index.ts'

/** The parts of its process that a command may use. */
export interface Io {
  readonly stdout: Out
  readonly stderr: Out
  /** Where questions are answered; default: the process's standard input. */
  readonly stdin?: NodeJS.ReadableStream & { readonly isTTY?: boolean }
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  /** Told when hosts are about to be reached. */
  readonly connected?: () => void
  /** Aborted: no new step starts, as after ^C. */
  readonly stop?: AbortSignal
}
