import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Which cgroups a host shows at /sys/fs/cgroup. */
export type Cgroups = 'v1' | 'v2' | 'hybrid'

/** Reads that from the list of mounts. */
export function cgroupsOf(mounts: string): Cgroups {
  const of2 = mounts
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, , type]) => type === 'cgroup2')
    .map(([, path]) => path)
  if (of2.includes('/sys/fs/cgroup')) return 'v2'
  return of2.some((path) => path?.startsWith('/sys/fs/cgroup/')) ? 'hybrid' : 'v1'
}

export const hostCgroups = (): Cgroups => cgroupsOf(readFileSync('/proc/self/mounts', 'utf8'))

/** The controllers of cgroup v2 that this host gives. */
export const controllers = (): ReadonlySet<string> =>
  new Set(readFileSync('/sys/fs/cgroup/cgroup.controllers', 'utf8').trim().split(' '))

/** True where the cgroup is there that command tasks need. */
export const rootExists = (root: string): boolean => existsSync(join('/sys/fs/cgroup', root))

/** Makes the agent's own cgroup and moves there: what `--agent_subsystems` does on v2. @throws Error in Mesos' words */
export function moveToOwn(root: string, wanted: readonly string[]): void {
  const leaf = join('/sys/fs/cgroup', root, 'agent', 'leaf')
  mkdirSync(leaf, { recursive: true })
  const there = controllers()
  if (wanted.some((c) => !there.has(c)))
    throw new Error('Failed to enable the requested cgroup v2 controllers: No such file or directory')
  writeFileSync(join(leaf, 'cgroup.procs'), String(process.pid))
}
