import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Test } from 'uvu'

/** What moto knows nothing of, and the gate answers itself to whom moto lets ask. */
const OWN = /(?:^|&)Action=(CompleteLifecycleAction|RecordLifecycleActionHeartbeat)(?:&|$)/

/** What was asked of lifecycle actions, and in which state members of groups are said to be, by their ids. */
export interface Gate {
  readonly url: string
  readonly actions: readonly URLSearchParams[]
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

/** A stand-in for what moto lacks of auto-scaling groups, in front of it: lifecycle states and actions. */
export async function gateBefore(test: Test<unknown>, moto: string): Promise<Gate> {
  const actions: URLSearchParams[] = []
  const states = new Map<string, string>()
  const answer = async (asked: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await text(asked)
    const [status, type, said] = await forward(moto, asked, body)
    const [, action] = OWN.exec(body) ?? []
    const isOwn = action !== undefined && status !== 403
    if (isOwn) actions.push(new URLSearchParams(body))
    response.writeHead(isOwn ? 200 : status, { 'content-type': type })
    response.end(isOwn ? `<${action}Response><${action}Result/></${action}Response>` : restated(said, states))
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
