import { type ChildProcessWithoutNullStreams, type SpawnOptions, spawn } from 'node:child_process'

/**
 * Starts a program with pipes to it.
 * @throws Error with the code EMFILE: this process may open no more files. `spawn` returns a process without streams
 *   then, and tells why only later.
 */
export function spawnPiped(
  file: string,
  args: readonly string[],
  options: SpawnOptions = {},
): ChildProcessWithoutNullStreams {
  const child = spawn(file, args, { stdio: 'pipe', ...options }) as ChildProcessWithoutNullStreams
  if ((child.stdout as unknown) !== undefined) return child
  child.on('error', () => {}) // it says no more than the one here
  throw Object.assign(new Error(`spawn ${file} EMFILE`), { code: 'EMFILE', syscall: 'spawn' })
}
