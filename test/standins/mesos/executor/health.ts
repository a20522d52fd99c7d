import type { HealthCheck } from '../common/proto.ts'
import { pause, type Workload } from './workload.ts'

/** One look at a task. True: healthy. */
export type Probe = () => Promise<boolean>

/**
 * The probe of a check: HTTP by curl and TCP by mesos-tcp-connect, both programs of the agent's host, in the task's
 * network; a command inside the task.
 */
export function probeOf(
  { type, http, tcp, command, timeout_seconds = 20 }: HealthCheck,
  workload: Workload,
  launcherDir: string,
): Probe {
  const timeout = timeout_seconds * 1000
  return async () => {
    if (type === 'TCP') {
      const args = [`${launcherDir}/mesos-tcp-connect`, '--ip=127.0.0.1', `--port=${tcp?.port}`]
      return (await workload.beside(args, false, timeout)).code === 0
    }
    if (type === 'COMMAND') {
      const { shell = true, value = '', arguments: given = [] } = command ?? {}
      return (await workload.beside(shell ? ['sh', '-c', value] : [value, ...given.slice(1)], true, timeout)).code === 0
    }
    const url = `${http?.scheme ?? 'http'}://127.0.0.1:${http?.port}${http?.path ?? '/'}`
    const args = ['curl', '-s', '-S', '-L', '-k', '-w', '%{http_code}', '-o', '/dev/null', '-g', url]
    const { code, stdout } = await workload.beside(args, false, timeout)
    if (code === 127)
      process.stderr.write("HTTP health check failed: Failed to execvpe on path 'curl': No such file or directory\n")
    return code === 0 && Number(stdout) >= 200 && Number(stdout) < 400
  }
}

/**
 * Checks a task for as long as it lives: told are the first success, every failure, and every success after one.
 * Failures before the first success do not count while the grace period lasts; so many in a row as the check allows,
 * and the task is given up.
 */
export async function watchHealth(
  check: HealthCheck,
  probe: Probe,
  tell: (healthy: boolean) => void,
  giveUp: () => void,
  over: () => boolean,
): Promise<void> {
  const began = performance.now()
  const grace = (check.grace_period_seconds ?? 10) * 1000
  let [was, failures, initializing] = [undefined as boolean | undefined, 0, true]
  await pause((check.delay_seconds ?? 15) * 1000)
  while (!over()) {
    const healthy = await probe()
    if (over()) return
    if (healthy) {
      ;[failures, initializing] = [0, false]
      if (was !== true) tell(true)
      was = true
    } else if (!(initializing && performance.now() - began < grace)) {
      was = false
      tell(false)
      if (++failures >= (check.consecutive_failures ?? 3)) return giveUp()
    }
    await pause((check.interval_seconds ?? 10) * 1000)
  }
}
