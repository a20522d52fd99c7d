import { list, object, text } from '../lib/json.ts'
import { type Dial, http } from './http.ts'
import type { Definition, MarathonTask } from './marathon-answers.ts'

/** A health check in a form that another machine can repeat. */
export interface Question {
  readonly port: number
  /** Absent: a successful connection is the answer. */
  readonly path?: string
}

/** A task's check in a form that another machine can repeat: over HTTP or TCP, at a port of the task's host. */
export function questionOf(definition: Definition, { ports }: Pick<MarathonTask, 'ports'>): Question | undefined {
  for (const each of list(definition.healthChecks).map(object)) {
    const protocol = text(each.protocol) || 'HTTP'
    // Mesos means the container's port; if there are several, it lists the first
    const port = protocol === 'HTTP' || protocol === 'TCP' ? each.port : undefined
    const index = each.port === undefined || each.port === null ? Number(each.portIndex ?? 0) : -1
    const at = typeof port === 'number' ? port : ports[index]
    if (at === undefined || at === 0) continue
    if (/^(MESOS_)?HTTP$/.test(protocol)) return { port: at, path: text(each.path) || '/' }
    if (/^(MESOS_)?TCP$/.test(protocol)) return { port: at }
  }
  return undefined
}

/** Milliseconds: an app that takes longer has not answered. */
const PATIENCE = 3000

/**
 * A task's answer to its own check: a status of 200 to 399 is healthy, as for Mesos and Marathon; `undefined` if there
 * was no answer.
 */
export async function ownAnswer(dial: Dial, { port, path }: Question): Promise<boolean | undefined> {
  try {
    if (path === undefined) {
      ;(await dial()).destroy()
      return true
    }
    const { status } = await http(dial, { path, host: `127.0.0.1:${port}`, timeout: PATIENCE })
    return status >= 200 && status <= 399
  } catch (error) {
    return object(error).failure === 'refused' ? false : undefined
  }
}
