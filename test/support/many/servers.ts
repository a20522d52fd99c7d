import { request } from 'node:http'
import type { SandboxHost } from '../../../src/sandbox/index.ts'
import { until } from '../until.ts'

/** A task's server: its port, the name that it answers with, and the status. */
export interface Server {
  readonly port: number
  readonly name: string
  readonly status?: number
}

const CONTROL = 30_999

/**
 * A program: servers that begin and end as they are told. One that ends finishes its requests, and refuses connections
 * from then on. Each answers with its name and the request's host name.
 */
const PROGRAM = `
import { createServer } from 'node:http'
const servers = new Map()
const begin = ({ port, name, status = 200 }) => new Promise((resolve) => {
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(status).end(name + ' for ' + request.headers.host + '\\n'))
  })
  server.keepAliveTimeout = 120_000
  servers.set(port, server)
  server.listen(port, resolve)
})
const end = ({ port }) => {
  const server = servers.get(port)
  servers.delete(port)
  server?.close()
  server?.closeIdleConnections()
}
createServer(async (request, response) => {
  let text = ''
  for await (const piece of request) text += piece
  await Promise.all(JSON.parse(text).map(request.method === 'PUT' ? begin : end))
  response.end()
}).listen(${CONTROL})
`

/** The servers of a host. */
export interface Servers {
  begin(servers: readonly Server[]): Promise<void>
  end(servers: readonly Pick<Server, 'port'>[]): Promise<void>
}

/** Starts a host's program. */
export async function serversOn(host: SandboxHost): Promise<Servers> {
  const { code, stderr } = await host.sh(
    'cat >/srv/servers.mjs; systemd-run -q --unit=servers -p LimitNOFILE=100000 node /srv/servers.mjs',
    PROGRAM,
  )
  if (code !== 0) throw new Error(stderr)
  const tell = (method: 'PUT' | 'DELETE', servers: readonly object[]): Promise<void> =>
    new Promise((resolve, reject) => {
      const text = JSON.stringify(servers)
      const headers = { 'Content-Length': Buffer.byteLength(text) }
      const asked = request({ host: host.address, port: CONTROL, method, headers, agent: false }, (answer) =>
        answer.resume().on('end', () => resolve()),
      )
      asked.on('error', reject).end(text)
    })
  await until('its program listens', () =>
    tell('PUT', []).then(
      () => true,
      () => false,
    ),
  )
  return { begin: (servers) => tell('PUT', servers), end: (servers) => tell('DELETE', servers) }
}
