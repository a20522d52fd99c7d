import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { containerName } from '../executor/docker-args.ts'
import { hostCgroups, rootExists } from './cgroups.ts'
import { unsupported } from './containerizers.ts'
import { pullImage, removeContainer } from './docker.ts'
import { frameworkOf, idOf, type Run } from './run.ts'
import type { State } from './state.ts'
import { done, fromAgent } from './updates.ts'

const isDocker = (run: Run): boolean => run.info.container?.type === 'DOCKER'

/** Fetches a task's image and starts its executor; what goes wrong is told as the task's end. */
export async function launch(state: State, run: Run): Promise<void> {
  const { flags } = state
  state.checkpoint.makeSandbox(run.directory)
  const why = unsupported(flags, run.info.container)
  if (why !== undefined) return fail(state, run, 'REASON_CONTAINER_LAUNCH_FAILED', why)
  try {
    const patience = flags.ms('executor_registration_timeout') ?? 60_000
    const docker = run.info.container?.docker
    if (isDocker(run)) await pullImage(state, docker?.image ?? '', docker?.force_pull_image ?? false, patience)
    else checkCommandTask(state)
  } catch (error) {
    return fail(state, run, 'REASON_CONTAINER_LAUNCH_FAILED', `Failed to launch container: ${(error as Error).message}`)
  }
  if (run.killing) return
  // A real mesos-docker-executor takes both of CNI's directories for given, and dies where they are not: no Docker task
  // runs without them.
  if (
    isDocker(run) &&
    (flags.text('network_cni_config_dir') === undefined || flags.text('network_cni_plugins_dir') === undefined)
  )
    return fail(state, run, 'REASON_EXECUTOR_TERMINATED', 'Container terminated')
  startExecutor(state, run)
}

/** On cgroup v2 the first plain command ends the whole agent, unless its cgroup is there. */
function checkCommandTask({ flags, log }: State): void {
  if (
    hostCgroups() === 'v2' &&
    flags.text('launcher') === 'linux' &&
    !rootExists(flags.text('cgroups_root') ?? 'mesos')
  )
    log.abort('cgroups2.cpp:192', 'Check failed: cgroups2::exists(flags.cgroups_root) ')
}

function fail(state: State, run: Run, reason: string, message: string): void {
  if (run.ended) return
  run.ended = true
  fromAgent(state, run, 'TASK_FAILED', reason, message)
}

function startExecutor(state: State, run: Run): void {
  const { flags, address } = state
  const program = join(flags.text('launcher_dir') ?? '', isDocker(run) ? 'mesos-docker-executor' : 'mesos-executor')
  const [out, err] = ['stdout', 'stderr'].map((name) => openSync(join(run.directory, name), 'a')) as [number, number]
  const args = [
    `--ip=${address.ip}`,
    `--port=${address.port}`,
    `--framework=${frameworkOf(run)}`,
    `--container=${run.container}`,
    `--recovery_timeout=${flags.ms('recovery_timeout')}`,
  ]
  const child = spawn(program, [...args, ...(run.framework.checkpoint ? ['--checkpoint'] : [])], {
    detached: true,
    cwd: run.directory,
    stdio: ['ignore', out, err],
  })
  closeSync(out)
  closeSync(err)
  if (child.pid !== undefined) run.pid = child.pid
  child.unref()
  child.on('error', (error) =>
    fail(
      state,
      run,
      'REASON_CONTAINER_LAUNCH_FAILED',
      `Failed to launch container: Failed to fork executor: ${error.message}`,
    ),
  )
  child.on('exit', () => executorGone(state, run))
}

/**
 * The executor of a run has ended: the task with it, where it had not been told; its container goes after
 * docker_remove_delay.
 */
export function executorGone(state: State, run: Run): void {
  if (run.ended) return
  run.ended = true
  delete run.link
  state.log.info('slave.cpp:6500', `Executor '${idOf(run)}' of framework ${frameworkOf(run)} has terminated`)
  if (state.ended.has(frameworkOf(run))) done(state, run)
  else
    fromAgent(
      state,
      run,
      'TASK_FAILED',
      'REASON_EXECUTOR_TERMINATED',
      'Abnormal executor termination: unknown container',
    )
  if (isDocker(run))
    setTimeout(
      () => removeContainer(state, containerName(run.container)),
      Math.min(state.flags.ms('docker_remove_delay') ?? 0, 2 ** 31 - 1),
    ).unref()
}
