import type { RunResult } from '../../engine/events.ts'
import { apply, plan, type RunOptions } from '../../engine/run.ts'
import { follow } from '../../report/index.ts'
import type { Io } from '../io.ts'
import type { CAREFUL, COLOR, DETAIL, FlagsOf, FORKS, HOSTS, JSON_LINES, LOGIN } from '../options.ts'
import { connected } from './chosen-hosts.ts'
import { interrupts } from './interrupts.ts'

type Flags = FlagsOf<
  [...typeof HOSTS, ...typeof LOGIN, ...typeof CAREFUL, ...typeof DETAIL, typeof FORKS, typeof JSON_LINES, typeof COLOR]
>

/** Runs `plan` or `apply` on the selected hosts and shows it. */
export async function runHosts(
  command: 'plan' | 'apply',
  flags: Flags,
  io: Io,
  more: Pick<RunOptions, 'script' | 'planFile'> = {},
): Promise<RunResult> {
  const { cluster, hosts, transport, quiet, forks } = await connected(flags, io)
  const { signal, leave, dispose } = interrupts(io.stop)
  try {
    const run = (command === 'plan' ? plan : apply)(cluster, {
      transport,
      hosts,
      forks,
      allow: flags.allow ?? [],
      wait: flags.wait ?? false,
      signal,
      leave,
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
    })
  } finally {
    dispose()
  }
}
