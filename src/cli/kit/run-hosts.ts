import type { About } from '../../engine/context.ts'
import type { RunResult } from '../../engine/events.ts'
import { applyBehind, plan, type RunOptions } from '../../engine/run.ts'
import type { Cluster } from '../../model/recipe.ts'
import { follow } from '../../report/index.ts'
import type { Io } from '../io.ts'
import type { CAREFUL, COLOR, DETAIL, FlagsOf, FORKS, HOSTS, JSON_LINES, LOGIN } from '../options.ts'
import { type Chosen, connected } from './chosen-hosts.ts'
import { frontOf } from './cloud/front.ts'
import { interrupts } from './interrupts.ts'

type Flags = FlagsOf<
  [...typeof HOSTS, ...typeof LOGIN, ...typeof CAREFUL, ...typeof DETAIL, typeof FORKS, typeof JSON_LINES, typeof COLOR]
>

/** What a run is told beyond its flags. */
export interface RunMore extends Pick<RunOptions, 'script' | 'planFile'> {
  /** Says nothing where all hosts are in sync. */
  readonly terse?: boolean
  /** There need not be any host yet. */
  readonly none?: boolean
  /** What the run is about, where that is not what the recipes want. */
  readonly about?: (cluster: Cluster) => About
  /** Looks at what was chosen before anything is asked of a host. @throws UsageError */
  readonly check?: (chosen: Chosen) => void
}

/** Runs `plan` or `apply` on the selected hosts and shows it. */
export async function runHosts(
  command: 'plan' | 'apply',
  flags: Flags,
  io: Io,
  { about, check, terse = false, none = false, ...more }: RunMore = {},
): Promise<RunResult> {
  const choice = await connected(flags, io, undefined, { none })
  check?.(choice)
  const { cluster, hosts, transport, quiet, forks } = choice
  const { signal, leave, dispose } = interrupts(io.stop)
  try {
    const run = (command === 'plan' ? plan : applyBehind)(cluster, {
      transport,
      hosts,
      forks,
      allow: flags.allow ?? [],
      wait: flags.wait ?? false,
      signal,
      leave,
      front: frontOf(hosts, flags, io),
      ...(about === undefined ? {} : { about: about(cluster) }),
      ...more,
    })
    return await follow(run, command, {
      ...io,
      quiet,
      json: flags.json ?? false,
      colour: flags.color,
      verbose: flags.verbose ?? false,
      diff: flags.diff ?? false,
      text: more.script !== true,
      terse,
    })
  } finally {
    dispose()
  }
}
