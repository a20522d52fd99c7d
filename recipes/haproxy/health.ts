import * as v from 'valibot'
import {
  type HaproxyBackend,
  type Health,
  haproxyCsv,
  type InventoryHost,
  join,
  type Net,
  PORTS,
  parseFrontend,
  parseStats,
  sh,
} from '../../src/index.ts'
import { ending } from '../common/certificates.ts'
import { isUp, withReason } from '../common/down.ts'
import { varsOf } from '../common/host.ts'
import { readState, unreadable } from '../common/state-file.ts'
import type { Attributes } from './attributes.ts'
import { askInstalled, installed, unnamed } from './certificates.ts'
import { PATHS } from './paths.ts'
import { unproxied } from './proxied.ts'
import { appOf, appsOf, routesIn, unanswered } from './routes.ts'

/**
 * The go-live script's last verdict. Times are in seconds since 1970. `line`: the start of the one that HAProxy
 * refuses; empty if it refuses something and names no line.
 */
const Verdict = v.object({
  time: v.number(),
  ok: v.boolean(),
  message: v.string(),
  since: v.number(),
  line: v.optional(v.string()),
})

/** Where it is. */
const VERDICT = `${PATHS.dir}/status`

/** Reads it. @returns a sentence if it cannot be read, undefined before the first render */
export const readVerdict = (text: string): v.InferOutput<typeof Verdict> | string | undefined =>
  text === '' ? undefined : (readState(Verdict, text) ?? unreadable(VERDICT, 'consul-template'))

const PROBE = sh`
  systemctl show -p ActiveState --value haproxy
  date +%s
  cat ${VERDICT} 2>/dev/null || echo
  cat ${PATHS.registrar} 2>/dev/null || echo
  grep -E '^  (use|default)_backend be_' ${PATHS.live} || :`

/** The part of the registrar's state that is compared. `changed`: milliseconds since 1970. */
const Registrar = v.object({
  services: v.optional(v.array(v.string()), []),
  wanted: v.optional(v.record(v.string(), v.number()), {}),
  changed: v.optional(v.number(), 0),
})

/** How many seconds a change may take from the registrar to HAProxy. */
const CHAIN = 15

/** A time for people, with the day if it was another. */
export function moment(at: number, now: number): string {
  const iso = (seconds: number) => new Date(seconds * 1000).toISOString()
  const [day, time] = [iso(at).slice(0, 10), iso(at).slice(11, 16)]
  return `${day === iso(now).slice(0, 10) ? '' : `${day} `}${time} UTC`
}

/** How many servers of a backend of ours are usable, "web 2 of 3", and how many of them are on other slaves. */
function serves(backend: HaproxyBackend): string {
  const { servers, active } = backend
  const own = servers.filter((server) => !server.backup)
  const up = active.filter((server) => !server.backup)
  const app = appOf(backend)
  if (active.length === 0) return `${app}: none of ${servers.length} usable`
  return up.length > 0
    ? `${app}: ${up.length} of ${own.length}`
    : `${app}: ${active.length} backup${active.length === 1 ? '' : 's'}`
}

/** What happens to requests for an app without usable servers. */
function unusable(backend: HaproxyBackend): string {
  const { servers, unchecked } = backend
  if (unchecked.length === 0) return `${appOf(backend)} has no usable server`
  const all = unchecked.length === servers.length ? `all ${servers.length}` : `${unchecked.length} of ${servers.length}`
  return `no server of ${appOf(backend)} passes HAProxy's check; requests go to ${servers.length === 1 ? 'its only task' : `${all} tasks`}`
}

/** Why no requests reach an app. */
const unreached = (backend: HaproxyBackend): string =>
  backend.tcp
    ? `nothing reaches ${appOf(backend)}: its port (lb.tcp) is not among vars.haproxy.tcpPorts, or another app has it`
    : `no request reaches ${appOf(backend)}: it has no lb.host and is not the default (vars.haproxy.defaultBackend)`

/** Problems that requests would meet: servers, routes, names in the inventory, and the registrar's state. */
function trouble(
  apps: readonly HaproxyBackend[],
  lines: readonly string[],
  now: number,
  { defaultBackend, critical }: Named,
): readonly string[] {
  const [text = '', ...config] = lines
  const { services, wanted, changed } = readState(Registrar, text) ?? { services: [], wanted: {}, changed: 0 }
  const names = apps.map(appOf)
  const routes = routesIn(config)
  const missing = now - changed / 1000 < CHAIN ? [] : services.filter((name) => !names.includes(name))
  const said = [
    ...(defaultBackend === undefined ? [] : ['defaultBackend']),
    ...(Array.isArray(critical) ? critical.map(() => 'critical') : []),
  ]
  const named = [
    ...(defaultBackend === undefined ? [] : [defaultBackend]),
    ...(Array.isArray(critical) ? critical : []),
  ]
  return [
    ...missing.map((name) => `the registrar has tasks of ${name}, of which HAProxy knows nothing`),
    ...Object.entries(wanted).flatMap(([name, tasks]) =>
      names.includes(name) || services.includes(name)
        ? []
        : [`HAProxy knows no task of ${name}, of which Marathon should run ${tasks}`],
    ),
    ...apps.filter(({ servers, active }) => servers.length > 0 && active.length === 0).map(unusable),
    ...apps.filter((app) => !routes.has(appOf(app))).map(unreached),
    ...(names.length === 0
      ? []
      : named.flatMap((name, i) =>
          names.includes(name) ? [] : [`vars.haproxy.${said[i]} names ${name}, which is not there`],
        )),
  ]
}

/** The inventory's settings about services, and its own lines. */
interface Named {
  readonly defaultBackend?: string | undefined
  readonly critical: 'default' | readonly string[]
  readonly extra?: Readonly<Record<string, readonly string[]>>
}
const NOTHING_NAMED: Named = { defaultBackend: undefined, critical: 'default' }

/** The variable that a refused line comes from, if it is one of the user's own; of a line that is not named, all. */
function variableOf(refused: string | undefined, { extra = {} }: Named): string | undefined {
  if (refused === undefined) return undefined
  // the recipe's own lines lack nothing that HAProxy finds missing only in the end
  if (refused === '') return Object.values(extra).some((lines) => lines.length > 0) ? 'vars.haproxy.extra' : undefined
  const plain = (line: string): string => line.replaceAll('\t', ' ').trim()
  const whole = plain(refused)
  for (const [place, lines] of Object.entries(extra)) {
    // long ones are cut off by the go-live script
    const i = lines.findIndex((line) => plain(line) === whole || (whole.length > 300 && plain(line).startsWith(whole)))
    if (i >= 0) return `vars.haproxy.extra.${place}[${i}]`
  }
  return undefined
}

/** Why HAProxy serves another configuration than the last that was rendered. */
function refusal({ message, line }: v.InferOutput<typeof Verdict>, named: Named): Pick<Health, 'says' | 'variable'> {
  const variable = variableOf(line, named)
  return variable === undefined
    ? { says: `the last render was refused: ${message}` }
    : { variable, says: `the last render was refused for ${variable}: ${message}` }
}

/** HAProxy's health, from its host's answer and its own. */
export function healthFrom(probe: string, backends: readonly HaproxyBackend[], named: Named = NOTHING_NAMED): Health {
  const [state = '', now = '', status = '', ...lines] = probe.split('\n')
  const verdict = readVerdict(status)
  if (!isUp(state)) {
    const why = typeof verdict === 'object' && !verdict.ok ? `; ${refusal(verdict, named).says}` : ''
    return { green: false, down: true, says: `not running: ${state}${why}` }
  }
  const apps = appsOf(backends)
  const says = apps.length === 0 ? 'no app' : apps.map(serves).join(', ')
  if (verdict === undefined) return { green: false, says: `${says}; nothing has been rendered yet` }
  if (typeof verdict === 'string') return { green: false, says: `${verdict} (${says})` }
  if (!verdict.ok) {
    const refused = refusal(verdict, named)
    const serving = `serving the one from ${moment(verdict.since, Number(now))} (${says})`
    return { green: false, ...refused, says: `${refused.says}; ${serving}` }
  }
  const wrong = trouble(apps, lines, Number(now), named)
  return wrong.length === 0
    ? { green: true, says, ...(apps.length === 0 ? { idle: true } : {}) }
    : { green: false, outside: true, says: `${wrong.join('; ')} (${says})` }
}

/** Checks its unit, its last go-live, its statistics, and each app with a request. */
export async function health(host: InventoryHost, net: Net): Promise<Health> {
  const vars = varsOf<Attributes>(host, 'haproxy')
  const probe = await net.read(join([PROBE, askInstalled(vars)]))
  if (!isUp(probe.split('\n', 1)[0] ?? '')) {
    const verdict = readVerdict(probe.split('\n')[2] ?? '')
    const down = healthFrom(probe, [], vars)
    return typeof verdict === 'object' && !verdict.ok ? down : withReason(down, net, 'haproxy')
  }
  const csv = await haproxyCsv(() => net.dial('127.0.0.1', PORTS.haproxyStats))
  const backends = parseStats(csv)
  const seen = healthFrom(probe, backends, vars)
  if (!seen.green) return seen
  // Of many apps not all are asked: first those whose requests have failed.
  const usable = appsOf(backends)
    .filter(({ active }) => active.length > 0)
    .toSorted((a, b) => b.failures - a.failures)
    .map(appOf)
  const config = probe.split('\n').slice(4)
  const known = routesIn(config)
  const routes = usable.flatMap((app) => known.get(app) ?? [])
  const silent = await unanswered(net, host.privateAddress, routes)
  const frontend = parseFrontend(csv, 'fe_http')
  const notes = [
    ...silent.map((says) => ({ says, red: true })),
    ending(installed(vars, probe), Date.now() / 1000),
    { says: unnamed(vars, config), red: false },
    ...(frontend === undefined ? [] : [unproxied(vars, frontend)]),
  ].filter(({ says }) => says !== '')
  if (notes.length === 0) return seen
  const says = `${notes.map((note) => note.says).join('; ')} (${seen.says})`
  return { ...seen, green: !notes.some(({ red }) => red), outside: true, says }
}
