import { isDeepStrictEqual } from 'node:util'
import { balanceable } from '../../../balancing/definition.ts'
import type { Fault } from '../../../lib/check.ts'
import { type Json, object, text } from '../../../lib/json.ts'
import type { Path } from '../../../lib/json-path.ts'
import { type MarathonRule, objects, wrong, wrongIf } from './rule.ts'

/** Members of a health check that do not go with a command. */
const NETWORK = ['path', 'port']

function combination(check: Json, at: Path): readonly Fault[] {
  const protocol = text(check.protocol) || 'HTTP'
  if (check.ipProtocol === 'IPv6' && !/^MESOS_/.test(protocol))
    return wrong([...at, 'ipProtocol'], 'goes with checks over the network by Mesos only (MESOS_HTTP, MESOS_TCP)')
  if (protocol !== 'COMMAND')
    return wrongIf(
      check.command !== undefined,
      [...at, 'command'],
      `goes with protocol "COMMAND" only, and this check is ${protocol}: leave one out`,
    )
  if (check.command === undefined)
    return wrong([...at, 'command'], 'is missing: write {"value": "pg_isready"}, or another protocol')
  const key = NETWORK.find((each) => check[each] !== undefined)
  return wrongIf(key !== undefined, [...at, key ?? ''], 'does not go with protocol "COMMAND": leave it out')
}

/** An index of a port that the app does not have. */
function outOfRange(check: Json, at: Path, ports: number): readonly Fault[] {
  const index = Number(check.portIndex ?? 0)
  if (text(check.protocol) === 'COMMAND' || typeof check.port === 'number' || index < ports) return []
  const last = ports === 1 ? 'one port, with index 0' : `ports 0 to ${ports - 1}`
  const has = ports === 0 ? 'no port' : last
  return wrong([...at, 'portIndex'], `is ${index}, but the app has ${has}`)
}

function health(app: Json): readonly Fault[] {
  const checks = objects(app.healthChecks)
  const ports = portsOf(app)
  const mesos = checks.flatMap((check, i) => (text(check.protocol).startsWith('MESOS_') ? [{ check, i }] : []))
  const another = mesos.find(({ check }) => !isDeepStrictEqual(check, mesos[0]?.check))
  return [
    ...checks.flatMap((check, i) => {
      const at = ['healthChecks', i]
      return [...combination(check, at), ...(ports === undefined ? [] : outOfRange(check, at, ports))]
    }),
    ...wrongIf(
      another !== undefined,
      ['healthChecks', another?.i ?? 0],
      'is a second check by Mesos (MESOS_…), of which an app may have one: ask for both behind one path',
    ),
  ]
}

/** How many ports an app has; undefined if Marathon decides that. */
function portsOf(app: Json): number | undefined {
  const { ports } = balanceable(app)
  const said = app.portDefinitions ?? object(app.container).portMappings
  return ports.length > 0 || said !== undefined ? ports.length : undefined
}

function general({ check }: Json): readonly Fault[] {
  if (check === undefined) return []
  const kinds = ['http', 'tcp', 'exec'].filter((kind) => object(check)[kind] !== undefined)
  return wrongIf(kinds.length !== 1, ['check'], 'must have one of http, tcp and exec')
}

function readiness(app: Json): readonly Fault[] {
  const names = balanceable(app).ports.map(({ name }) => name)
  const known = names.filter((name) => name !== '')
  return objects(app.readinessChecks).flatMap((check, i) => {
    const at: Path = ['readinessChecks', i]
    const { portName = 'http-api', intervalSeconds: every = 30, timeoutSeconds: within = 10 } = check
    const there = known.length > 0 ? `its ports are ${known.join(', ')}` : 'none of its ports has a name'
    const said = check.portName === undefined ? 'is missing, which means' : 'is'
    return [
      ...wrongIf(i > 0, at, 'is a second one, and Marathon takes one: ask for both behind one path'),
      ...wrongIf(!known.includes(String(portName)), [...at, 'portName'], `${said} "${portName}", but ${there}`),
      ...wrongIf(
        Number(within) >= Number(every),
        [...at, check.timeoutSeconds === undefined ? 'intervalSeconds' : 'timeoutSeconds'],
        `leaves no pause between two checks: timeoutSeconds is ${within}, and intervalSeconds (${every}) must be more`,
      ),
    ]
  })
}

/** Health checks, the general check, and readiness checks. */
export const checks: MarathonRule = {
  reads: ['healthChecks', 'check', 'readinessChecks', 'container', 'portDefinitions', 'ports', 'networks', 'ipAddress'],
  find: (app) => [...health(app), ...general(app), ...readiness(app)],
}
