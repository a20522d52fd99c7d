import { type Consul, ConsulError, consulHides, type Health, type Net, sh } from '../../src/index.ts'
import type { Attributes } from './attributes.ts'

// consul-template retries a failed query after at most 5 s, and logs each attempt.
const PROBE = sh`
  systemctl show -p ActiveState -p ActiveEnterTimestamp --value consul-template
  journalctl -u consul-template --since -8s -o cat --no-pager 2>/dev/null | sed -n 's/^.*(view) \(.*\) (retry attempt .*$/\1/p' | tail -n 1`

/** consul-template's health, from its host's answer: its unit, and its last failed query if that is recent. */
export function healthFrom(probe: string): Health {
  const [state = '', since = '', trouble = ''] = probe.split('\n')
  if (state !== 'active')
    return { green: false, down: true, says: `not running: ${state}${since === '' ? '' : ` since ${since}`}` }
  if (trouble !== '') return { green: false, says: `Consul does not answer it: ${trouble.slice(0, 200)}` }
  return { green: true, says: 'renders' }
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
  const own = healthFrom(await net.read(PROBE))
  if (own.down || token === undefined) return own
  const [, address = '', port = ''] = /^(.*):(\d+)$/.exec(consul) ?? []
  const trouble = await tokenTrouble({ dial: () => net.dial(address.replace(/^\[|\]$/g, ''), Number(port)), token })
  return trouble === undefined ? own : { green: false, variable: TOKEN, says: trouble }
}
