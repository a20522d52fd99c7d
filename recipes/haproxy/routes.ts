import { type HaproxyBackend, http, type Net } from '../../src/index.ts'

/** How a request that means an app looks. */
export interface Route {
  readonly app: string
  readonly host: string
  readonly path: string
}

const LINE =
  /^ {2}(?:use|default)_backend be_([\w-]+)(?: if(?: \{ req\.hdr\(host\)\S* -m (str|end) (\S+) \})?(?: \{ path (\S+) \})?)?$/

/** The first way to each app, by the lines of HAProxy's configuration that say who is meant. */
export function routesIn(config: readonly string[]): ReadonlyMap<string, Route> {
  const routes = new Map<string, Route>()
  for (const line of config) {
    const [, app, how, host, path = '/'] = LINE.exec(line) ?? []
    if (app === undefined || routes.has(app)) continue
    routes.set(app, { app, host: how === 'end' ? `any${host}` : (host ?? 'localhost'), path })
  }
  return routes
}

/** Apps that are asked for at most, and at once: this is asked again and again while a run waits. */
const MOST = 50
const AT_ONCE = 8

/** Asks for apps through the HAProxy of a host, and gives a sentence for each that is not answered. */
export async function unanswered(net: Net, address: string, routes: readonly Route[]): Promise<readonly string[]> {
  const trouble: string[] = []
  const left = routes.slice(0, MOST)
  const one = async (): Promise<void> => {
    for (let route = left.shift(); route !== undefined; route = left.shift()) {
      const { app, host, path } = route
      const says = await http(() => net.dial(address, 80), { path, host, timeout: 3000 })
        .then(({ status }) => (status < 500 ? undefined : `answers ${status}`))
        .catch((error) => `cannot be asked: ${error instanceof Error ? error.message : error}`)
      if (says !== undefined) trouble.push(`${app} ${says} to GET ${path} (Host: ${host})`)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, one))
  return trouble
}

/** Backends of apps. */
export const appsOf = (backends: readonly HaproxyBackend[]): readonly HaproxyBackend[] =>
  backends.filter(({ name }) => name.startsWith('be_'))
/** The app of a backend. */
export const appOf = ({ name }: HaproxyBackend): string => name.slice('be_'.length)
