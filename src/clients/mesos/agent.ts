import { object, text } from '../../lib/json.ts'
import { type Answer, type Dial, http, json, parsed } from '../http.ts'
import { type AgentState, parseAgentState, sandboxOf, taskIdsIn } from './answers.ts'

const askState = (dial: Dial): Promise<Answer> =>
  http(dial, { path: '/state', headers: { Accept: 'application/json' } })
const stateIn = (body: string): unknown => parsed(body, "the agent's answer to /state is not JSON")

/**
 * An agent's attributes and resources, from its own answer; undefined while it recovers, or if it requires a login.
 * @throws Error if it does not answer
 */
export async function agentState(dial: Dial): Promise<AgentState | undefined> {
  const { status, body } = await askState(dial)
  if (status === 503 || status === 404 || status === 401) return undefined
  if (status !== 200) throw new Error(`the agent answered ${status} to /state`)
  return parseAgentState(stateIn(body))
}

/**
 * The id by which an agent says it is known to the masters: empty while it has none, undefined if it requires a login.
 * @throws Error if it does not answer
 */
export async function agentId(dial: Dial): Promise<string | undefined> {
  const { status, body } = await askState(dial)
  if (status === 401 || status === 403) return undefined
  return status === 200 ? text(object(stateIn(body)).id) : ''
}

/**
 * The ids of an agent's tasks that have not ended, from its own answer; undefined while it recovers, or if it requires
 * a login.
 * @throws Error if it does not answer
 */
export async function agentTaskIds(dial: Dial): Promise<readonly string[] | undefined> {
  const { status, body } = await askState(dial)
  return status === 200 ? taskIdsIn(stateIn(body)) : undefined
}

/** What an agent's metrics say; undefined what they do not say. */
export interface AgentMetrics {
  /** How many of its tasks have not ended. */
  readonly tasks: number | undefined
  /** Seconds since its process began. */
  readonly uptime: number | undefined
}

/** Asks an agent for its metrics. An agent that does not answer says nothing. */
export async function agentMetrics(dial: Dial): Promise<AgentMetrics> {
  try {
    const metrics = await json<Readonly<Record<string, number>>>(dial, {
      path: '/metrics/snapshot?timeout=2secs',
      timeout: 3000,
    })
    const of = (state: string): number => metrics[`slave/tasks_${state}`] ?? Number.NaN
    const sum = of('staging') + of('starting') + of('running') + of('killing')
    return { tasks: Number.isNaN(sum) ? undefined : sum, uptime: metrics['slave/uptime_secs'] }
  } catch {
    return { tasks: undefined, uptime: undefined }
  }
}

/** How many of an agent's tasks have not ended, according to its metrics; undefined if they do not say. */
export const agentTasks = async (dial: Dial): Promise<number | undefined> => (await agentMetrics(dial)).tasks

/** How many bytes to read from the end of a task's standard error. */
const TAIL = 4096
/** How many of its lines to keep. */
const LINES = 8

// `docker run` prints this for every container, on kernels that lack a limit.
const NOISE = /^WARNING: Your kernel does not support /

/**
 * The last lines of a task's standard error, or of its standard output if it wrote no errors, as its agent keeps them;
 * empty if it wrote nothing.
 * @throws Error if the agent does not answer
 */
export async function taskWords(dial: Dial, taskId: string): Promise<readonly string[]> {
  const directory = sandboxOf(await json(dial, { path: '/state' }), taskId)
  if (directory === undefined) return []
  const read = (file: string, offset: number, length: number): Promise<{ data?: string; offset?: number }> =>
    json(dial, {
      path: `/files/read?path=${encodeURIComponent(`${directory}/${file}`)}&offset=${offset}&length=${length}`,
    })
  const tail = async (file: string): Promise<readonly string[]> => {
    const { offset: size = 0 } = await read(file, -1, 0)
    const { data = '' } = await read(file, Math.max(0, size - TAIL), TAIL)
    const lines = data.split('\n').map((line) => line.trimEnd())
    return (size > TAIL ? lines.slice(1) : lines).filter((line) => line !== '' && !NOISE.test(line)).slice(-LINES)
  }
  const errors = await tail('stderr')
  return errors.length > 0 ? errors : tail('stdout')
}
