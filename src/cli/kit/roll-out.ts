import type { DeployOptions, DeployRun } from '../../deploy/deploy.ts'
import type { Cluster } from '../../model/recipe.ts'
import { followDeploy } from '../../report/index.ts'
import type { Io } from '../io.ts'
import type { Flags } from '../options.ts'
import { connected } from './chosen-hosts.ts'
import { interrupts } from './interrupts.ts'

/** Runs a deployment or a scaling and shows it. Gives the exit code. */
export async function rollOut(flags: Flags, io: Io, start: (cluster: Cluster, options: DeployOptions) => DeployRun): Promise<number> {
  const { cluster, transport, quiet } = await connected(flags, io)
  const { signal, leave, dispose } = interrupts()
  try {
    const run = start(cluster, {
      transport,
      allow: flags.allow ?? [],
      wait: flags.wait ?? false,
      signal,
      leave,
      ...(flags.deadline === undefined ? {} : { deadline: Number(flags.deadline) }),
      ...(flags.failures === undefined ? {} : { failures: Number(flags.failures) }),
    })
    const { exitCode } = await followDeploy(run, { ...io, quiet, json: flags.json ?? false, colour: flags.color })
    return exitCode
  } finally {
    dispose()
  }
}
