import { type Consul, ConsulError, consulHides, type Health, type Net, sh } from '../../src/index.ts'
import { isUp, withReason } from '../common/down.ts'
import { readVerdict } from '../haproxy/health.ts'
import { PATHS } from '../haproxy/paths.ts'
import type { Attributes } from './attributes.ts'

// consul-template retries a failed query after at most 5 s, and logs each attempt. A query that failed once is not
// trouble: it waits long for changes, and loses its server whenever that restarts.
const PROBE = sh`
  systemctl show -p ActiveState -p ActiveEnterTimestamp --value consul-template
  printf '%s\n' "$(journalctl -u consul-template --since -8s -o cat --no-pager 2>/dev/null | sed -n '/(retry attempt 1 /d; s/^.*(view) \(.*\) (retry attempt .*$/\1/p' | tail -n 1)"
  cat ${`${PATHS.dir}/status`} 2>/dev/null || :`

/**
 * consul-template's health, from its host's answer: its unit, the last query that it retried in vain if that is recent,
 * and what became of its last render: new tasks get no requests while HAProxy does not take it over, either. Why not,
 * HAProxy's own health says.
 */
export function healthFrom(probe: string): Health {
  const [state = '', since = '', trouble = '', verdict = ''] = probe.split('\n')
  if (!isUp(state))
    return { green: false, down: true, says: `not running: ${state}${since === '' ? '' : ` since ${since}`}` }
  if (trouble !== '') return { green: false, says: `Consul does not answer it: ${trouble.slice(0, 200)}` }
  const last = readVerdict(verdict)
  if (typeof last === 'string') return { green: false, says: 'nobody knows whether HAProxy takes over what it renders' }
  return last === undefined || last.ok
    ? { green: true, says: 'renders' }
    : { green: false, says: 'HAProxy does not take over what it renders' }
}

/** The variable with the token for Consul. */
const TOKEN = 'vars.consul-template.token'
const HIDDEN = `its token, ${TOKEN}, may not read all services and nodes, and Consul leaves the others out (service_prefix and node_prefix "" read)`

async function tokenTrouble(consul: Consul): Promise<string | undefined> {
  try {
    return (await consulHides(consul)) ? HIDDEN : undefined
  } catch (error) {
    return error instanceof ConsulError && error.status === 403
      ? `Consul refuses its token, ${TOKEN}: ${error.message}`
      : undefined
  }
}

/** Checks its unit, and its token: if a permission is missing, Consul answers as if there were no services. */
export async function health(net: Net, { consul, token }: Attributes): Promise<Health> {
  const own = await withReason(healthFrom(await net.read(PROBE)), net, 'consul-template')
  if (own.down || token === undefined) return own
  const [, address = '', port = ''] = /^(.*):(\d+)$/.exec(consul) ?? []
  const trouble = await tokenTrouble({ dial: () => net.dial(address.replace(/^\[|\]$/g, ''), Number(port)), token })
  return trouble === undefined ? own : { green: false, variable: TOKEN, says: trouble }
}
