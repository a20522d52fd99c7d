import type { DeployOptions, DeployRun } from '../../deploy/deploy.ts'
import type { Cluster } from '../../model/recipe.ts'
import { followDeploy } from '../../report/index.ts'
import type { Io } from '../io.ts'
import { type CAREFUL, CLUSTER, type COLOR, type DEADLINE, type FlagsOf, type JSON_LINES, LOGIN } from '../options.ts'
import { connected } from './chosen-hosts.ts'
import { interrupts } from './interrupts.ts'
import { retype } from './retype.ts'

type Flags = FlagsOf<
  [...typeof CLUSTER, ...typeof LOGIN, ...typeof CAREFUL, typeof DEADLINE, typeof JSON_LINES, typeof COLOR]
> & {
  readonly failures?: number | undefined
}

/** Runs a deployment or a scaling and shows it. Returns the exit code. */
export async function rollOut(
  flags: Flags,
  io: Io,
  start: (cluster: Cluster, options: DeployOptions) => DeployRun,
): Promise<number> {
  const { cluster, transport, quiet } = await connected(flags, io)
  const { signal, leave, dispose } = interrupts(io.stop)
  try {
    const run = start(cluster, {
      transport,
      allow: flags.allow ?? [],
      wait: flags.wait ?? false,
      signal,
      leave,
      ...(flags.deadline === undefined ? {} : { deadline: flags.deadline }),
      ...(flags.failures === undefined ? {} : { failures: flags.failures }),
    })
    const { exitCode } = await followDeploy(run, {
      ...io,
      quiet,
      json: flags.json ?? false,
      colour: flags.color,
      flags: retype([...CLUSTER, ...LOGIN], flags),
    })
    return exitCode
  } finally {
    dispose()
  }
}
