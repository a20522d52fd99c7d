import { list } from '../../lib/json.ts'
import { absolute } from '../app/place.ts'
import { type Rule, refuse } from './rule.ts'

/** Dependencies (apps or groups) that do not run. Marathon silently ignores ids that it does not know. */
export const dependencies: Rule = (app, { apps }) =>
  apps === undefined
    ? []
    : list(app.dependencies).flatMap((each, i) => {
        const path = absolute(String(each), String(app.id))
        const runs = apps.some(({ id }) => id === path || String(id).startsWith(`${path}/`))
        if (runs) return []
        return refuse(
          'dependency',
          `dependencies[${i}]`,
          `${path} is no app that runs, and Marathon would not wait for it: start it first, or leave it out.`,
        )
      })
