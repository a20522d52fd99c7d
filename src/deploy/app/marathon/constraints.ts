import type { Fault } from '../../../lib/check.ts'
import { didYouMean } from '../../../lib/did-you-mean.ts'
import { list } from '../../../lib/json.ts'
import { isPattern } from './java-pattern.ts'
import { type MarathonRule, wrong } from './rule.ts'

const OPERATORS = ['UNIQUE', 'CLUSTER', 'GROUP_BY', 'LIKE', 'UNLIKE', 'MAX_PER', 'IS']

/** What is wrong with a constraint: the index in it, and why. */
function mistake(field: string, operator: string, value: string | undefined): readonly [number, string] | undefined {
  if (field === '') return [0, 'must name an attribute, or "hostname"']
  if (!OPERATORS.includes(operator))
    return OPERATORS.includes(operator.toUpperCase())
      ? [1, `must be in capitals: write "${operator.toUpperCase()}"`]
      : [1, `must be ${OPERATORS.join(', ')}, not "${operator}"${didYouMean(operator, OPERATORS)}`]
  if (operator === 'UNIQUE' && value !== undefined)
    return [2, 'does not go with UNIQUE: leave it out, or write ["hostname", "MAX_PER", "2"]']
  if (operator === 'MAX_PER' && !/^\+?[1-9]\d{0,8}$/.test(value ?? ''))
    return [value === undefined ? 1 : 2, 'needs a whole number above 0, like ["hostname", "MAX_PER", "2"]']
  if (operator === 'IS' && field !== 'hostname' && !/^[\w/.-]*$/.test(value ?? ''))
    return [2, 'may have letters, digits and _ / . - only; to compare other texts, use LIKE']
  if (operator !== 'LIKE' && operator !== 'UNLIKE') return undefined
  if (value === undefined || value === '')
    return [1, `needs a regular expression, like ["rack", "${operator}", "r[12]"]`]
  return isPattern(value) ? undefined : [2, `is no regular expression that Marathon can read: ${JSON.stringify(value)}`]
}

/** Where tasks may run. */
export const constraints: MarathonRule = {
  reads: ['constraints'],
  find: (app): readonly Fault[] =>
    list(app.constraints).flatMap((constraint, i) => {
      const [field, operator, value] = list(constraint)
      const found = mistake(String(field), String(operator), value === undefined ? undefined : String(value))
      return found === undefined ? [] : wrong(['constraints', i, found[0]], found[1])
    }),
}
