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
    wrong.push(`${name} checks by ${protocol}, which also passes where HAProxy cannot serve: let it ask HTTP ${HEALTH}`)
  else if (path !== HEALTH)
    wrong.push(`${name} asks ${path ?? 'no path'}, and HAProxy says at ${HEALTH} whether it can serve`)
  if (!ports.includes(port))
    wrong.push(`${name} asks port ${port}, and HAProxy of ${host.name} says how it is at ${ports.join(' and ')}`)
  if (codes !== undefined && holds(codes, UNABLE))
    wrong.push(`${name} takes the answer ${UNABLE} for healthy (${codes}), and HAProxy gives it where it cannot serve`)
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
    (own) => `takes ${notices} s to see that HAProxy cannot serve, which is given ${own} for that`,
  )
  if (idleSeconds !== undefined) {
    than(
      'clientSeconds',
      (own) => idleSeconds >= own,
      (own) =>
        `keeps idle connections for ${idleSeconds} s, and HAProxy closes them after ${own}: it must be the longer`,
    )
    than(
      'serverSeconds',
      (own) => idleSeconds < own,
      (own) => `gives up on an answer after ${idleSeconds} s, and HAProxy waits for it for ${own}`,
    )
    than(
      'hardStopSeconds',
      (own) => idleSeconds > own,
      (own) => `keeps idle connections for ${idleSeconds} s, and HAProxy ends them ${own} after it was reloaded`,
    )
  }
  if (drainSeconds === 0)
    return [...wrong, `${name} gives a target no time to end what it has begun: set its deregistration delay above 0`]
  than(
    'serverSeconds',
    (own) => drainSeconds < own,
    (own) => `gives a target that leaves ${drainSeconds} s, and HAProxy waits for an answer for ${own}`,
  )
  than(
    'hardStopSeconds',
    (own) => drainSeconds > own,
    (own) => `gives a target that leaves ${drainSeconds} s, and HAProxy ends connections ${own} after it was reloaded`,
  )
  return wrong
}

/** The mismatches between a balancer and a host's HAProxy. Pure. */
export function misfits(seen: BalancerSeen, host: InventoryHost): readonly string[] {
  if (host.vars.haproxy === undefined) return []
  const { healthPort, clientSeconds, serverSeconds, hardStopSeconds, leaveSeconds } = object(host.vars.haproxy)
  return [
    ...wrongCheck(seen, host, healthPort),
    ...wrongTimes(seen, { clientSeconds, serverSeconds, hardStopSeconds, leaveSeconds }),
  ]
}
