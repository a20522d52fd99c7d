import { haproxyHardStop } from '../../clients/settings/haproxy.ts'
import { object } from '../../lib/json.ts'
import type { InventoryHost } from '../../model/host.ts'
import type { BalancerSeen } from '../provider.ts'

/** The path at which HAProxy reports whether it can serve. */
const HEALTH = '/haproxy-health'
/** The status it answers if it cannot. */
const UNABLE = 503

/** HAProxy's configured timeouts, according to the inventory. */
type Times = Readonly<Record<'clientSeconds' | 'serverSeconds' | 'hardStopSeconds' | 'leaveSeconds', unknown>>

/** Does a list of codes ("200-299,302") include this one? */
const holds = (codes: string, code: number): boolean =>
  codes.split(',').some((part) => {
    const [first = '', last = first] = part.trim().split('-')
    return Number(first) <= code && code <= Number(last)
  })

/** What is wrong with a balancer's check. */
function wrongCheck({ name, check }: BalancerSeen, host: InventoryHost, healthPort: unknown): readonly string[] {
  const { protocol, path, port, codes } = check
  const ports = [80, ...(typeof healthPort === 'number' ? [healthPort] : [])]
  const wrong: string[] = []
  if (protocol !== 'HTTP')
    wrong.push(
      `${name} checks by ${protocol}, which passes even if HAProxy cannot serve: have it check ${HEALTH} over HTTP`,
    )
  else if (path !== HEALTH)
    wrong.push(`${name} checks ${path ?? 'no path'}, but HAProxy reports at ${HEALTH} whether it can serve`)
  if (!ports.includes(port))
    wrong.push(
      `${name} checks port ${port}, but HAProxy of ${host.name} reports its health on port ${ports.join(' and ')}`,
    )
  if (codes !== undefined && holds(codes, UNABLE))
    wrong.push(`${name} counts the answer ${UNABLE} as healthy (${codes}), which HAProxy gives if it cannot serve`)
  return wrong
}

/** What is wrong with a balancer's timeouts. */
function wrongTimes({ name, check, drainSeconds, idleSeconds }: BalancerSeen, times: Times): readonly string[] {
  const wrong: string[] = []
  const { seconds = 0, failures = 0, patience = 0 } = check
  const notices = Math.max(seconds, patience) * failures
  const than = (key: keyof Times, test: (own: number) => boolean, says: (own: string) => string): void => {
    const own = times[key]
    if (typeof own === 'number' && test(own)) wrong.push(`${name} ${says(`${own} s (haproxy.${key})`)}`)
  }
  than(
    'leaveSeconds',
    (own) => notices > own,
    (own) => `takes ${notices} s to notice that HAProxy leaves, which goes on serving for only ${own}`,
  )
  if (idleSeconds !== undefined) {
    than(
      'clientSeconds',
      (own) => idleSeconds >= own,
      (own) => `keeps idle connections for ${idleSeconds} s, but HAProxy closes them after ${own}: it must wait longer`,
    )
    than(
      'serverSeconds',
      (own) => idleSeconds < own,
      (own) => `gives up on an answer after ${idleSeconds} s, but HAProxy waits for it for ${own}`,
    )
    than(
      'hardStopSeconds',
      (own) => idleSeconds > own,
      (own) => `keeps idle connections for ${idleSeconds} s, but HAProxy ends them ${own} after a reload`,
    )
  }
  if (drainSeconds === 0)
    return [
      ...wrong,
      `${name} gives a leaving target no time to finish its requests: set its deregistration delay above 0`,
    ]
  than(
    'serverSeconds',
    (own) => drainSeconds < own,
    (own) => `gives a leaving target ${drainSeconds} s, but HAProxy waits for an answer for ${own}`,
  )
  than(
    'hardStopSeconds',
    (own) => drainSeconds > own,
    (own) => `gives a leaving target ${drainSeconds} s, but HAProxy ends connections ${own} after a reload`,
  )
  return wrong
}

/** What is wrong between a balancer that can speak the PROXY protocol and a HAProxy that may expect it. */
function wrongProxy({ name, proxy }: BalancerSeen, host: InventoryHost, expected: unknown): readonly string[] {
  if (proxy === undefined) return []
  const networks = Array.isArray(expected) ? expected : []
  if (proxy.on && networks.length === 0)
    return [
      `${name} speaks the PROXY protocol, but HAProxy of ${host.name} expects it of nobody, and refuses its requests: list its subnets in vars.haproxy.proxyProtocol`,
    ]
  if (!proxy.on && networks.length > 0)
    return [
      `${name} does not speak the PROXY protocol: if its subnets are in vars.haproxy.proxyProtocol, HAProxy of ${host.name} refuses its requests`,
    ]
  if (proxy.on && proxy.fromClients && !networks.some((network) => /^(0\.0\.0\.0|::)\/0$/.test(String(network))))
    return [
      `${name} preserves client addresses, so its connections come from others than vars.haproxy.proxyProtocol lists: turn client IP preservation off`,
    ]
  return []
}

/** The mismatches between a balancer and a host's HAProxy. Pure. */
export function misfits(seen: BalancerSeen, host: InventoryHost): readonly string[] {
  if (host.vars.haproxy === undefined) return []
  const { healthPort, clientSeconds, serverSeconds, leaveSeconds, ...own } = object(host.vars.haproxy)
  const hardStopSeconds =
    typeof own.hardStopSeconds === 'number' && typeof clientSeconds === 'number'
      ? haproxyHardStop({ hardStopSeconds: own.hardStopSeconds, clientSeconds })
      : own.hardStopSeconds
  return [
    ...wrongCheck(seen, host, healthPort),
    ...wrongProxy(seen, host, own.proxyProtocol),
    ...wrongTimes(seen, { clientSeconds, serverSeconds, hardStopSeconds, leaveSeconds }),
  ]
}
