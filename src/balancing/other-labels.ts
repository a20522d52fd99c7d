import { nearest } from '../lib/did-you-mean.ts'
import { type Json, list, object, text } from '../lib/json.ts'
import { LABELS, type Label, labelPath, type Mistake } from './labels.ts'

const mistake = (path: string, message: string): Mistake => ({ rule: 'lb-label', path, message })

/** Labels of other load balancers, with their owner and our equivalent; the first match of a name or value counts. */
const FOREIGN: readonly (readonly [pattern: RegExp, whose: string, ours?: Label])[] = [
  [/^HAPROXY_(\d+_)?(GROUP|ENABLED)$/, 'marathon-lb', 'lb.enable'],
  [/^HAPROXY_\d+_VHOST$/, 'marathon-lb', 'lb.host'],
  [/^HAPROXY_\d+_(HTTP_BACKEND_PROXYPASS_PATH|PATH)$/, 'marathon-lb', 'lb.path'],
  [/^HAPROXY_\d+_STICKY$/, 'marathon-lb', 'lb.sticky'],
  [/^HAPROXY_\d+_PORT$/, 'marathon-lb', 'lb.tcp'],
  [/^HAPROXY_/, 'marathon-lb'],
  [/^traefik\.enable$/i, 'Traefik', 'lb.enable'],
  [/^traefik\.tcp\./i, 'Traefik', 'lb.tcp'],
  [/^traefik\..*\brule$/i, 'Traefik', 'lb.host'],
  [/^traefik\..*\bsticky\b/i, 'Traefik', 'lb.sticky'],
  [/^traefik\..*health-?check\.path$/i, 'Traefik', 'lb.check'],
  [/^traefik\..*\bport(name|index)?$/i, 'Traefik', 'lb.port'],
  [/^traefik\./i, 'Traefik'],
  [/\burlprefix-/, 'fabio', 'lb.host'],
  [/^VIP_\d+$/, 'DC/OS'],
]

const letters = (name: string): string => name.replace(/[^a-z]/gi, '').toLowerCase()

/** Does a name look like one of our labels? */
const isMeantForUs = (name: string): boolean =>
  /^lb[^a-z0-9]/i.test(name) ||
  /^lb[A-Z]/.test(name) ||
  Object.keys(LABELS).some((label) => letters(label) === letters(name))

type Labels = Readonly<Record<string, string>>

/** Labels that begin like ours but do not exist. */
export const unknownLabels = (labels: Labels): readonly Mistake[] =>
  Object.keys(labels)
    .filter((name) => !(name in LABELS) && isMeantForUs(name))
    .map((name) => {
      const meant = nearest(name, Object.keys(LABELS))
      const hint = meant === undefined ? `there are ${Object.keys(LABELS).join(', ')}.` : `did you mean ${meant}?`
      return mistake(labelPath(name), `is not a label of the load balancer, so it would be ignored: ${hint}`)
    })

/** Labels of other load balancers, which have no effect here. */
export const foreignLabels = (labels: Labels, at = labelPath): readonly Mistake[] =>
  Object.entries(labels).flatMap(([name, value]) => {
    const [, whose, ours] = FOREIGN.find(([pattern]) => pattern.test(name) || pattern.test(value)) ?? []
    const instead = ours === undefined ? 'there is no such label here' : `here it is ${ours}`
    return whose === undefined ? [] : [mistake(at(name), `is a label of ${whose}, which is ignored here: ${instead}.`)]
  })

/** Our labels that have no effect because the app is not behind the HAProxies. */
export const idleLabels = (labels: Labels): readonly Mistake[] =>
  labels['lb.enable'] === undefined
    ? Object.keys(labels)
        .filter((name) => name in LABELS)
        .map((name) => mistake(labelPath(name), 'does nothing without the label lb.enable "true".'))
    : []

/** Labels at another place than the app's own, with the JSON path of each. */
type Elsewhere = readonly [labels: Labels, at: (name: string) => string]

const strings = (value: unknown): Labels =>
  Object.fromEntries(Object.entries(object(value)).map(([name, each]) => [name, String(each)]))

/** The labels of the objects in a list. */
const labelsIn = (items: unknown, at: string): readonly Elsewhere[] =>
  list(items).map((item, i) => [strings(object(item).labels), (name) => `${at}[${i}].${labelPath(name)}`])

/** The labels of a Docker container, which are given as parameters: `{ "key": "label", "value": "NAME=VALUE" }`. */
const dockerLabels = (parameters: unknown): readonly Elsewhere[] =>
  list(parameters)
    .map(object)
    .map(({ key, value }, i) => {
      const [name = '', ...rest] = /^(l|label)$/.test(text(key)) ? text(value).split('=') : []
      return [{ [name]: rest.join('=') }, () => `container.docker.parameters[${i}]`]
    })

/** Every place of a definition, besides the app's own labels, where Marathon takes labels. */
function elsewhere({ container, portDefinitions, networks, ipAddress }: Json): readonly Elsewhere[] {
  const { docker, portMappings } = object(container)
  return [
    ...labelsIn(portMappings, 'container.portMappings'),
    ...labelsIn(object(docker).portMappings, 'container.docker.portMappings'),
    ...dockerLabels(object(docker).parameters),
    ...labelsIn(portDefinitions, 'portDefinitions'),
    ...labelsIn(networks, 'networks'),
    [strings(object(ipAddress).labels), (name) => `ipAddress.${labelPath(name)}`],
    ...labelsIn(object(object(ipAddress).discovery).ports, 'ipAddress.discovery.ports'),
  ]
}

/**
 * Labels at a place where nobody reads them: of a port, a network or a Docker container. `ours` are meant for us, so
 * the app would be balanced otherwise than its definition says; `others` belong to other load balancers.
 */
export function misplacedLabels(definition: Json): {
  readonly ours: readonly Mistake[]
  readonly others: readonly Mistake[]
} {
  const all = elsewhere(definition)
  const unread = 'is not read here, so it would be ignored: put it into the labels of the app.'
  return {
    ours: all.flatMap(([labels, at]) =>
      Object.keys(labels)
        .filter(isMeantForUs)
        .map((name) => mistake(at(name), unread)),
    ),
    others: all.flatMap(([labels, at]) => foreignLabels(labels, at)),
  }
}
