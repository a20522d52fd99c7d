import type { About } from '../../engine/context.ts'
import type { RunResult } from '../../engine/events.ts'
import { applyBehind, plan, type RunOptions } from '../../engine/run.ts'
import { list } from '../../lib/units.ts'
import type { InventoryHost } from '../../model/host.ts'
import type { Cluster } from '../../model/recipe.ts'
import { follow } from '../../report/index.ts'
import type { Io } from '../io.ts'
import type { CAREFUL, COLOR, DETAIL, FlagsOf, FORKS, HOSTS, JSON_LINES, LOGIN } from '../options.ts'
import { UsageError } from '../usage-error.ts'
import { type Chosen, connected } from './chosen-hosts.ts'
import { frontOf } from './cloud/front.ts'
import { interrupts } from './interrupts.ts'

type Flags = FlagsOf<
  [...typeof HOSTS, ...typeof LOGIN, ...typeof CAREFUL, ...typeof DETAIL, typeof FORKS, typeof JSON_LINES, typeof COLOR]
>

/** Options of a run besides its flags. */
export interface RunMore extends Pick<RunOptions, 'script' | 'planFile'> {
  /** Print nothing if all hosts are in sync. */
  readonly terse?: boolean
  /** Accept an inventory without hosts. */
  readonly none?: boolean
  /** What the run does, if not what the recipes want. */
  readonly about?: (cluster: Cluster) => About
  /** Checks the selection before any host is contacted. @throws UsageError */
  readonly check?: (chosen: Chosen) => void
}

/**
 * The chosen hosts without those that are leaving: a run only removes these. @throws UsageError if one was named, or
 * there are no others
 */
function staying({ hosts }: Chosen, named: readonly string[] = []): readonly InventoryHost[] {
  const stay = hosts.filter(({ retire }) => retire !== true)
  const leaves = hosts.filter(({ retire }) => retire === true).map(({ name }) => name)
  if (leaves.length === 0 || (named.length === 0 && stay.length > 0)) return stay
  const [is, it] = leaves.length === 1 ? ['is', 'it'] : ['are', 'them']
  throw new UsageError(
    `${list(leaves)} ${is} to leave ("retire": true in the inventory), which drains ${it} and stops what runs there: run provision. To do something else with ${it}, remove "retire"`,
  )
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
  const { cluster, transport, quiet, forks } = choice
  const hosts = about === undefined ? choice.hosts : staying(choice, flags.host)
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
