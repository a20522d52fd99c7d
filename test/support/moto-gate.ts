import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Test } from 'uvu'

/** What moto knows nothing of, and the gate answers itself to whom moto lets ask. */
const OWN = /(?:^|&)Action=(CompleteLifecycleAction|RecordLifecycleActionHeartbeat)(?:&|$)/

/** What was asked of lifecycle actions, and in which state members of groups are said to be, by their ids. */
export interface Gate {
  readonly url: string
  readonly actions: URLSearchParams[]
  readonly states: Map<string, string>
}

/** A member's state in what moto says of groups, where it always is in service. */
const restated = (xml: string, states: ReadonlyMap<string, string>): string =>
  xml.replace(/<member>(?:(?!<\/member>).)*?<InstanceId>([^<]+)<\/InstanceId>.*?<\/member>/gs, (member, id: string) =>
    member.replace(
      /<LifecycleState>[^<]*/,
      (whole: string) => `<LifecycleState>${states.get(id) ?? whole.slice('<LifecycleState>'.length)}`,
    ),
  )

/** Asks moto the same. */
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

/** Who waits for nothing is told so, as AWS does it: completed twice, or too late. */
const idle = (id: string): string =>
  `<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code><Message>No active Lifecycle Action found with instance ID ${id}</Message></Error></ErrorResponse>`

/** A lifecycle action: only of a member that waits, which goes on when it is completed. */
function act(action: string, words: URLSearchParams, states: Map<string, string>): readonly [number, string] {
  const id = words.get('InstanceId') ?? ''
  const state = states.get(id) ?? ''
  if (!state.endsWith(':Wait')) return [400, idle(id)]
  if (action === 'CompleteLifecycleAction') states.set(id, state.replace(':Wait', ':Proceed'))
  return [200, `<${action}Response><${action}Result/></${action}Response>`]
}

/** A stand-in for what moto lacks of auto-scaling groups, in front of it: lifecycle states and actions. */
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
  server.unref() // where there is no moto, nothing ends the suite
  test.after(() => {
    server.close()
    server.closeAllConnections()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, actions, states }
}
