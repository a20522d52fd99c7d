import type { Definition } from '../../clients/marathon-answers.ts'
import { object } from '../../lib/json.ts'
import { instances, isBalanced, labels, list, type Rule, refuse, warn } from './rule.ts'

/** The app's ports, by index: what the registrar can find. */
function portNames(app: Definition): readonly string[] {
  const mappings = list(object(app.container).portMappings)
  const ports = mappings.length > 0 ? mappings : list(app.portDefinitions)
  return ports.map((port) => String(port.name ?? ''))
}

const lbPort: Rule = (app) => {
  if (!isBalanced(app)) return []
  const names = portNames(app)
  const wanted = labels(app)['lb.port']
  if (names.length === 0 && app.ports === undefined)
    return refuse(
      'lb-port',
      'container.portMappings',
      'is missing: lb.enable needs a port that the HAProxies can send to. Add [{"containerPort": 3000, "hostPort": 0, "name": "http"}].',
    )
  if (wanted === undefined || names.includes(String(wanted)) || (/^\d+$/.test(String(wanted)) && Number(wanted) < names.length)) return []
  const known = names.map((name, i) => (name === '' ? String(i) : `${name} (${i})`)).join(', ')
  return refuse('lb-port', 'labels["lb.port"]', `there is no port "${wanted}", so no HAProxy would send to the app. There is ${known}.`)
}

const lbEnable: Rule = (app) => {
  const said = labels(app)['lb.enable']
  return said === undefined || said === 'true' || said === 'false'
    ? []
    : warn('lb-enable', 'labels["lb.enable"]', `only "true" puts an app behind the HAProxies; "${said}" does not.`)
}

const strict: Rule = (app, { strict = 0 }) =>
  isBalanced(app) && instances(app) < strict
    ? warn(
        'no-local-task',
        'instances',
        `${instances(app)} tasks cannot be on all ${strict} slaves, and with vars.haproxy.fallback "none" a slave without one answers 503.`,
      )
    : []

/** Whether the HAProxies can send to it. */
export const loadBalancer: readonly Rule[] = [lbPort, lbEnable, strict]
