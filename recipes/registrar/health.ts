import * as v from 'valibot'
import { type Consul, ConsulError, consulForbids, type Health, type Net, sh } from '../../src/index.ts'
import { isUp, withReason } from '../common/down.ts'
import { readState, unreadable } from '../common/state-file.ts'
import { PATHS } from '../haproxy/paths.ts'
import type { Attributes } from './attributes.ts'

/** The registrar's status file. */
export const STATUS = PATHS.registrar

/** The relevant part of it; times are in ms since 1970. An older registrar does not write what has a default. */
const Status = v.object({
  time: v.number(),
  lastSuccess: v.number(),
  attached: v.boolean(),
  marathon: v.string(),
  locked: v.optional(v.boolean(), false),
  consul: v.string(),
  denied: v.optional(v.boolean(), false),
  serving: v.number(),
  draining: v.number(),
  problems: v.array(v.string()),
  services: v.optional(v.array(v.string()), []),
  wanted: v.optional(v.record(v.string(), v.number()), {}),
})

/** The variable with the token for Consul. */
const TOKEN = 'vars.registrar.consulToken'

/** Seconds: three looks that no event triggered. */
const STALE = 90

const PROBE = sh`
  systemctl show -p ActiveState --value provision-registrar
  date +%s%3N
  cat ${STATUS} 2>/dev/null || :`

/** The variable with Marathon's own login. */
const LOGIN = 'vars.marathon.credentials'

/**
 * The registrar's health, from its host's answer and its status file. If only Marathon is away, the registrar waits for
 * it.
 * @param login the variable with the login for Marathon
 */
export function healthFrom(probe: string, login = LOGIN): Health {
  const [state = '', now = '', text = ''] = probe.split('\n')
  if (!isUp(state)) return { green: false, down: true, says: `not running: ${state}` }
  if (text === '') return { green: false, says: 'running, but it has said nothing yet' }
  const status = readState(Status, text)
  if (status === undefined) return { green: false, says: unreadable(STATUS, 'provision-registrar') }
  const { time, lastSuccess, attached, marathon, locked, consul, denied, serving, draining, problems } = status
  const ago = (at: number): number => Math.round((Number(now) - at) / 1000)
  const owns = `${serving === 1 ? '1 task serves' : `${serving} tasks serve`}${draining > 0 ? `, ${draining} drain` : ''}`
  if (ago(time) > STALE) return { green: false, says: `it hangs: it has printed nothing for ${ago(time)} s` }
  if (denied) return { green: false, variable: TOKEN, says: `Consul refuses its token, ${TOKEN}: ${consul}` }
  if (consul !== '') return { green: false, says: `the Consul agent cannot be asked: ${consul}` }
  if (locked)
    return {
      green: false,
      variable: login,
      says: `Marathon refuses its login, ${login}: ${marathon} (frozen: ${owns})`,
    }
  const frozen = (why: string): Health => ({ green: false, waitsFor: 'marathon', says: `${why} (frozen: ${owns})` })
  if (marathon !== '') return frozen(`Marathon cannot be asked: ${marathon}`)
  if (!attached) return frozen("not attached to Marathon's events")
  if (ago(lastSuccess) > STALE) return { green: false, says: `its last successful query was ${ago(lastSuccess)} s ago` }
  return { green: true, says: [`attached, ${owns}`, ...problems].join('; ') }
}

/** The services of this cluster that it may have to register. */
function servicesIn(probe: string): readonly string[] {
  const { services, wanted } = readState(Status, probe.split('\n')[2] ?? '') ?? { services: [], wanted: {} }
  return [...new Set([...services, ...Object.keys(wanted)])].sort()
}

/** What is wrong with its token; `undefined` if nothing is, or if Consul cannot say. */
async function tokenTrouble(consul: Consul, services: readonly string[]): Promise<string | undefined> {
  try {
    const forbidden = await consulForbids(consul, services)
    return forbidden.length === 0
      ? undefined
      : `its token, ${TOKEN}, may not register ${forbidden.join(', ')} (service:write)`
  } catch (error) {
    return error instanceof ConsulError && error.status === 403
      ? `Consul refuses its token, ${TOKEN}: ${error.message}`
      : undefined
  }
}

/**
 * Checks its unit, its status file, and its token: the registrar itself only notices a missing permission when it has
 * a task to register, and by then Marathon ends old tasks.
 */
export async function health(net: Net, { credentials, consul, consulToken: token }: Attributes): Promise<Health> {
  const probe = await net.read(PROBE)
  const seen = healthFrom(probe, credentials === undefined ? LOGIN : 'vars.registrar.credentials')
  const own = await withReason(seen, net, 'provision-registrar')
  const { protocol, hostname, port } = new URL(consul)
  if (own.down || own.variable !== undefined || token === undefined || protocol !== 'http:') return own
  const dial = () => net.dial(hostname.replace(/^\[|\]$/g, ''), Number(port || 80))
  const trouble = await tokenTrouble({ dial, token }, servicesIn(probe))
  return trouble === undefined ? own : { green: false, variable: TOKEN, says: trouble }
}
