/** The five fields of a schedule of cron. */
interface Field {
  readonly what: string
  readonly from: number
  readonly to: number
  readonly names?: readonly string[]
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']

const FIELDS: readonly Field[] = [
  { what: 'minute', from: 0, to: 59 },
  { what: 'hour', from: 0, to: 23 },
  { what: 'day of the month', from: 1, to: 31 },
  { what: 'month', from: 1, to: 12, names: MONTHS },
  { what: 'day of the week', from: 0, to: 7, names: DAYS },
]

/** What is wrong with a schedule that has the right form: a value that never comes. */
export function scheduleFault(schedule: string): string | undefined {
  if (schedule.startsWith('@')) return undefined
  return schedule
    .split(' ')
    .flatMap((text, i) => text.split(',').map((part) => fault(part, FIELDS[i] as Field)))
    .find((text) => text !== undefined)
}

function fault(part: string, { what, from, to, names = [] }: Field): string | undefined {
  const [range = '', step, ...more] = part.split('/')
  // cron reads what it understands, and ignores the rest of the field
  if (more.length > 0 || range.split('-').length > 2)
    return `the ${what} ${JSON.stringify(part)} is not one number, range or step`
  if (step !== undefined && range !== '*' && !range.includes('-'))
    return `the ${what} ${JSON.stringify(part)} has a step without a range: write ${range}-${to}/${step}`
  if (step !== undefined && !(Number(step) > 0)) return `every ${step} ${what}s is never`
  if (range === '*') return undefined
  const ends = range.split('-').map((word) => {
    const named = names.indexOf(word.toLowerCase())
    return { word, value: named < 0 ? Number(word || Number.NaN) : named + from }
  })
  for (const { word, value } of ends) {
    if (Number.isNaN(value))
      return `the ${what} ${JSON.stringify(word)} is ${names.length > 0 ? 'neither a number nor a name' : 'not a number'}`
    if (value < from || value > to) return `the ${what} ${word} is not ${from} to ${to}`
  }
  const [first, last] = ends
  return last !== undefined && (first?.value ?? 0) > last.value
    ? `the ${what}s ${range} end before they begin`
    : undefined
}
