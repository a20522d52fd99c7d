import type { Fault } from '../read.ts'
import type { App } from '../types.ts'

const OPERATORS = ['UNIQUE', 'CLUSTER', 'GROUP_BY', 'LIKE', 'MAX_PER', 'UNLIKE', 'IS']

const isPattern = (text: string): boolean => {
  try {
    return text !== '' && Boolean(new RegExp(text))
  } catch {
    return false
  }
}

const problem = ([, operator, value]: readonly string[]): string | undefined => {
  if (!OPERATORS.includes(operator as string))
    return 'operator must be one of the following UNIQUE, CLUSTER, GROUP_BY, LIKE, MAX_PER, UNLIKE or IS'
  if ((operator === 'LIKE' || operator === 'UNLIKE') && !isPattern(value ?? ''))
    return 'LIKE and UNLIKE require a non-empty, regular expression value'
  if (operator === 'UNIQUE' && value !== undefined) return 'UNIQUE does not accept a value'
  if (operator === 'GROUP_BY' && value !== undefined && !/^\d+$/.test(value))
    return 'GROUP BY must define an integer value'
  if (operator === 'MAX_PER' && !/^\d+$/.test(value ?? '')) return 'MAX_PER must have an integer value'
  if (operator === 'IS' && !value) return 'IS requires a value'
  return undefined
}

export const validConstraints = (app: App): Fault[] =>
  (app.constraints ?? []).flatMap((constraint) => {
    const error = problem(constraint)
    return error === undefined ? [] : [{ path: '/constraints', error }]
  })
