import { get } from 'node:http'

/** A slave, by the address of its HAProxy. */
export interface Slave {
  readonly name: string
  readonly address: string
}

/** Who answered one slave's HAProxy, how often. */
export interface Answered {
  readonly slave: Slave
  /** The answering task, `instance-UUID`'s first eight characters; what was said, where that was no task. */
  readonly task: string
  /** Slaves in whose `docker ps` it is. */
  readonly runsOn: readonly string[]
  readonly times: number
}

/** A task in few characters. */
export const short = (task: string): string => /instance-([0-9a-f]{8})/.exec(task)?.[1] ?? task

/**
 * Who answered, by slave and task; a container that answered nothing has a row as well. Pure.
 * @param answers what each slave's HAProxy was answered, by its name
 * @param containers the tasks of the containers on each slave, by its name
 */
export function tally(
  slaves: readonly Slave[],
  answers: ReadonlyMap<string, readonly string[]>,
  containers: ReadonlyMap<string, readonly string[]>,
): readonly Answered[] {
  return slaves.flatMap((slave) => {
    const times = new Map((containers.get(slave.name) ?? []).map((task) => [task, 0]))
    for (const text of answers.get(slave.name) ?? []) {
      const task = /^hello \S+ task (\S+) on /.exec(text)?.[1] ?? text.trim()
      times.set(task, (times.get(task) ?? 0) + 1)
    }
    const runsOn = (task: string) =>
      slaves.filter(({ name }) => containers.get(name)?.includes(task)).map(({ name }) => name)
    return [...times].map(([task, n]) => ({ slave, task: short(task), runsOn: runsOn(task), times: n }))
  })
}

/** Does every slave have a container, each of which answered, and did nobody else answer? */
export const isLocal = (slaves: readonly Slave[], rows: readonly Answered[]): boolean =>
  slaves.every(({ name }) => rows.some(({ slave }) => slave.name === name)) &&
  rows.every(({ slave, runsOn, times }) => times > 0 && runsOn.join() === slave.name)

/** Containers' tasks by host, from lines of `provision exec`: `slave-1  MESOS_TASK_ID=…`. */
export function containersIn(lines: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>()
  for (const line of lines) {
    const [, host, task] = /^(\S+) +MESOS_TASK_ID=(\S+)$/.exec(line) ?? []
    if (host !== undefined && task !== undefined) found.set(host, [...(found.get(host) ?? []), task])
  }
  return found
}

/** One GET: what was answered, or what went wrong. */
const ask = (url: string): Promise<string> =>
  new Promise((resolve) => {
    get(url, { agent: false, timeout: 5000 }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () => resolve(response.statusCode === 200 ? text : `status ${response.statusCode}`))
    })
      .on('timeout', function (this: { destroy(error: Error): void }) {
        this.destroy(new Error('no answer in 5 s'))
      })
      .on('error', (error) => resolve(error.message))
  })

/** Asks a URL again and again, each time over a new connection. */
export async function askTimes(url: string, times: number): Promise<readonly string[]> {
  const answers: string[] = []
  while (answers.length < times) answers.push(await ask(url))
  return answers
}
