import { type Json, list, object } from '../../lib/json.ts'

/** Members that Marathon adds to an app in its answers. */
export const ADDED = /^(version|versionInfo|tasks\w*|taskStats|deployments|lastTaskFailure|readinessCheckResults)$/

/** Members that Marathon no longer knows, and that exports of older versions still contain. */
export const DROPPED: ReadonlySet<string> = new Set(['storeUrls'])

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Other kinds of JSON file, with the members that distinguish them from an app. */
const STRANGERS: readonly (readonly [members: readonly string[], what: string])[] = [
  [['apiVersion', 'kind'], 'an object of Kubernetes'],
  [['services'], 'a file of Docker Compose'],
  [['taskDefinition'], 'a service of ECS'],
  [['containerDefinitions'], 'a task definition of ECS'],
  [['Job'], 'a job of Nomad'],
  [['job'], 'a job of Nomad'],
  [['packagingVersion'], 'a package of DC/OS'],
  [['hosts'], 'an inventory'],
  [['schedule', 'command'], 'a job of Chronos'],
  [['run', 'id'], 'a job of Metronome'],
  [['versions'], "the list of an app's versions"],
  [['deploymentId'], 'what Marathon answers to a change'],
  [['tasks'], 'a list of tasks'],
  [['queue'], "Marathon's queue"],
  [['leader'], "the name of Marathon's leader"],
  [['frameworkId'], 'what Marathon says of itself'],
]

function stranger(file: Json): string | undefined {
  const has = (key: string): boolean => file[key] !== undefined
  const [, what] = STRANGERS.find(([keys]) => keys.every(has) && has('id') === keys.includes('id')) ?? []
  return what
}

/** What a JSON file contains if it is not a single Marathon app; undefined if it may be one. */
export function otherFile(value: unknown): string | undefined {
  if (Array.isArray(value)) return 'contains a list: deploy takes one app, in a file for each'
  const file = object(value)
  if (Array.isArray(file.containers))
    return 'contains a pod (it has containers): deploy takes an app, with one container'
  if (isObject(file.app) && file.id === undefined)
    return 'contains an answer from Marathon: the app is the value of "app"'
  if (Array.isArray(file.apps) && file.id === undefined && file.groups === undefined)
    return 'contains a list of apps, as Marathon answers it: deploy takes one app, in a file for each'
  if (Array.isArray(file.apps) || Array.isArray(file.groups))
    return 'contains a group (it has apps or groups): deploy takes one app, in a file for each, with its whole path as id'
  if (typeof file.message === 'string' && file.id === undefined)
    return `contains an error that Marathon answered: ${JSON.stringify(file.message).slice(0, 120)}`
  const what = stranger(file)
  return what === undefined ? undefined : `contains ${what}: deploy takes a Marathon app`
}

/** Members whose values are the user's own strings, where a null would be a mistake. */
const OPEN = new Set(['env', 'labels'])

/** Removes members that are null: Marathon writes null for an absent member, and accepts it as such. */
export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (!isObject(value)) return value
  const entries = Object.entries(value).filter(([, each]) => each !== null)
  return Object.fromEntries(entries.map(([key, each]) => [key, OPEN.has(key) ? each : withoutNulls(each)]))
}

/**
 * Converts networks and ports from the notation before Marathon 1.5 to the current one, as Marathon does. All checks
 * expect the current one.
 */
export function modern<File extends object>(file: File): File {
  const app = object(file)
  const container = object(app.container)
  const { network, portMappings, ...docker } = object(container.docker)
  if (list(container.portMappings).length > 0) return file
  // it refuses a check of one of the ports as long as the network is written in the old way
  if (list(portMappings).length === 0 && network !== 'HOST') return file
  const mode = { HOST: 'host', BRIDGE: 'container/bridge', USER: 'container' }[String(network ?? 'BRIDGE')]
  if (mode === undefined || list(app.networks).length > 0) return file
  const { ipAddress, ...rest } = app
  const { networkName: name } = object(ipAddress)
  const own = mode === 'container'
  const networks = [{ mode, ...(own && name !== undefined ? { name } : {}) }]
  const ports = list(portMappings).length > 0 ? { portMappings } : {}
  return { ...(own ? (rest as File) : file), networks, container: { ...container, docker, ...ports } }
}
