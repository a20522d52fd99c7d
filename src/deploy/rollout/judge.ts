import type { Definition, MarathonApp } from '../../clients/marathon-answers.ts'
import { findings } from '../check/findings.ts'
import type { Finding } from '../check/rule.ts'
import { patiently, RefusedError, type Run } from './run.ts'

/** Findings that depend on the present state, not on the version: deadlocks, routes of other apps. */
const NOW = new Set(['containerizer', 'deadlock', 'group-by', 'lb-clash', 'lb-tcp', 'never-fits'])

const isRunning = ({ instances, tasks }: MarathonApp): boolean => instances > 0 || tasks.length > 0

/**
 * Reports what would go wrong.
 * @param ran the version ran before: check only what depends on the present state
 * @throws RefusedError
 */
export async function judge(
  run: Run,
  definition: Definition,
  before: MarathonApp | undefined,
  ran: boolean,
): Promise<readonly Finding[]> {
  const { cluster } = run
  const agents = await cluster.agents()
  const apps = await patiently(run, () => cluster.marathon.apps(), run.signal)
  const running = new Map<string, number>()
  for (const { host } of before?.tasks ?? []) running.set(host, (running.get(host) ?? 0) + 1)
  const found = findings(definition, {
    slaves: cluster.slaves.length,
    strict: cluster.strict,
    containerizers: cluster.containerizers,
    running,
    apps: apps.filter(isRunning).map((each) => each.definition),
    ids: apps.map(({ id }) => id),
    fronts: cluster.fronts,
    ...(agents ? { agents } : {}),
    ...(run.replaces === undefined ? {} : { replaces: run.replaces.id }),
  })
  const waived = (finding: Finding): Finding => (run.allow.has(finding.name) ? { ...finding, level: 'warn' } : finding)
  const all = found.filter(({ name }) => !ran || NOW.has(name)).map(waived)
  for (const finding of all) run.emit({ event: 'finding', ...finding })
  const refused = all.filter(({ level }) => level === 'refuse')
  if (refused.length > 0)
    throw new RefusedError(refused.map(({ path, message, name }) => `${path}  ${message} (--allow ${name})`).join('\n'))
  return all
}
