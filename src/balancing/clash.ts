import { type Balanced, balanced } from './balanced.ts'
import type { Balanceable } from './definition.ts'
import { labelPath, type Mistake } from './labels.ts'
import { isSameService } from './words.ts'

/** Which app gets the requests that match no app, according to a HAProxy's variables. */
export interface Front {
  /** Its host. */
  readonly host: string
  /** `vars.haproxy.defaultBackend`. */
  readonly defaultBackend: string | undefined
  /** The service names in `vars.haproxy.critical`. */
  readonly critical: readonly string[]
  /** `vars.haproxy.tcpPorts`. */
  readonly tcpPorts: readonly number[]
  /** The names of its certificates, if `vars.haproxy.tls` sends clients of plain HTTP to https. */
  readonly certified?: readonly string[]
}

/** A balanced app and its routes. */
interface Claim {
  readonly app: Balanceable
  readonly how: Balanced
}

const claimOf = (app: Balanceable): readonly Claim[] => {
  const how = balanced(app)
  return how === undefined ? [] : [{ app, how }]
}

/** Can it be reached only as the default? */
const isNameless = ({ how: { hosts, path, tcp } }: Claim): boolean =>
  tcp === undefined && hosts.length === 0 && (path === undefined || path === '/')

/** The service that gets the requests that match no other app; undefined if none does. */
function defaultOf({ defaultBackend }: Front, all: readonly Claim[]): string | undefined {
  const claims = all.filter(({ how }) => how.tcp === undefined)
  const catchAll = claims.find(({ how }) => how.hosts.length === 0 && how.path === '/')
  return defaultBackend ?? (catchAll ?? (claims.length === 1 ? claims[0] : undefined))?.how.name
}

/**
 * The routes of a claim: one string for each pair of host and path, or its port. Two claims with the same route could
 * not both be served.
 */
function routes({ how: { hosts, path, tcp } }: Claim): readonly string[] {
  if (tcp !== undefined) return [`port ${tcp}`]
  if (hosts.length === 0) return path === undefined ? [] : [path]
  return hosts.map((host) => `${host}${path === undefined || path === '/' ? '' : path}`)
}

/** What to do if the app is not meant to stand beside another one. */
const or = (id: string): string => `, or let it take that app's place: provision deploy --replaces ${id}`

const labelOf = (label: string, message: string): Mistake => ({ rule: 'lb-clash', path: labelPath(label), message })

function sameName(mine: Claim, others: readonly Claim[]): readonly Mistake[] {
  const taken = others.find(({ how }) => isSameService(how.name, mine.how.name))
  if (taken === undefined) return []
  const path = mine.app.labels['lb.name'] === undefined ? 'id' : labelPath('lb.name')
  return [
    {
      rule: 'lb-clash',
      path,
      message: `its service in Consul would be "${mine.how.name}", which ${taken.app.id} has: each would be sent the other's requests. Give it a name of its own with the label lb.name${or(taken.app.id)}`,
    },
  ]
}

function sameRoute(mine: Claim, others: readonly Claim[]): readonly Mistake[] {
  const named = mine.how.hosts.length > 0 ? 'lb.host' : 'lb.path'
  const label = mine.how.tcp === undefined ? named : 'lb.tcp'
  return others.flatMap((other) => {
    const both = routes(mine).filter((route) => routes(other).includes(route))
    if (both.length === 0) return []
    const says =
      mine.how.tcp === undefined
        ? `${both.join(', ')} already belongs to ${other.app.id}: one of the two would get no requests.`
        : `${mine.how.tcp} is where ${other.app.id} is served already: a port is only one app's.`
    return [labelOf(label, `${says} Give it another${or(other.app.id)}`)]
  })
}

/** An app over TCP needs a port that the HAProxies may open, and gets no HTTP requests. */
function overTcp({ how: { name, tcp } }: Claim, { host, defaultBackend, tcpPorts }: Front): readonly Mistake[] {
  if (tcp === undefined) return []
  const wrong = (message: string): Mistake => ({ rule: 'lb-tcp', path: labelPath('lb.tcp'), message })
  const some = tcpPorts.length === 0 ? 'there is none' : `there is ${tcpPorts.join(', ')}`
  return [
    ...(tcpPorts.includes(tcp)
      ? []
      : [wrong(`${tcp} is not among vars.haproxy.tcpPorts of ${host} (${some}): add it there and apply it first.`)]),
    ...(defaultBackend === name
      ? [wrong(`vars.haproxy.defaultBackend of ${host} names "${name}", but requests cannot be sent to it over TCP.`)]
      : []),
  ]
}

/** Services that the inventory names and that would no longer exist. */
function namedNoMore(
  mine: Claim | undefined,
  before: Claim | undefined,
  { host, defaultBackend, critical }: Front,
): readonly Mistake[] {
  const was = before?.how.name
  if (was === undefined || was === mine?.how.name) return []
  const path = labelPath(mine === undefined ? 'lb.enable' : 'lb.name')
  const says = (variable: string): Mistake => ({
    rule: 'lb-clash',
    path,
    message: `vars.haproxy.${variable} of ${host} names "${was}", which this app would no longer be. Change the variable first, or keep the name.`,
  })
  return [
    ...(defaultBackend === was ? [says('defaultBackend')] : []),
    ...(critical.includes(was) ? [says('critical')] : []),
  ]
}

/** An app without a host or path is served only as the default. */
function nameless(mine: Claim, now: readonly Claim[], others: readonly Claim[], front: Front): readonly Mistake[] {
  const all = [mine, ...others]
  const [before, after] = [defaultOf(front, now), defaultOf(front, all)]
  const chosen = front.defaultBackend === undefined ? '' : ` (vars.haproxy.defaultBackend of ${front.host})`
  const named = (name: string): string => `set vars.haproxy.defaultBackend to "${name}" and apply it`
  const why =
    after === undefined
      ? `${others[0]?.app.id} runs, too`
      : `requests that no other app claims go to "${after}"${chosen}`
  return all
    .filter((claim) => isNameless(claim) && claim.how.name !== after)
    .filter(
      (claim) => claim === mine || (claim.how.name === before && !(claim.how.path === '/' && mine.how.path === '/')),
    )
    .map(({ app, how: { name, path } }) => {
      if (app.id !== mine.app.id)
        return labelOf(
          mine.how.path === '/' ? 'lb.path' : 'lb.enable',
          `${app.id} has no lb.host and is the default only while it is alone: with this app nothing would be sent to it. First ${named(name)}, or give ${app.id} an lb.host.`,
        )
      if (path === '/')
        return labelOf(
          'lb.path',
          `"/" means the requests that no other app claims, but ${why}: nothing would be sent to this app.`,
        )
      return labelOf(
        'lb.host',
        `is missing: without it an app gets requests only as the default, but ${why}. Add it (or lb.path), or ${named(name)}.`,
      )
    })
}

/** Routes that an app has whose place another one takes, and that nobody would have. */
function servedNoMore(mine: Claim | undefined, old: Claim, others: readonly Claim[]): readonly Mistake[] {
  const kept = [...(mine === undefined ? [] : [mine]), ...others].flatMap(routes)
  const lost = routes(old).filter((route) => !kept.includes(route))
  const label = old.how.tcp === undefined ? 'lb.host' : 'lb.tcp'
  return lost.length === 0
    ? []
    : [labelOf(label, `leaves out ${lost.join(', ')} of ${old.app.id}, which no app would serve any more.`)]
}

/**
 * An app whose place another one takes, but which is found only by its name in Consul: both must be one service until
 * it is gone.
 */
function inPlace(mine: Claim, old: Claim, now: readonly Claim[], front: Front): readonly Mistake[] {
  const [{ name }, { host, defaultBackend, critical }] = [old.how, front]
  if (mine.how.name === name) return []
  const variables = { defaultBackend: defaultBackend === name, critical: critical.includes(name) }
  const variable = Object.entries(variables).find(([, names]) => names)?.[0]
  const alone = isNameless(old) && old.how.path !== '/' && defaultOf(front, now) === name
  if (variable === undefined && !alone) return []
  const why = variable === undefined ? `${old.app.id} has no lb.host` : `vars.haproxy.${variable} of ${host} names it`
  return [labelOf('lb.name', `must be "${name}", the name of ${old.app.id} in Consul: ${why}.`)]
}

/** Apps with routes of their own that were the default while they were alone. */
function noDefault(mine: Claim, now: readonly Claim[], others: readonly Claim[], front: Front): readonly Mistake[] {
  const before = now.find(({ how }) => how.name === defaultOf(front, now))
  if (before === undefined || isNameless(before) || defaultOf(front, [mine, ...others]) !== undefined) return []
  return [
    labelOf(
      'lb.enable',
      `${before.app.id} was the only app and got the requests that match no lb.host; with this app, no app gets them until vars.haproxy.defaultBackend names one.`,
    ),
  ]
}

/** Services that the inventory names although no app has them: mistyped or renamed, perhaps. */
const notThere = (all: readonly Claim[], { host, defaultBackend, critical }: Front): readonly Mistake[] =>
  [
    ...(defaultBackend === undefined ? [] : [['defaultBackend', defaultBackend] as const]),
    ...critical.map((name) => ['critical', name] as const),
  ]
    .filter(([, name]) => !all.some(({ how }) => how.name === name))
    .map(([variable, name]) => {
      const so = variable === 'critical' ? '/haproxy-health answers 503' : 'requests that no app claims get 503'
      const path = `vars.haproxy.${variable}`
      return { rule: 'lb-clash', path, message: `of ${host} names "${name}", which no running app is: ${so}.` }
    })

const once = (all: readonly Mistake[]): readonly Mistake[] =>
  all.filter(({ path, message }, i) => all.findIndex((each) => each.path === path && each.message === message) === i)

/**
 * What would go wrong among a cluster's apps if one of them changed to `app`. Pure.
 * @param app the app's new definition
 * @param running the apps that have tasks, including this one as it is now
 * @param fronts the HAProxies
 * @param replaces the app whose place it takes: until that one is removed, both are served
 */
export function clashes(
  app: Balanceable,
  running: readonly Balanceable[],
  fronts: readonly Front[],
  replaces?: string,
): { readonly mistakes: readonly Mistake[]; readonly notes: readonly Mistake[] } {
  const [mine] = claimOf(app)
  const now = running.flatMap(claimOf)
  const all = now.filter((claim) => claim.app.id !== app.id)
  const replaced = all.find((claim) => claim.app.id === replaces)
  const others = all.filter((claim) => claim !== replaced)
  const before = now.find((claim) => claim.app.id === app.id)
  const lost = [
    ...fronts.flatMap((front) => namedNoMore(mine, before, front)),
    ...(replaced === undefined ? [] : servedNoMore(mine, replaced, others)),
  ]
  if (mine === undefined) return { mistakes: once(lost), notes: [] }
  const served = fronts.flatMap((front) => [
    ...overTcp(mine, front),
    ...nameless(mine, now, others, front),
    ...(replaced === undefined ? [] : inPlace(mine, replaced, now, front)),
  ])
  const mistakes = once([...sameName(mine, others), ...sameRoute(mine, others), ...served, ...lost])
  return {
    mistakes,
    notes:
      mistakes.length > 0
        ? []
        : once(
            fronts.flatMap((front) => [...noDefault(mine, now, others, front), ...notThere([mine, ...others], front)]),
          ),
  }
}
