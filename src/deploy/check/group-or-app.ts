import { type Rule, refuse } from './rule.ts'

/** An id that is a group's, or that would make another app's id one: Marathon takes neither. */
export const groupOrApp: Rule = ({ id }, { ids = [] }) => {
  const own = String(id)
  const below = ids.find((each) => each.startsWith(`${own}/`))
  const above = ids.find((each) => own.startsWith(`${each}/`))
  if (below !== undefined)
    return refuse('group', 'id', `${own} is the group of ${below}, and cannot be an app as well: give it another id.`)
  if (above !== undefined)
    return refuse('group', 'id', `would be in a group ${above}, but ${above} is an app: give it another id.`)
  return []
}
