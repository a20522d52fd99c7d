import { rows } from '../../src/cli/kit/table.ts'
import type { HostResult, RunEvent } from '../../src/index.ts'
import { count, lookOf } from '../../src/report/index.ts'
import { asked, unlessStopped } from './command.ts'
import { PARTS_JSON } from './files.ts'
import { askTimes, containersIn, isLocal, type Slave, tally } from './proof.ts'
import { bold, DemoEnd, say } from './say.ts'

const table = (heading: readonly string[], cells: readonly (readonly string[])[]): void => {
  for (const line of rows(heading, cells, lookOf(process.stdout, process.env))) say(line)
}

const TIMES = 200
/** The Mesos tasks whose containers run on a host, as Docker itself says. */
const CONTAINERS = "docker ps -q | xargs -r docker inspect -f '{{.Config.Env}}' | grep -o 'MESOS_TASK_ID=[^] ]*'"

/**
 * Asks each slave's HAProxy, and shows that only containers of that very slave answered. @throws DemoEnd where others
 * did, or none
 */
export async function showLocal(slaves: readonly Slave[]): Promise<void> {
  const { lines } = await asked('exec', '--role', 'mesos-slave', '--', 'sh', '-c', CONTAINERS)
  const containers = containersIn(lines)
  for (const { name } of slaves) say(`${name}  ${count(containers.get(name)?.length ?? 0, 'container')} of the app`)
  say()
  say(bold(`${TIMES} requests to each slave's HAProxy, each over a new connection`))
  const answers = new Map<string, readonly string[]>()
  for (const { name, address } of slaves) {
    unlessStopped()
    answers.set(name, await askTimes(`http://${address}/`, TIMES))
  }
  const who = tally(slaves, answers, containers)
  const heading = ['HAProxy of', 'asked', 'answered by task', 'a container of', 'requests']
  table(
    heading,
    who.map(({ slave, task, runsOn, times }) => [
      slave.name,
      `http://${slave.address}/`,
      task,
      runsOn.join(', ') || 'none',
      `${times} of ${TIMES}`,
    ]),
  )
  if (!isLocal(slaves, who))
    throw new DemoEnd('A slave was answered for by others than its own containers, or not by all of those.')
  say('Each slave answered from its own containers only.')
}

/** A second run: every host in sync, for one exec. @throws DemoEnd where that does not hold */
export async function showInSync(): Promise<void> {
  const { code, lines } = await asked('-e', `@${PARTS_JSON}`, '--json')
  const events = lines.map((line) => JSON.parse(line) as RunEvent)
  const hosts = events.flatMap((event): HostResult[] => (event.event === 'host' ? [event] : []))
  hosts.sort((a, b) => a.host.localeCompare(b.host))
  table(
    ['host', 'outcome', 'execs', 'bytes up', 'down', 'ms'],
    hosts.map(({ host, outcome, ms, cost }) =>
      [host, outcome === 'in-sync' ? 'in sync' : outcome, cost.execs, cost.bytesUp, cost.bytesDown, Math.round(ms)].map(
        String,
      ),
    ),
  )
  if (code !== 0 || hosts.length === 0 || hosts.some(({ outcome }) => outcome !== 'in-sync'))
    throw new DemoEnd('The second run did not find every host in sync; what it found is above.')
  if (hosts.some(({ cost }) => cost.execs !== 1)) throw new DemoEnd('A host that was in sync took more than one exec.')
}
