import { readFileSync } from 'node:fs'
import { amountsOf } from '../common/resources.ts'
import { containerName } from '../executor/docker-args.ts'
import { hostCgroups } from './cgroups.ts'
import { docker } from './docker.ts'
import { frameworkOf, idOf, type Run } from './run.ts'
import type { State } from './state.ts'
import { executorName } from './views.ts'

const read = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

/** The process of a run: its container's first, or its executor. */
async function pidOf(state: State, run: Run): Promise<number | undefined> {
  if (run.info.container?.type !== 'DOCKER') return run.pid
  const { stdout } = await docker(state, ['inspect', '--format', '{{.State.Pid}}', containerName(run.container)])
  return Number(stdout) || undefined
}

/** What a run's cgroups say, on v1; nothing on v2 without controllers, as recorded. */
function statistics(run: Run, pid: number | undefined): object | undefined {
  if (pid === undefined || hostCgroups() !== 'v1') return undefined
  const groups = (read(`/proc/${pid}/cgroup`) ?? '').split('\n').map((line) => line.split(':'))
  const folder = (controller: string) => groups.find(([, names]) => names?.split(',').includes(controller))?.[2]
  const [cpu, mem] = [
    read(`/sys/fs/cgroup/cpuacct${folder('cpuacct')}/cpuacct.stat`),
    read(`/sys/fs/cgroup/memory${folder('memory')}/memory.stat`),
  ]
  const figure = (text: string | undefined, name: string) =>
    Number(new RegExp(`^${name} (\\d+)`, 'm').exec(text ?? '')?.[1] ?? 0)
  const { cpus = 0, mem: limit = 0 } = amountsOf(run.task.resources).scalars
  return {
    cpus_soft_limit: cpus,
    cpus_system_time_secs: figure(cpu, 'system') / 100,
    cpus_user_time_secs: figure(cpu, 'user') / 100,
    mem_limit_bytes: limit * 1024 * 1024,
    mem_rss_bytes: figure(mem, 'rss'),
    timestamp: Date.now() / 1000,
  }
}

/** What runs here, one entry a task. */
export const containersOf = (state: State): Promise<{ readonly run: Run; readonly statistics: object | undefined }[]> =>
  Promise.all(
    [...state.runs.values()]
      .filter((run) => !run.ended)
      .map(async (run) => ({ run, statistics: statistics(run, await pidOf(state, run)) })),
  )

const status = (run: Run): object => ({
  container_id: { value: run.container },
  ...(run.info.container?.type !== 'DOCKER' && run.pid !== undefined && { executor_pid: run.pid }),
})

/** `/containers`. */
export const containersView = async (state: State): Promise<object[]> =>
  (await containersOf(state)).map(({ run, statistics: its }) => ({
    container_id: run.container,
    executor_id: idOf(run),
    executor_name: executorName(run),
    framework_id: frameworkOf(run),
    source: idOf(run),
    ...(its && { statistics: its }),
    status: status(run),
  }))

/** The same in v1. */
export const containersV1 = async (state: State): Promise<object[]> =>
  (await containersOf(state)).map(({ run, statistics: its }) => ({
    framework_id: { value: frameworkOf(run) },
    executor_id: { value: idOf(run) },
    executor_name: executorName(run),
    container_id: { value: run.container },
    container_status: status(run),
    ...(its && { resource_statistics: its }),
  }))
