import type { Fault } from '../../../lib/check.ts'
import { type Json, list, object, text } from '../../../lib/json.ts'
import { absolute } from '../place.ts'
import { type MarathonRule, objects, wrong, wrongIf } from './rule.ts'

/** Marathon needs exactly one of `cmd`, `args` and a container image to run. */
function run({ cmd, args, container }: Json): readonly Fault[] {
  if (cmd !== undefined && args !== undefined)
    return wrong(['args'], 'cannot stand beside cmd: Marathon takes one of them')
  if (typeof cmd === 'string') return wrongIf(cmd.trim() === '', ['cmd'], 'is empty: write a command, or leave it out')
  if (object(object(container).docker).image !== undefined || list(args).length > 0) return []
  if (args !== undefined) return wrong(['args'], 'is empty, and there is no image with a command of its own')
  return wrong(['cmd'], 'is missing: an app needs a cmd, args, or a container with an image')
}

function files({ uris, fetch }: Json): readonly Fault[] {
  const places = [
    ...list(uris).map((uri, i) => [['uris', i], text(uri)] as const),
    ...objects(fetch).map(({ uri }, i) => [['fetch', i, 'uri'], text(uri)] as const),
  ]
  return [
    ...wrongIf(
      list(uris).length > 0 && list(fetch).length > 0,
      ['uris'],
      'cannot stand beside fetch: write all into fetch',
    ),
    ...places.flatMap(([at, uri]) => wrongIf(/[\s"<>\\^`{|}]/.test(uri), at, 'has a character that no URI may have')),
  ]
}

/** Secrets that the environment refers to, and that the app does not declare. */
const secrets = ({ env, secrets }: Json): readonly Fault[] =>
  Object.entries(object(env)).flatMap(([name, value]) => {
    const { secret } = object(value)
    const known = typeof secret !== 'string' || Object.hasOwn(object(secrets), secret)
    return wrongIf(!known, ['env', name, 'secret'], `is "${secret}", which is not among the app's secrets`)
  })

function unreachable({ unreachableStrategy }: Json): readonly Fault[] {
  const { inactiveAfterSeconds: inactive = 0, expungeAfterSeconds: expunge = 0 } = object(unreachableStrategy)
  return wrongIf(
    Number(inactive) > Number(expunge),
    ['unreachableStrategy', 'expungeAfterSeconds'],
    `must not be less than inactiveAfterSeconds: ${inactive}, not ${expunge}`,
  )
}

function limits({ resourceLimits, cpus = 1, mem = 128 }: Json): readonly Fault[] {
  const given = object(resourceLimits)
  return Object.entries({ cpus, mem }).flatMap(([name, least]) => {
    const most = given[name]
    return wrongIf(
      typeof most === 'number' && most < Number(least),
      ['resourceLimits', name],
      `must not be less than ${name}: ${least}, not ${most}`,
    )
  })
}

/** An app that would wait for itself. */
const circular = ({ id, dependencies }: Json): readonly Fault[] =>
  list(dependencies).flatMap((each, i) => {
    const own = `/${text(id).split('/').filter(Boolean).join('/')}`
    const path = absolute(text(each), own).replace(/(?<=.)\/$/, '')
    const within = path === own || path === '/' || own.startsWith(`${path}/`)
    const what = path === own ? 'the app itself' : `the group that it is in`
    return wrongIf(within, ['dependencies', i], `is ${what}, which it would wait for: leave it out`)
  })

/** The command, what it needs, and where it may run. */
export const program: MarathonRule = {
  reads: [
    'id',
    'cmd',
    'args',
    'container',
    'cpus',
    'mem',
    'uris',
    'fetch',
    'env',
    'secrets',
    'unreachableStrategy',
    'resourceLimits',
    'dependencies',
    'acceptedResourceRoles',
  ],
  find: (app) => [
    ...run(app),
    ...files(app),
    ...secrets(app),
    ...unreachable(app),
    ...limits(app),
    ...circular(app),
    ...wrongIf(
      Array.isArray(app.acceptedResourceRoles) && app.acceptedResourceRoles.length === 0,
      ['acceptedResourceRoles'],
      'is empty, so that no task could start: leave it out, or write ["*"]',
    ),
  ],
}
