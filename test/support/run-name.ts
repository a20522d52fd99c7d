import { readFileSync } from 'node:fs'

/**
 * When a process began, in the kernel's ticks; undefined where there is none. Beside its pid, which comes back, it
 * names the process.
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

/** Names a test run by the process that is responsible for it. */
const nameOf = (pid: number): string => `${pid}-${began(pid) ?? 0}`

/** The environment variable by which test files know whose run they are of. */
export const RUN = 'PROVISION_TEST_RUN'

/** The run that this process belongs to: the runner's, else its own. */
export const runName = (): string => process.env[RUN] ?? nameOf(process.pid)

/** What the names of a run's sandboxes begin with. */
export const prefixOf = (run: string): string => `test-${run}-`

/** The sandbox of a test file. Everything else that the file makes has a name that begins with this one. */
export function boxName(run: string, file: string): string {
  const slug = file
    .replace(/\.test\.[tj]s$/, '')
    .replace(/^(sandbox|long)\//, '')
    .replace(/[^a-z0-9]+/gi, '-')
    .toLowerCase()
  return `${prefixOf(run)}${slug}`.slice(0, 50).replace(/-+$/, '')
}

/** Was this the name of something of a test run whose process has ended? */
export function isOrphan(name: string): boolean {
  const [, pid, ticks] = /^test-(\d+)-(\d+)-/.exec(name) ?? []
  return pid !== undefined && nameOf(Number(pid)) !== `${pid}-${ticks}`
}
