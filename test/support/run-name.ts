import { readFileSync } from 'node:fs'

/**
 * When a process began, in the kernel's ticks; undefined if it does not exist. Together with its pid, which may be
 * reused, this identifies the process.
 */
const began = (pid: number): string | undefined => {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')[19]
  } catch {
    return undefined
  }
}

/** Names a test run after its process. */
const nameOf = (pid: number): string => `${pid}-${began(pid) ?? 0}`

/** The environment variable that tells test files the name of their run. */
export const RUN = 'PROVISION_TEST_RUN'

/** The run of this process: the runner's, otherwise its own. */
export const runName = (): string => process.env[RUN] ?? nameOf(process.pid)

/** The prefix of the names of a run's sandboxes. */
export const prefixOf = (run: string): string => `test-${run}-`

/** The sandbox of a test file. The names of everything else that the file makes begin with this one. */
export function boxName(run: string, file: string): string {
  const slug = file
    .replace(/\.test\.[tj]s$/, '')
    .replace(/^(sandbox|long)\//, '')
    .replace(/[^a-z0-9]+/gi, '-')
    .toLowerCase()
  return `${prefixOf(run)}${slug}`.slice(0, 50).replace(/-+$/, '')
}

/** Does a name belong to a test run whose process has ended? */
export function isOrphan(name: string): boolean {
  const [, pid, ticks] = /^test-(\d+)-(\d+)-/.exec(name) ?? []
  return pid !== undefined && nameOf(Number(pid)) !== `${pid}-${ticks}`
}
