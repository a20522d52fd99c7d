import { randomUUID } from 'node:crypto'
import { type Ask, type Reply, text } from '../common/http.ts'
import type { FrameworkInfo } from '../common/proto.ts'
import { disconnected, newFramework, subscribed } from './frameworks.ts'
import { allocate } from './offers.ts'
import { CALLS, type Call } from './scheduler-calls.ts'
import { count, type Framework, type State } from './state.ts'
import { refuse } from './stream.ts'

/** The v1 scheduler API: SUBSCRIBE keeps the connection as a stream of events, all else is answered with 202. */
export function scheduler(state: State, ask: Ask, principal?: string): Reply {
  if (ask.method !== 'POST')
    return { ...text(405, `Expecting one of { 'POST' }, but received '${ask.method}'`), headers: { Allow: 'POST' } }
  if (!state.recovered) return text(503, 'Master has not finished recovery')
  const type = ask.headers['content-type']
  if (type === undefined) return text(400, "Expecting 'Content-Type' to be present")
  if (!type.startsWith('application/json'))
    return text(415, "Expecting 'Content-Type' of application/json or application/x-protobuf")
  const call = parse(ask.body)
  if (typeof call === 'string') return text(400, call)
  if (call.type === 'SUBSCRIBE') return subscribe(state, call, principal)

  const framework = state.frameworks.get(call.framework_id?.value ?? '')
  if (call.framework_id === undefined)
    return text(400, "Failed to validate scheduler::Call: Expecting 'framework_id' to be present")
  if (!framework) return text(400, 'Framework cannot be found')
  if (!framework.stream) return text(403, 'Framework is not subscribed')
  const stream = ask.headers['mesos-stream-id']
  if (stream === undefined) return text(400, "All non-subscribe calls should include the 'Mesos-Stream-Id' header")
  if (stream !== framework.stream.id)
    return text(
      400,
      `The stream ID '${stream}' included in this request didn't match the stream ID currently associated with framework ID '${framework.id}'`,
    )
  const handle = CALLS[call.type]
  if (!handle) return { status: 501 }
  count(state, `call ${framework.id} ${call.type.toLowerCase()}`)
  handle(state, framework, call)
  return { status: 202 }
}

function parse(body: string): Call | string {
  try {
    const call = JSON.parse(body) as Call
    return typeof call.type === 'string' ? call : "Failed to validate scheduler::Call: Expecting 'type' to be present"
  } catch {
    return 'Failed to parse body into JSON: syntax error'
  }
}

function subscribe(state: State, call: Call, principal: string | undefined): Reply {
  const info = call.subscribe?.framework_info
  if (!info) return text(400, "Failed to validate scheduler::Call: Expecting 'subscribe' to be present")
  if (call.framework_id?.value !== info.id?.value)
    return text(400, "Failed to validate scheduler::Call: 'framework_id' differs from 'subscribe.framework_info.id'")
  if (principal !== undefined && info.principal !== undefined && principal !== info.principal)
    return text(
      403,
      `Authenticated principal '${principal}' does not match principal '${info.principal}' set in 'FrameworkInfo'`,
    )
  const id = randomUUID()
  return {
    status: 200,
    headers: { 'Content-Type': 'application/json', 'Mesos-Stream-Id': id },
    stream: (response) => {
      const framework = admit(state, info)
      if (typeof framework === 'string') return refuse(response, framework)
      subscribed(state, framework, info, { id, response })
      state.log.info('master.cpp:2800', `Subscribed framework '${info.name}' (${framework.id})`)
      response.on('close', () => {
        if (framework.stream?.id === id) disconnected(state, framework)
      })
      allocate(state)
    },
  }
}

function admit(state: State, info: FrameworkInfo): Framework | string {
  const id = info.id?.value ?? `${state.info.id}-${String(state.nextFramework++).padStart(4, '0')}`
  if (state.completedFrameworks.some((f) => f.id === id)) return 'Framework has been removed'
  const known = state.frameworks.get(id)
  if (known) return known
  const framework = newFramework(id, info, false)
  state.frameworks.set(id, framework)
  return framework
}
