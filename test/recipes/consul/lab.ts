import { Duplex } from 'node:stream'
import { type Change, TransportError } from '../../../src/index.ts'
import type { Net } from '../../../src/model/health.ts'
import type { Step } from '../../../src/model/plan.ts'
import type { Cluster } from '../../../src/model/recipe.ts'
import { withCertificates } from '../../support/certificates.ts'
import { clusterOf, contentsOf } from '../support.ts'

/** Where Consul comes from, in inventories that nobody installs. */
export const SOURCE = {
  zip: 'https://releases.example/consul_1.21.0_linux_amd64.zip',
  sha256: 'a'.repeat(64),
  version: '1.21.0',
}
const certificates = withCertificates({ after: (clean) => process.once('exit', clean) })
/** What the secrets of these inventories stand for. */
export const SECRETS: Readonly<Record<string, string>> = {
  'env:KEY': 'x7qmS0wBw3kfXk0LxqVbW2QkYx1p4hQK2o0nJm1n5uA=',
  'env:CA': certificates.read('ca.crt'),
  'env:CERT': certificates.read('consul.crt'),
  'env:CERT_KEY': certificates.read('consul.key'),
  'env:OTHER_CA': certificates.read('root.crt'),
  'env:OTHER_CERT': certificates.read('api.crt'),
  'env:OTHER_KEY': certificates.read('api.key'),
  'env:OLD_CA': certificates.read('old.crt'),
  'env:EXPIRED': certificates.read('expired.crt'),
  'env:EXPIRED_KEY': certificates.read('www.key'),
  'env:MANAGEMENT': '11111111-1111-1111-1111-111111111111',
  'env:AGENT': '22222222-2222-2222-2222-222222222222',
}

/** Servers s-1, s-2, … at 10.0.0.11, 10.0.0.12, … and clients c-1, … at 10.0.0.51, …, with these variables. */
export function lab(servers: number, clients: number, vars: object = {}, more: { server?: object } = {}): Cluster {
  const hosts = (letter: string, from: number, count: number, role: string) =>
    Array.from(
      { length: count },
      (_, i) => [`${letter}-${i + 1}`, { address: `10.0.0.${from + i}`, roles: [role] }] as const,
    )
  return clusterOf(
    {
      vars: { consul: { source: SOURCE, datacenter: 'lab', ...vars } },
      roles: {
        'consul-server': { vars: { consul: more.server ?? {} } },
      },
      hosts: Object.fromEntries([
        ...hosts('s', 11, servers, 'consul-server'),
        ...hosts('c', 51, clients, 'consul-client'),
      ]),
    },
    (reference) => SECRETS[reference] ?? 'not there',
  )
}
/** Three servers and a client with every secret. */
export const secure = () =>
  lab(
    3,
    1,
    { encrypt: 'env:KEY', tls: { ca: 'env:CA' }, acl: { tokens: { agent: 'env:AGENT' } } },
    {
      server: {
        tls: { ca: 'env:CA', cert: 'env:CERT', key: 'env:CERT_KEY' },
        acl: { tokens: { agent: 'env:AGENT', initialManagement: 'env:MANAGEMENT' } },
      },
    },
  )

/** An answer that is an error, with what it says. */
export class Failed {
  readonly status: number
  readonly body: string
  constructor(status: number, body: string) {
    this.status = status
    this.body = body
  }
}

/** The status and the body of an answer; a number is a status. */
function response(answer: unknown): readonly [status: number, body: string] {
  if (answer instanceof Failed) return [answer.status, answer.body]
  if (typeof answer === 'number') return [answer, 'no']
  return answer === undefined ? [404, ''] : [200, JSON.stringify(answer)]
}

/** Answers of an agent, by path; what is not there is a 404. The rest of the network refuses, but for `open` ports. */
export function agent(
  answers: Readonly<Record<string, unknown>> | undefined,
  { open = [], reads = '' }: { open?: readonly string[]; reads?: string } = {},
): Net {
  return {
    read: async () => reads,
    async dial(address, port) {
      const at = `${address}:${port}`
      if (open.includes(at)) return new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() })
      if (at !== '127.0.0.1:8500' || answers === undefined)
        throw new TransportError('refused', `${at} refused the connection`)
      return new Duplex({
        read() {},
        write(chunk, _encoding, done) {
          const path = /^\w+ (\S+)/.exec(String(chunk))?.[1] ?? ''
          const [status, body] = response(answers[path])
          this.push(
            `HTTP/1.1 ${status} x\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
          )
          this.push(null)
          done()
        },
      })
    },
  }
}

/** Steps of a plan, by what their only change says. */
export const steps = (
  ...all: readonly (readonly [type: string, name: string, said: string | Partial<Change>, diff?: string])[]
): readonly Step[] =>
  all.map(([type, name, said, diff]) => ({
    resource: `${type} ${name}`,
    type,
    name,
    changes: [
      {
        action: 'update',
        ...(typeof said === 'string' ? { text: said } : said),
        ...(diff === undefined ? {} : { diff }),
      },
    ],
    ...(diff === undefined ? {} : { contents: contentsOf(diff) }),
  }))
