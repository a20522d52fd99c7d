import { type HaproxyBackend, type Health, haproxyStats, type Net, sh } from '../../src/index.ts'
import { PATHS, STATS } from './paths.ts'

/** What the go-live script said last. Times are seconds since 1970. */
export interface Verdict {
  readonly time: number
  readonly ok: boolean
  readonly message: string
  readonly since: number
}

const PROBE = sh`
  systemctl show -p ActiveState --value haproxy
  date +%s
  cat ${`${PATHS.dir}/status`} 2>/dev/null || :`

/** A moment as people say it: the time, with the day where it was another. */
export function moment(at: number, now: number): string {
  const iso = (seconds: number) => new Date(seconds * 1000).toISOString()
  const [day, time] = [iso(at).slice(0, 10), iso(at).slice(11, 16)]
  return `${day === iso(now).slice(0, 10) ? '' : `${day} `}${time} UTC`
}

/** What a backend of ours serves with: "web 2 of 3", and what of that is others'. */
function serves({ name, servers, active }: HaproxyBackend): string {
  const own = servers.filter((server) => !server.backup)
  const up = active.filter((server) => !server.backup)
  const app = name.slice('be_'.length)
  if (active.length === 0) return `${app}: none of ${servers.length} usable`
  return up.length > 0 ? `${app}: ${up.length} of ${own.length}` : `${app}: ${active.length} backup${active.length === 1 ? '' : 's'}`
}

/** How HAProxy is, from what its host and it say. */
export function healthFrom(probe: string, backends: readonly HaproxyBackend[]): Health {
  const [state = '', now = '', status = ''] = probe.split('\n')
  if (state !== 'active') return { green: false, down: true, says: `not running: ${state}` }
  const apps = backends.filter(({ name }) => name.startsWith('be_'))
  const says = apps.length === 0 ? 'no app' : apps.map(serves).join(', ')
  const verdict = status === '' ? undefined : (JSON.parse(status) as Verdict)
  if (verdict === undefined) return { green: true, says: `${says}; nothing was rendered yet` }
  if (verdict.ok) return { green: true, says }
  return {
    green: false,
    says: `the last render was refused: ${verdict.message}; serving the one from ${moment(verdict.since, Number(now))} (${says})`,
  }
}

/** Asks its unit, its last go-live and its statistics. */
export async function health(net: Net): Promise<Health> {
  const probe = await net.read(PROBE)
  if (!probe.startsWith('active\n')) return healthFrom(probe, [])
  const backends = await haproxyStats(() => net.dial(STATS.address, STATS.port), STATS.path)
  return healthFrom(probe, backends)
}
