import { type Dial, json } from '../clients/http.ts'

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

// `docker run` says it of every container, on kernels that cannot limit something.
const NOISE = /^WARNING: Your kernel does not support /

/**
 * The last lines of a task's standard error, as its agent keeps them, or where it wrote none, of its standard output;
 * none where there are none. @throws Error where the agent does not answer
 */
export async function lastWords(dial: Dial, taskId: string): Promise<readonly string[]> {
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
