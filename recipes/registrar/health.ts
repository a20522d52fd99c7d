import { type Health, type Net, sh } from '../../src/index.ts'

import { PATHS } from '../haproxy/paths.ts'

/** The registrar's status file. */
export const STATUS = PATHS.registrar

/** The relevant part of it; times are in milliseconds since 1970. */
interface Status {
  readonly time: number
  readonly lastSuccess: number
  readonly attached: boolean
  readonly marathon: string
  readonly consul: string
  readonly denied?: boolean
  readonly serving: number
  readonly draining: number
  readonly problems: readonly string[]
}

/** The variable with the token for Consul. */
const TOKEN = 'vars.registrar.consulToken'

/** Seconds: three looks that no event triggered. */
const STALE = 90

const PROBE = sh`
  systemctl show -p ActiveState --value provision-registrar
  date +%s%3N
  cat ${STATUS} 2>/dev/null || :`

/**
 * The registrar's health, from its host's answer and its status file. If only Marathon is away, the registrar waits for
 * it.
 */
export function healthFrom(probe: string): Health {
  const [state = '', now = '', text = ''] = probe.split('\n')
  if (state !== 'active') return { green: false, down: true, says: `not running: ${state}` }
  if (text === '') return { green: false, says: 'running, but it has said nothing yet' }
  const {
    time,
    lastSuccess,
    attached,
    marathon,
    consul,
    denied = false,
    serving,
    draining,
    problems,
  } = JSON.parse(text) as Status
  const ago = (at: number): number => Math.round((Number(now) - at) / 1000)
  const owns = `${serving === 1 ? '1 task serves' : `${serving} tasks serve`}${draining > 0 ? `, ${draining} drain` : ''}`
  if (ago(time) > STALE) return { green: false, says: `it hangs: it has printed nothing for ${ago(time)} s` }
  if (denied) return { green: false, variable: TOKEN, says: `Consul refuses its token, ${TOKEN}: ${consul}` }
  if (consul !== '') return { green: false, says: `the Consul agent cannot be asked: ${consul}` }
  const frozen = (why: string): Health => ({ green: false, waitsFor: 'marathon', says: `${why} (frozen: ${owns})` })
  if (marathon !== '') return frozen(`Marathon cannot be asked: ${marathon}`)
  if (!attached) return frozen("not attached to Marathon's events")
  if (ago(lastSuccess) > STALE) return { green: false, says: `its last successful query was ${ago(lastSuccess)} s ago` }
  return { green: true, says: [`attached, ${owns}`, ...problems].join('; ') }
}

/** Checks its unit and its status file. */
export const health = async (net: Net): Promise<Health> => healthFrom(await net.read(PROBE))
