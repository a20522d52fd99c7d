import { isDeepStrictEqual } from 'node:util'
import type { Definition } from '../../clients/marathon-answers.ts'
import { list, object } from '../../lib/json.ts'
import { imageOf, imageTag } from '../app/version.ts'
import { labels, type Rule, warn } from './rule.ts'

/** What an app runs, apart from its version: its program, its image without the tag, its environment. */
function program(app: Definition): unknown {
  const image = imageOf(app)
  const { VERSION: _, ...env } = object(app.env)
  return [app.cmd ?? '', list(app.args), image.slice(0, image.length - imageTag(image).length), env]
}

/**
 * An app under a new id that runs what another one runs: that one, renamed, perhaps. Where both have a route, `clash`
 * says so.
 */
export const renamed: Rule = (app, { apps = [], ids = [], replaces }) => {
  const known = [...ids, ...apps.map(({ id }) => id)]
  if (replaces !== undefined || known.includes(app.id)) return []
  if (['lb.host', 'lb.path', 'lb.tcp'].some((label) => labels(app)[label] !== undefined)) return []
  const twin = apps.find((each) => isDeepStrictEqual(program(each), program(app)))
  if (twin === undefined) return []
  return warn(
    'replaces',
    'id',
    `is new, and ${twin.id} runs the same program in the same environment. If this is ${twin.id} under another name, let it take that app's place: provision deploy --replaces ${twin.id}`,
  )
}
