/** Clients of a public site: TLS requests, the PROXY protocol, WebSockets, slow streams. */
import { type IncomingHttpHeaders, request as plainRequest } from 'node:http'
import { request as tlsRequest } from 'node:https'
import { connect } from 'node:net'
import { type TLSSocket, connect as tlsConnect } from 'node:tls'

/** An answer, with the name and serial number of the server's certificate. */
export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly certificate: string
}

const certificateOf = (socket: TLSSocket | object): string => {
  if (!('getPeerCertificate' in socket)) return ''
  const { subject, serialNumber } = socket.getPeerCertificate()
  return `${subject.CN} ${serialNumber}`
}

/** A WebSocket over TLS: the messages received, and its age in seconds. */
function webSocketTo(host: string, ca: string, path: string) {
  const began = performance.now()
  const socket = tlsConnect({ port: 443, host, servername: 'www.example.com', ca })
  const heard: string[] = []
  let ended: number | undefined
  const end = (): void => {
    ended ??= (performance.now() - began) / 1000
  }
  socket.on('error', end).on('close', end)
  socket.setEncoding('utf8').on('data', (text: string) => heard.push(text))
  socket.write(
    `GET ${path} HTTP/1.1\r\nHost: www.example.com\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n`,
  )
  return {
    heard,
    /** After how many seconds the other side closed it. */
    get ended() {
      return ended
    },
    close: () => socket.destroy(),
  }
}

/** Clients of the site at an address, which trust one CA. */
export function clientOf(address: string, ca: string) {
  const answer = (how: typeof plainRequest | typeof tlsRequest, options: object): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const asked = how({ host: address, agent: false, timeout: 60_000, ...options }, (response) => {
        const certificate = certificateOf(response.socket)
        let body = ''
        response.setEncoding('utf8').on('data', (chunk: string) => {
          body += chunk
        })
        response.on('error', reject).on('end', () => {
          const { statusCode: status = 0, headers } = response
          resolve({ status, headers, body, certificate })
        })
      })
      asked.on('timeout', () => asked.destroy(new Error('no answer within 60 s')))
      asked.on('error', reject).end()
    })
  return {
    /** Sends a TLS request with a server name. */
    tls: (path: string, headers: Record<string, string> = {}, name = 'www.example.com'): Promise<Answer> =>
      answer(tlsRequest, { port: 443, path, servername: name, ca, headers: { Host: name, ...headers } }),
    plain: (path: string, headers: Record<string, string> = {}, port = 80): Promise<Answer> =>
      answer(plainRequest, { port, path, headers: { Host: 'www.example.com', ...headers } }),

    /** Sends these bytes and then a request over TCP; returns the answer. */
    says: (head: Buffer | string, path: string, port = 80): Promise<string> =>
      new Promise((resolve) => {
        const socket = connect(port, address)
        let got = ''
        socket.on('data', (chunk) => {
          got += chunk
        })
        socket.on('error', () => resolve(got)).on('close', () => resolve(got))
        socket.write(head)
        socket.write(`GET ${path} HTTP/1.1\r\nHost: www.example.com\r\nConnection: close\r\n\r\n`)
      }),

    webSocket: (path: string) => webSocketTo(address, ca, path),
  }
}

/** A client of a TCP echo service. */
export interface Talk {
  /** Sends a word. @returns the answer's line; `closed` if the connection has ended */
  say(word: string): Promise<string>
  close(): void
}

/** Connects to a TCP service; `refused` if nothing listens. */
export const talkTo = (address: string, port: number): Promise<Talk | 'refused'> =>
  new Promise((resolve) => {
    const socket = connect(port, address)
    let rest = ''
    let closed = false
    let heard = (): void => undefined
    socket.setEncoding('utf8').on('data', (text: string) => {
      rest += text
      if (rest.includes('\n')) heard()
    })
    socket
      .on('error', () => resolve('refused'))
      .on('close', () => {
        closed = true
        heard()
      })
    const say = async (word: string): Promise<string> => {
      const next = new Promise<void>((done) => {
        heard = done
      })
      socket.write(`${word}\n`)
      if (!closed) await next
      const [line = '', ...more] = rest.split('\n')
      rest = more.join('\n')
      return more.length === 0 ? 'closed' : line
    }
    socket.on('connect', () => resolve({ say, close: () => socket.destroy() }))
  })

/** A program, `PORT NAME`: sends its name and echoes what it receives, line by line. */
export const ECHO = `
import { createServer } from 'node:net'
const [, , port, name] = process.argv
createServer((socket) => socket.on('error', () => {}).on('data', (word) => socket.write(name + ' ' + word))).listen(Number(port), '::')
`

/** Heads of the PROXY protocol for a client 203.0.113.9: version 1, version 2, and that of an NLB's health check. */
export const PROXY = {
  v1: 'PROXY TCP4 203.0.113.9 10.0.0.1 51000 80\r\n',
  v2: Buffer.concat([
    Buffer.from('0d0a0d0a000d0a515549540a', 'hex'),
    Buffer.from([0x21, 0x11, 0, 12, 203, 0, 113, 9, 10, 0, 0, 1, 0xc7, 0x38, 0, 80]),
  ]),
  check: Buffer.concat([
    Buffer.from('0d0a0d0a000d0a515549540a20000054030004bce5951f04004a', 'hex'),
    Buffer.alloc(0x54 - 10),
  ]),
} as const

/**
 * A load balancer that speaks the PROXY protocol: a second HAProxy, in its own network, on a host that has one. At
 * 10.99.0.2, port 8001 sends version 1, 8002 version 2, 8003 version 2 to TLS; connections to 8004 are forwarded from
 * 10.99.0.3.
 */
export const SENDER = `set -e
ip netns add nlb
ip link add nlb0 type veth peer name nlb1 netns nlb
ip address add 10.99.0.1/24 dev nlb0
ip link set nlb0 up
for address in 10.99.0.2 10.99.0.3; do nsenter --net=/run/netns/nlb ip address add "$address/24" dev nlb1; done
nsenter --net=/run/netns/nlb ip link set nlb1 up
sends() { printf 'listen to%s\\n bind :%s\\n mode tcp\\n server site 10.99.0.1:%s\\n' "$1" "$1" "$2"; }
{
  printf 'defaults\\n timeout client 60s\\n timeout server 60s\\n timeout connect 60s\\n'
  sends 8001 '80 send-proxy'
  sends 8002 '80 send-proxy-v2'
  sends 8003 '443 send-proxy-v2'
  sends 8004 '80 send-proxy-v2 source 10.99.0.3'
} >/root/nlb.cfg
systemd-run -q --unit=nlb -p NetworkNamespacePath=/run/netns/nlb haproxy -db -f /root/nlb.cfg
`

/**
 * A program, `PORT NAME`: answers with the request (after `?wait=` milliseconds); `/slow` arrives in 20 pieces,
 * `/upload` is counted, `/talks` and `/silent` become tunnels that send every half second, or never.
 */
export const APP = `
import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
const [, , port, name] = process.argv
const server = createServer((request, response) => {
  const url = new URL(request.url, 'http://x')
  if (url.pathname === '/slow') {
    let left = 20
    const timer = setInterval(() => {
      response.write('piece ' + left + '\\n')
      if (--left > 0) return
      clearInterval(timer)
      response.end()
    }, Number(url.searchParams.get('every')))
    return
  }
  if (url.pathname === '/upload') {
    let size = 0
    request.on('data', (piece) => { size += piece.length }).on('end', () => response.end(size + '\\n'))
    return
  }
  setTimeout(() => {
    response.setHeader('Content-Type', 'application/json')
    response.end(JSON.stringify({ name, headers: request.headers, padding: 'x'.repeat(2000) }))
  }, Number(url.searchParams.get('wait') ?? 0))
})
server.on('upgrade', (request, socket) => {
  const accept = createHash('sha1').update(request.headers['sec-websocket-key'] + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11').digest('base64')
  socket.write('HTTP/1.1 101 Switching Protocols\\r\\nConnection: Upgrade\\r\\nUpgrade: websocket\\r\\nSec-WebSocket-Accept: ' + accept + '\\r\\n\\r\\n')
  const talks = request.url === '/talks' ? setInterval(() => socket.write('ping\\n'), 500) : undefined
  socket.on('error', () => {}).on('close', () => clearInterval(talks)).resume()
})
server.listen(Number(port), '::')
`
