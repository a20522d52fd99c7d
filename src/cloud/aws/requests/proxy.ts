import { request } from 'node:http'
import { Agent, type AgentOptions, type RequestOptions, request as requestByTls } from 'node:https'
import type { Socket } from 'node:net'
import { type Duplex, PassThrough } from 'node:stream'
import { compact } from '../../../lib/compact.ts'
import type { CloudAccount } from '../../../model/cloud.ts'
import type * as Sdk from '../sdk.ts'

type Env = Readonly<Record<string, string | undefined>>

/** How many milliseconds a proxy may take to connect. */
const PATIENCE = 20_000

/** Does an entry of NO_PROXY name this host? `.example.com` and `example.com` also name the hosts below it. */
function names(entry: string, host: string): boolean {
  const bare = entry.replace(/:\d+$/, '').replace(/^\*?\./, '')
  return entry === '*' || (bare !== '' && (host === bare || host.endsWith(`.${bare}`)))
}

/** The proxy for HTTPS requests to a host, from HTTPS_PROXY and NO_PROXY; undefined if there is none. Pure. */
export function proxyFor(host: string, { HTTPS_PROXY, NO_PROXY, ...env }: Env): URL | undefined {
  const { https_proxy: proxy = HTTPS_PROXY, no_proxy: except = NO_PROXY } = env
  if (!proxy || (except ?? '').split(/[\s,]+/).some((entry) => names(entry, host))) return undefined
  try {
    return new URL(proxy.includes('://') ? proxy : `http://${proxy}`)
  } catch {
    return undefined
  }
}

/** A proxy refuses to connect. Has a code as errors of the system have. */
class ProxyError extends Error {
  readonly code = 'EPROXY'
}

/** Opens a tunnel to `HOST:PORT`. */
function through(proxy: URL, target: string, done: (error: Error | undefined, tunnel?: Socket) => void): void {
  const byTls = proxy.protocol === 'https:'
  const who = decodeURIComponent(`${proxy.username}:${proxy.password}`)
  const login = who === ':' ? {} : { 'proxy-authorization': `Basic ${Buffer.from(who).toString('base64')}` }
  const asked = (byTls ? requestByTls : request)({
    host: proxy.hostname,
    port: proxy.port || (byTls ? 443 : 80),
    method: 'CONNECT',
    path: target,
    headers: { host: target, ...login },
    agent: false,
  })
  asked.setTimeout(PATIENCE, () => asked.destroy(new ProxyError(`the proxy ${proxy.host} did not answer`)))
  asked.once('error', done)
  asked.once('connect', (answer, socket) => {
    asked.setTimeout(0)
    if (answer.statusCode === 200) return done(undefined, socket)
    socket.destroy()
    done(new ProxyError(`the proxy ${proxy.host} answered ${answer.statusCode} ${answer.statusMessage}`))
  })
  asked.end()
}

/** Connects through the proxy that the environment names, if it names one. */
export class ProxyAgent extends Agent {
  readonly #env: Env

  constructor(env: Env, options: AgentOptions = {}) {
    super({ keepAlive: true, maxSockets: 50, ...options })
    this.#env = env
  }

  override createConnection(wanted: RequestOptions, done?: (error: Error | null, stream: Duplex) => void) {
    const { host, port = 443 } = wanted
    const proxy = proxyFor(host ?? '', this.#env)
    if (!proxy || !host) return super.createConnection(wanted, done)
    through(proxy, `${host}:${port}`, (error, socket) => {
      const within = { ...wanted, socket }
      const secure = socket && super.createConnection(within)
      done?.(error ?? null, secure ?? new PassThrough())
    })
    return undefined
  }
}

/** What every client of a service of AWS is made with. */
export interface ClientSettings {
  readonly maxAttempts: number
  readonly requestHandler: { readonly httpsAgent: Agent }
  readonly credentialDefaultProvider: Sdk.EC2Client['config']['credentialDefaultProvider']
  readonly region?: string
  readonly profile?: string
}

/** The settings of all clients of AWS's services. Logins are asked for the same way: single sign-on would not be. */
export function clientSettings(
  sdk: Pick<typeof Sdk, 'EC2Client'>,
  { region, profile }: CloudAccount,
  env: Env,
): ClientSettings {
  const requestHandler = { httpsAgent: new ProxyAgent(env) }
  const settings = { maxAttempts: 6, requestHandler, ...compact({ region, profile }) }
  const { credentialDefaultProvider: usual } = new sdk.EC2Client(settings).config
  return {
    ...settings,
    credentialDefaultProvider: (given: object) => usual({ ...given, clientConfig: { requestHandler } }),
  }
}
