import { containerName } from '../executor/docker-args.ts'
import { controllers, hostCgroups } from './cgroups.ts'
import { incompatible } from './compatibility.ts'
import { ownContainers, removeContainer } from './docker.ts'
import { executorGone } from './launch.ts'
import type { Run } from './run.ts'
import { keyOf, type State } from './state.ts'

const REMEDY = (state: State): string => `
If recovery failed due to a change in configuration and you want to
keep the current agent id, you might want to change the
\`--reconfiguration_policy\` flag to a more permissive value.

To restart this agent with a new agent id instead, do as follows:
rm -f ${state.checkpoint.latest}
This ensures that the agent does not recover old live executors.

If you use the Docker containerizer and think that the Docker
daemon state is broken, you can try to clear it. But be careful:
these commands will erase all containers and images, not just those
started by Mesos!
docker kill $(docker ps -q)
docker rm $(docker ps -a -q)
docker rmi $(docker images -q)

Finally, restart the agent.`

/**
 * Finds out what this agent was before, and takes up the tasks that still run; ends the process where a real one would.
 */
export async function recover(state: State): Promise<void> {
  const { flags, log, checkpoint } = state
  const began = performance.now()
  const before = checkpoint.agent()
  if (before?.rebooted) log.info('state.cpp:80', 'Agent host rebooted')
  if (before === undefined)
    log.info('state.cpp:112', `Failed to find the latest agent from '${flags.text('work_dir')}/meta'`)
  const trouble = before && incompatible(flags.text('reconfiguration_policy') ?? 'equal', before.info, state.info)
  if (trouble !== undefined && before?.rebooted)
    checkpoint.forgetAgent() // no task can have survived: it may come back as another
  else if (trouble !== undefined) log.exit('slave.cpp:8372', `Failed to perform recovery: ${trouble}\n${REMEDY(state)}`)
  else if (before?.info.id) state.id = before.info.id.value
  checkpoint.keepBoot()
  try {
    await takeUp(state, before?.rebooted ?? false)
  } catch (error) {
    log.exit('slave.cpp:8372', `Failed to perform recovery: ${(error as Error).message}\n${REMEDY(state)}`)
  }
  state.recovered = true
  state.recoverySeconds = (performance.now() - began) / 1000
  log.info('slave.cpp:8400', 'Finished recovery')
}

async function takeUp(state: State, rebooted: boolean): Promise<void> {
  for (const kept of state.id === undefined ? [] : state.checkpoint.runs(state.id)) {
    const run: Run = { ...kept, killing: false, ended: false }
    state.runs.set(keyOf(run), run)
  }
  const runs = [...state.runs.values()]
  if (state.flags.text('containerizers')?.split(',').includes('docker')) await removeOrphans(state, runs)
  if (runs.length === 0) return
  // always all of it, as in Mesos
  if (!rebooted) await new Promise((resolve) => setTimeout(resolve, state.flags.ms('executor_reregistration_timeout')))
  for (const run of runs) {
    if (!run.link) {
      executorGone(state, run)
      removeContainer(state, containerName(run.container))
    } else if (run.info.container?.type === 'DOCKER' && !limitsCanBeSet()) {
      state.log.error(
        'slave.cpp:5400',
        `Failed to update resources for container ${run.container}: Failed to update 'memory.low' for container: No such file or directory`,
      )
      run.link.send({ type: 'destroy' })
    }
  }
}

/** On cgroup v2 without the memory controller a real agent fails to set a container's limits again, and destroys it. */
const limitsCanBeSet = (): boolean => hostCgroups() !== 'v2' || controllers().has('memory')

/** Containers of before that belong to no task: they may hold ports. */
async function removeOrphans(state: State, runs: readonly Run[]): Promise<void> {
  const own = await ownContainers(state)
  if (!state.flags.on('docker_kill_orphans')) return
  const known = new Set(runs.map((run) => containerName(run.container)))
  await Promise.all(own.filter((name) => !known.has(name)).map((name) => removeContainer(state, name)))
}
