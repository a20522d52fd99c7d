import { type ExecFileException, execFile } from 'node:child_process'

export interface Ended {
  /** Exit status; 127 where the program is not there, 124 after the deadline. */
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

function statusOf(error: ExecFileException | null): number {
  if (error === null) return 0
  if (error.killed === true) return 124
  if (typeof error.code === 'number') return error.code
  return error.code === 'ENOENT' ? 127 : 1
}

/** Runs a program to its end. */
export const exec = (program: string, args: readonly string[], timeout = 0): Promise<Ended> =>
  new Promise((resolve) => {
    execFile(
      program,
      args as string[],
      { timeout, killSignal: 'SIGKILL', maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => resolve({ code: statusOf(error), stdout, stderr }),
    )
  })
