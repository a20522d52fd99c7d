import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Test } from 'uvu'

/** Actions that moto lacks: the gate answers them itself after moto has accepted the login. */
const OWN = /(?:^|&)Action=(CompleteLifecycleAction|RecordLifecycleActionHeartbeat)(?:&|$)/

/** The lifecycle actions requested, and the states of group members to report, by id. */
export interface Gate {
  readonly url: string
  readonly actions: URLSearchParams[]
  readonly states: Map<string, string>
}

/** Replaces a member's state in moto's description of groups, where it is always in service. */
const restated = (xml: string, states: ReadonlyMap<string, string>): string =>
  xml.replace(/<member>(?:(?!<\/member>).)*?<InstanceId>([^<]+)<\/InstanceId>.*?<\/member>/gs, (member, id: string) =>
    member.replace(
      /<LifecycleState>[^<]*/,
      (whole: string) => `<LifecycleState>${states.get(id) ?? whole.slice('<LifecycleState>'.length)}`,
    ),
  )

/** Forwards the request to moto. */
function forward(
  to: string,
  { method, url, headers }: IncomingMessage,
  body: string,
): Promise<[number, string, string]> {
  const { hostname, port } = new URL(to)
  return new Promise((resolve, reject) => {
    const asked = request({ hostname, port, method, path: url, headers, agent: false }, (answer) => {
      const type = answer.headers['content-type'] ?? 'text/xml'
      text(answer).then((said) => resolve([answer.statusCode ?? 500, type, said]), reject)
    })
    asked.on('error', reject).end(body)
  })
}

/** AWS's answer for a member that waits for nothing: a second completion, or a late one. */
const idle = (id: string): string =>
  `<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code><Message>No active Lifecycle Action found with instance ID ${id}</Message></Error></ErrorResponse>`

/** A lifecycle action: only for a waiting member, which proceeds when the action is completed. */
function act(action: string, words: URLSearchParams, states: Map<string, string>): readonly [number, string] {
  const id = words.get('InstanceId') ?? ''
  const state = states.get(id) ?? ''
  if (!state.endsWith(':Wait')) return [400, idle(id)]
  if (action === 'CompleteLifecycleAction') states.set(id, state.replace(':Wait', ':Proceed'))
  return [200, `<${action}Response><${action}Result/></${action}Response>`]
}

/** A proxy in front of moto with the parts of auto-scaling groups that moto lacks: lifecycle states and actions. */
export async function gateBefore(test: Test<unknown>, moto: string): Promise<Gate> {
  const actions: URLSearchParams[] = []
  const states = new Map<string, string>()
  const answer = async (asked: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await text(asked)
    const [status, type, said] = await forward(moto, asked, body)
    const [, action] = OWN.exec(body) ?? []
    if (action === undefined || status === 403)
      return void response.writeHead(status, { 'content-type': type }).end(restated(said, states))
    const words = new URLSearchParams(body)
    actions.push(words)
    const [code, answer] = act(action, words, states)
    response.writeHead(code, { 'content-type': type }).end(answer)
  }
  const server = createServer((asked, response) => {
    answer(asked, response).catch((error: Error) => response.writeHead(500).end(error.message))
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  server.unref() // without moto, nothing would close it
  test.after(() => {
    server.close()
    server.closeAllConnections()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, actions, states }
}
