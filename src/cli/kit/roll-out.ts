import type { DeployOptions, DeployRun } from '../../deploy/deploy.ts'
import { message } from '../../lib/message.ts'
import type { Cluster } from '../../model/recipe.ts'
import { followDeploy } from '../../report/index.ts'
import type { Transport } from '../../transport/transport.ts'
import type { Io } from '../io.ts'
import { type CAREFUL, CLUSTER, type COLOR, type DEADLINE, type FlagsOf, type JSON_LINES, LOGIN } from '../options.ts'
import { connected } from './chosen-hosts.ts'
import { type Interrupts, interrupts } from './interrupts.ts'
import { retype } from './retype.ts'

type Flags = FlagsOf<
  [...typeof CLUSTER, ...typeof LOGIN, ...typeof CAREFUL, typeof DEADLINE, typeof JSON_LINES, typeof COLOR]
> & {
  readonly failures?: number | undefined
}
type Ready = Awaited<ReturnType<typeof connected>>

/** Runs a deployment or a scaling and shows it. Returns the exit code. */
async function show(
  { cluster, transport, quiet }: Ready,
  flags: Flags,
  io: Io,
  { signal, leave }: Interrupts,
  start: (cluster: Cluster, options: DeployOptions) => DeployRun,
): Promise<number> {
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
}

/** Connects to the cluster, runs a deployment or a scaling and shows it. Returns the exit code. */
export async function rollOut(
  flags: Flags,
  io: Io,
  start: (cluster: Cluster, options: DeployOptions) => DeployRun,
): Promise<number> {
  const ready = await connected(flags, io)
  const stop = interrupts(io.stop)
  try {
    return await show(ready, flags, io, stop, start)
  } finally {
    stop.dispose()
  }
}

/** Exit codes by priority: the first that occurs is the exit code of several runs. */
const WORST = [1, 4, 2]

/** Does the same with several apps, one after the other. `none`: the message if there is nothing to do. */
export async function rollOutEach(
  flags: Flags,
  io: Io,
  appsOf: (cluster: Cluster, transport: Transport) => Promise<readonly string[]>,
  start: (cluster: Cluster, app: string, options: DeployOptions) => DeployRun,
  none: string,
): Promise<number> {
  const ready = await connected(flags, io)
  const stop = interrupts(io.stop)
  try {
    const apps = await appsOf(ready.cluster, ready.transport)
    if (apps.length === 0) io.stderr.write(`${none}\n`)
    const codes = new Set<number>()
    for (const app of apps)
      if (!stop.signal.aborted)
        codes.add(await show(ready, flags, io, stop, (cluster, options) => start(cluster, app, options)))
    return WORST.find((code) => codes.has(code)) ?? 0
  } catch (error) {
    const code = error instanceof Error ? CODES.get(error.name) : undefined
    if (code === undefined) throw error
    io.stderr.write(`${message(error)}\n`)
    return code
  } finally {
    stop.dispose()
  }
}

/** The exit codes of errors that are not the user's mistakes: services that are away, or a cluster without them. */
const CODES: ReadonlyMap<string, number> = new Map([
  ['RefusedError', 1],
  ['MarathonAwayError', 4],
  ['MarathonError', 4],
  ['MesosAwayError', 4],
  ['TransportError', 4],
])
