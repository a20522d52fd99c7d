import { AS_USERS, type HaproxyBackend, hold, http, type Net } from '../../src/index.ts'

/** A request that reaches an app, or the port that serves it over TCP. */
export type Route = { readonly app: string } & (
  | { readonly host: string; readonly path: string }
  | { readonly port: number }
)

const LINE =
  /^ {2}(?:use|default)_backend be_([\w-]+)(?: if(?: \{ \S+ -m (str|end) (\S+) \})?(?: \{ path (\S+) \})?| # tcp (\d+))?$/

/** The first route to each app, from the routing lines of HAProxy's configuration. */
export function routesIn(config: readonly string[]): ReadonlyMap<string, Route> {
  const routes = new Map<string, Route>()
  for (const line of config) {
    const [, app, how, host, path = '/', port] = LINE.exec(line) ?? []
    if (app === undefined || routes.has(app)) continue
    const request = { host: how === 'end' ? `any${host}` : (host ?? 'localhost'), path }
    routes.set(app, { app, ...(port === undefined ? request : { port: Number(port) }) })
  }
  return routes
}

/** How many apps to check at most (a waiting run repeats this), and at once. */
const MOST = 50
const AT_ONCE = 8

/** What is wrong with an app's answer through a host's HAProxy, if anything. */
async function wrong(net: Net, address: string, route: Route): Promise<string | undefined> {
  const unasked = (error: unknown): string => `cannot be asked: ${error instanceof Error ? error.message : error}`
  if ('port' in route) {
    const { port } = route
    const says = await hold(() => net.dial(address, port)).catch(unasked)
    if (says === 'held') return undefined
    if (says === 'refused') return `is not served: HAProxy does not listen on port ${port}`
    return says === 'closed' ? `closes connections to port ${port} at once` : `${says}, at port ${port}`
  }
  const { host, path } = route
  const says = await http(() => net.dial(address, 80), { path, host, headers: AS_USERS, timeout: 3000 })
    .then(({ status }) => (status < 500 ? undefined : `answers ${status} to GET ${path}`))
    .catch(unasked)
  return says === undefined ? undefined : `${says} (Host: ${host})`
}

/** Requests apps through a host's HAProxy, of many the first ones; returns a sentence for each that gets no answer. */
export async function unanswered(net: Net, address: string, routes: readonly Route[]): Promise<readonly string[]> {
  const trouble: string[] = []
  const left = routes.slice(0, MOST)
  const one = async (): Promise<void> => {
    for (let route = left.shift(); route !== undefined; route = left.shift()) {
      const says = await wrong(net, address, route)
      if (says !== undefined) trouble.push(`${route.app} ${says}`)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, one))
  return trouble
}

/** The backends that belong to apps. */
export const appsOf = (backends: readonly HaproxyBackend[]): readonly HaproxyBackend[] =>
  backends.filter(({ name }) => name.startsWith('be_'))
/** The app of a backend. */
export const appOf = ({ name }: HaproxyBackend): string => name.slice('be_'.length)
