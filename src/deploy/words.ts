import { type Dial, json } from '../cluster/http.ts'

/** Bytes of a task's standard error that are read, from its end. */
const TAIL = 4096
/** Lines that are kept of them. */
const LINES = 8

interface Executor {
  readonly id?: string
  readonly directory?: string
}
interface Framework {
  readonly executors?: readonly Executor[]
  readonly completed_executors?: readonly Executor[]
}

/** Where an agent keeps a task's sandbox, from its `/state`: of several runs the last one. */
export function sandboxOf(state: unknown, taskId: string): string | undefined {
  const { frameworks = [], completed_frameworks: completed = [] } = state as {
    frameworks?: readonly Framework[]
    completed_frameworks?: readonly Framework[]
  }
  const executors = [...frameworks, ...completed].flatMap((framework) => [
    ...(framework.executors ?? []),
    ...(framework.completed_executors ?? []),
  ])
  return executors.find(({ id }) => id === taskId)?.directory
}

/** The last lines of a task's standard error, as its agent keeps them; none where there are none. @throws Error where the agent does not answer */
export async function lastWords(dial: Dial, taskId: string): Promise<readonly string[]> {
  const directory = sandboxOf(await json(dial, { path: '/state' }), taskId)
  if (directory === undefined) return []
  const read = (offset: number, length: number): Promise<{ data?: string; offset?: number }> =>
    json(dial, { path: `/files/read?path=${encodeURIComponent(`${directory}/stderr`)}&offset=${offset}&length=${length}` })
  const { offset: size = 0 } = await read(-1, 0)
  const { data = '' } = await read(Math.max(0, size - TAIL), TAIL)
  const lines = data.split('\n').map((line) => line.trimEnd())
  return (size > TAIL ? lines.slice(1) : lines).filter((line) => line !== '').slice(-LINES)
}
