import { type Dirent, existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { codeOf } from '../lib/message.ts'
import { SandboxError, until } from './exec.ts'
import { stateMark } from './state.ts'

/** Where the machine's cgroup hierarchies are mounted. */
export interface Hierarchies {
  /** cgroup v2: /sys/fs/cgroup, or /sys/fs/cgroup/unified beside v1. */
  readonly unified: string
  /** Parent folders for new cgroups on v1: systemd's own (no controller), and one per controller. Empty on pure v2. */
  readonly named: readonly string[]
  readonly controllers: readonly string[]
}

/** Reads the hierarchies from /proc/mounts and /proc/self/cgroup; undefined if there is no cgroup v2. */
export const hierarchies = (mounts: string, self: string): Hierarchies | undefined => {
  const own = new Map(self.split('\n').map((line) => [line.split(':')[1] ?? '', line.split(':').slice(2).join(':')]))
  let unified: string | undefined
  const named: string[] = []
  const controllers: string[] = []
  for (const line of mounts.split('\n')) {
    const [, point = '', type, options = ''] = line.split(' ')
    if (!point.startsWith('/sys/fs/cgroup')) continue
    if (type === 'cgroup2') unified = point
    if (type !== 'cgroup') continue
    if (options.split(',').includes('name=systemd')) named.push(point)
    // A controller's cgroups go below our own, so that our own limits also limit the hosts.
    else
      for (const [names, path] of own)
        if (names !== '' && names.split(',').every((n) => options.split(',').includes(n)))
          controllers.push(path === '/' ? point : join(point, path))
  }
  return unified === undefined ? undefined : { unified, named, controllers }
}

/** This machine's hierarchies. @throws SandboxError */
const machineHierarchies = (): Hierarchies => {
  const found = hierarchies(readFileSync('/proc/mounts', 'utf8'), readFileSync('/proc/self/cgroup', 'utf8'))
  if (!found) throw new SandboxError('sandbox hosts need cgroup v2, and none is mounted on this machine')
  return found
}

/** Does this machine have cgroup v1, with controllers, beside v2? */
export const hasLegacy = (): boolean => machineHierarchies().controllers.length > 0

const TOP = `provision-sandbox${stateMark()}`

const controllersOf = (dir: string): string[] =>
  readFileSync(join(dir, 'cgroup.controllers'), 'utf8').trim().split(' ').filter(Boolean)

/**
 * The CPU weight of all our hosts together on a busy machine, compared with one process (with v2, one group). The hosts
 * run dozens of daemons, and tests measure them beside other work.
 */
const WEIGHT = 10

/** Gives that weight to a cgroup that contains hosts, if it has the controller. */
const weigh = (dir: string): void => {
  for (const [file, usual] of [
    ['cpu.weight', 100],
    ['cpu.shares', 1024],
  ] as const) {
    if (existsSync(join(dir, file))) writeFileSync(join(dir, file), String(usual * WEIGHT))
  }
}

/** Makes a v2 cgroup of ours, and enables the controllers that our top one was given. Changes nothing above that. */
const makeUnified = (path: string): string => {
  let dir = join(machineHierarchies().unified, TOP)
  mkdirSync(dir, { recursive: true })
  weigh(dir)
  for (const part of path.split('/')) {
    for (const name of controllersOf(dir)) {
      try {
        writeFileSync(join(dir, 'cgroup.subtree_control'), `+${name}`)
      } catch {} // hosts do without a controller that is not available
    }
    dir = join(dir, part)
    mkdirSync(dir, { recursive: true })
  }
  return dir
}

/** Makes a v1 cgroup; a cpuset accepts processes only once it has cpus and memory nodes. */
const makeLegacy = (root: string, path: string): string => {
  let dir = root
  for (const part of path.split('/')) {
    dir = join(dir, part)
    mkdirSync(dir, { recursive: true })
    if (dir === join(root, TOP)) weigh(dir)
    if (!existsSync(join(dir, 'cpuset.cpus'))) continue
    for (const file of ['cpuset.cpus', 'cpuset.mems'])
      writeFileSync(join(dir, file), readFileSync(join(dirname(dir), file)))
    writeFileSync(join(dir, 'cgroup.clone_children'), '1')
  }
  return dir
}

/** The cgroup of a host's or helper's processes: `path` is `BOX/hosts/NAME`. */
export const cgroupOf = (path: string): string => join(machineHierarchies().unified, TOP, path)

/**
 * The cgroups of a host: `all` to clean up, `enter` for its processes. `unified: false` gives it v1's controllers, if
 * the machine has them.
 */
export const makeHostCgroups = (path: string, unified: boolean): { all: string[]; enter: string[] } => {
  const { named, controllers } = machineHierarchies()
  const own = makeUnified(path)
  const legacy = [...named, ...(unified ? [] : controllers)].map((root) => makeLegacy(root, join(TOP, path)))
  return { all: [own, ...legacy], enter: [makeUnified(`${path}/run`), ...legacy] }
}

/** Makes one v2 cgroup for a helper process. */
export const makeCgroup = (path: string): string => makeUnified(path)

/** The existing cgroups below a folder, and the folder itself; any of them may disappear at any time. */
const descendants = (dir: string): string[] => {
  let entries: readonly Dirent[]
  try {
    entries = readdirSync(dir, { withFileTypes: true })
  } catch (error) {
    if (/^(ENOENT|ENODEV)$/.test(codeOf(error) ?? '')) return []
    throw error
  }
  return [...entries.filter((e) => e.isDirectory()).flatMap((e) => descendants(join(dir, e.name))), dir]
}

/** Pids in a cgroup and all cgroups below it. */
export const processesIn = (dir: string): number[] =>
  descendants(dir).flatMap((each) => {
    try {
      return readFileSync(join(each, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number)
    } catch {
      return [] // gone meanwhile, or a threaded cgroup
    }
  })

/** True if a process lives in it or below. */
export const isPopulated = (dir: string): boolean => {
  try {
    return readFileSync(join(dir, 'cgroup.events'), 'utf8').includes('populated 1')
  } catch {
    return false
  }
}

/** Are the processes of a host frozen? */
export const isFrozen = (dir: string): boolean => {
  try {
    return readFileSync(join(dir, 'cgroup.freeze'), 'utf8').trim() === '1'
  } catch {
    return false
  }
}

/** Freezes (true) or thaws (false) every process of a host. */
export const freeze = (dir: string, on: boolean): void => writeFileSync(join(dir, 'cgroup.freeze'), on ? '1' : '0')

/** The period in microseconds over which the kernel accounts a host's share of the CPUs. */
const PERIOD = 100_000

/** Limits processes to this many CPUs; 0: no limit. False if none of their cgroups supports a limit. */
export const limitCpus = (dirs: readonly string[], cpus: number): boolean => {
  const quota = cpus === 0 ? undefined : Math.max(1000, Math.round(cpus * PERIOD))
  const lines = (dir: string) => [
    [join(dir, 'cpu.max'), `${quota ?? 'max'} ${PERIOD}`],
    [join(dir, 'cpu.cfs_quota_us'), String(quota ?? -1)],
  ] // prettier-ignore
  const found = dirs.flatMap(lines).filter(([file = '']) => existsSync(file))
  for (const [file = '', line = ''] of found) writeFileSync(file, line)
  return found.length > 0
}

/** Milliseconds that killed processes may take to disappear, because a machine with busy cores needs time. */
const DYING_MS = 60_000

/** Kills everything in a v2 cgroup at once and waits until it is gone, without looking up any pid. */
export const killCgroup = async (dir: string): Promise<void> => {
  if (!existsSync(dir)) return
  writeFileSync(join(dir, 'cgroup.kill'), '1')
  if (!(await until(() => !isPopulated(dir), DYING_MS))) throw new SandboxError(`processes in ${dir} cannot be killed`)
}

/** Removes these cgroups if they are empty; leaves those below them. */
export const dropCgroups = (dirs: readonly string[]): void => {
  for (const dir of dirs) {
    try {
      rmdirSync(dir)
    } catch {}
  }
}

/**
 * Removes cgroups and all below them, depth first; populated ones stay. Use it only on our own cgroups: a process may
 * be about to enter another's.
 */
export const pruneCgroups = (dirs: readonly string[]): void => dropCgroups(dirs.flatMap(descendants))

/** Every cgroup that the sandbox has made at or below `path`, in all hierarchies. */
export const madeCgroups = (path = ''): string[] => {
  const { unified, named, controllers } = machineHierarchies()
  return [unified, ...named, ...controllers].map((root) => join(root, TOP, path)).filter((dir) => existsSync(dir))
}

/**
 * sh that moves itself into the cgroups named before `--`, closes inherited locks (from then on, cleanup finds it by
 * its cgroup), and becomes the command after it.
 */
const ENTER =
  'while [ "$1" != -- ]; do echo $$ >"$1/cgroup.procs" || exit 1; shift; done; shift; exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-; exec "$@"'

/** The argv that runs a command inside cgroups. */
export const inCgroups = (dirs: readonly string[], command: readonly string[]): string[] => [
  'sh',
  '-c',
  ENTER,
  'enter',
  ...dirs,
  '--',
  ...command,
]
