import type { ServerResponse } from 'node:http'
import type { TaskStatus } from '../common/proto.ts'
import { record } from '../common/recordio.ts'
import { count, type Framework, type State, type Stream } from './state.ts'

/** Seconds between heartbeats on a framework's stream. */
const HEARTBEAT = 15

/** Sends a framework an event; where it is disconnected the event is lost, as in Mesos. */
export function tell(
  state: State,
  framework: Framework,
  event: { readonly type: string; readonly [name: string]: unknown },
): void {
  if (!framework.stream) return
  count(state, `event ${framework.id} ${event.type.toLowerCase()}`)
  framework.stream.response.write(record(event))
}

export const update = (state: State, framework: Framework, status: TaskStatus): void =>
  tell(state, framework, { type: 'UPDATE', update: { status } })

/** Begins a framework's stream with SUBSCRIBED, and keeps it with heartbeats. */
export function openStream(state: State, framework: Framework, stream: Stream): void {
  framework.stream = stream
  tell(state, framework, {
    type: 'SUBSCRIBED',
    subscribed: {
      framework_id: { value: framework.id },
      heartbeat_interval_seconds: HEARTBEAT,
      master_info: state.info,
    },
  })
  tell(state, framework, { type: 'HEARTBEAT' })
  framework.heartbeat = setInterval(() => tell(state, framework, { type: 'HEARTBEAT' }), HEARTBEAT * 1000)
}

/** Ends a framework's stream, with a word where there is one to say. */
export function closeStream(state: State, framework: Framework, message?: string): void {
  if (message !== undefined) tell(state, framework, { type: 'ERROR', error: { message } })
  clearInterval(framework.heartbeat)
  framework.stream?.response.end()
  delete framework.stream
}

/** A stream that says one error and ends: what a framework gets that may not subscribe. */
export const refuse = (response: ServerResponse, message: string): void => {
  response.end(record({ type: 'ERROR', error: { message } }))
}
