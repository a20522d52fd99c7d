import type { Fault } from '../read.ts'
import type { App } from '../types.ts'
import { validConstraints } from './constraints.ts'
import { validHealthChecks } from './health-checks.ts'
import { validNetworks } from './networks.ts'
import { validPorts } from './ports.ts'
import { validSecrets } from './secrets.ts'

/** What the rules need to know beside the app. */
export interface Surroundings {
  readonly features: readonly string[]
  readonly roles: readonly string[]
  /** Ids of groups that have apps in them. */
  readonly groups: readonly string[]
}

const isUri = (text: string): boolean => !/[\s<>"{}|\\^`]/.test(text)

/** The rules that go beyond the types of fields, in the words of the real one. `given` is the body as it came. */
export const validate = (
  app: App,
  given: Readonly<Record<string, unknown>>,
  { features, roles, groups }: Surroundings,
): Fault[] => {
  const faults: Fault[] = []
  const check = (ok: boolean, path: string, error: string): void => {
    if (!ok) faults.push({ path, error })
  }
  const commands = Number(app.cmd !== undefined) + Number(app.args !== undefined)
  check(
    commands === 1 || (commands === 0 && app.container !== undefined),
    '/',
    "AppDefinition must either contain one of 'cmd' or 'args', and/or a 'container'.",
  )
  check(
    app.gpus === 0 || features.includes('gpu_resources'),
    '/',
    'Feature gpu_resources is not enabled. Enable with --enable_features gpu_resources)',
  )
  check(!groups.includes(app.id), '/', 'Groups and Applications may not have the same identifier.')
  check(roles.includes(app.role), '/role', `got ${app.role}, expected one of: [${roles.join(', ')}]`)
  check(given.residency === undefined || app.role !== '*', '/role', 'Resident apps cannot have the role *')
  check(
    (app.acceptedResourceRoles ?? []).every((role) => role === '*' || role === app.role),
    '/acceptedResourceRoles',
    'acceptedResourceRoles can only contain *',
  )
  const { unreachableStrategy: strategy } = app
  if (strategy !== 'disabled')
    check(
      strategy.inactiveAfterSeconds <= strategy.expungeAfterSeconds,
      '/unreachableStrategy/inactiveAfterSeconds',
      `inactiveAfterSeconds (${strategy.inactiveAfterSeconds}) must be less or equal to expungeAfterSeconds, which is ${strategy.expungeAfterSeconds}`,
    )
  const uris = (given.uris as readonly string[] | undefined) ?? []
  for (const [index, uri] of uris.entries()) check(isUri(uri), `/uris(${index})`, 'URI has invalid syntax.')
  return [
    ...faults,
    ...validConstraints(app),
    ...validHealthChecks(app),
    ...validNetworks(app),
    ...validPorts(app),
    ...validSecrets(app, features),
  ]
}
