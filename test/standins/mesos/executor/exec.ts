import { execFile } from 'node:child_process'

export interface Ended {
  /** Exit status; 127 where the program is not there, 124 after the deadline. */
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program to its end. */
export const exec = (program: string, args: readonly string[], timeout = 0): Promise<Ended> =>
  new Promise((resolve) => {
    execFile(
      program,
      args as string[],
      { timeout, killSignal: 'SIGKILL', maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => {
        const late = error?.killed === true
        const code =
          error === null
            ? 0
            : late
              ? 124
              : typeof error.code === 'number'
                ? error.code
                : error.code === 'ENOENT'
                  ? 127
                  : 1
        resolve({ code, stdout, stderr })
      },
    )
  })
