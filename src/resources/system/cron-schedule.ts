import { present } from '../../lib/compact.ts'

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

/** The most days that each month can have. */
const LONGEST = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/** What is wrong with a schedule that has the right form: a value that never comes. */
export function scheduleFault(schedule: string): string | undefined {
  if (schedule.startsWith('@')) return undefined
  const texts = schedule.split(' ')
  const wrong = texts
    .flatMap((text, i) => text.split(',').map((part) => fault(part, present(FIELDS[i]))))
    .find((text) => text !== undefined)
  if (wrong !== undefined) return wrong
  const [, , days, months] = texts.map((text, i) => numbersOf(text, present(FIELDS[i])))
  // a day of the week of its own is enough for cron
  const comes =
    !texts[4]?.startsWith('*') || months?.some((month) => Math.min(...(days ?? [])) <= (LONGEST[month - 1] ?? 0))
  return comes ? undefined : 'no month that it names has such a day, so it never comes'
}

const numberOf = (word: string, { from, names = [] }: Field): number => {
  const named = names.indexOf(word.toLowerCase())
  return named < 0 ? Number(word || Number.NaN) : named + from
}

/** The numbers that a field without a fault stands for. */
const numbersOf = (text: string, field: Field): readonly number[] =>
  text.split(',').flatMap((part) => {
    const [range = '', step = '1'] = part.split('/')
    const [first = field.from, last = first] =
      range === '*' ? [field.from, field.to] : range.split('-').map((word) => numberOf(word, field))
    return Array.from({ length: Math.floor((last - first) / Number(step)) + 1 }, (_, i) => first + i * Number(step))
  })

function fault(part: string, field: Field): string | undefined {
  const { what, from, to, names = [] } = field
  const [range = '', step, ...more] = part.split('/')
  // cron reads what it understands, and ignores the rest of the field
  if (more.length > 0 || range.split('-').length > 2)
    return `the ${what} ${JSON.stringify(part)} is not one number, range or step`
  if (step !== undefined && range !== '*' && !range.includes('-'))
    return `the ${what} ${JSON.stringify(part)} has a step without a range: write ${range}-${to}/${step}`
  if (step !== undefined && !(Number(step) > 0)) return `every ${step} ${what}s is never`
  if (range === '*') return undefined
  const ends = range.split('-').map((word) => ({ word, value: numberOf(word, field) }))
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
