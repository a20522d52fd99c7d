import type { DeployEvent } from '../../deploy/events.ts'
import { count } from '../../lib/units.ts'
import { paint } from '../terminal/paint.ts'
import { begin, clean, type Look, pad } from '../terminal/text.ts'
import { LABEL } from './removal.ts'

type Event<Name> = Extract<DeployEvent, { readonly event: Name }>

/** `one task from slave-1 to slave-2` */
export const movedText = ({ from, to }: { readonly from: string; readonly to: string }): string =>
  `one task from ${from} to ${to}`

/** The hosts of an app's tasks, and a line for each move. */
export function balanceLines({ hosts, moves }: Event<'balance'>, look: Look): string[] {
  const ways = new Map<string, number>()
  for (const { from, to } of moves) ways.set(`${from} to ${to}`, (ways.get(`${from} to ${to}`) ?? 0) + 1)
  const line = (mark: string, label: string, text: string): string =>
    `  ${mark} ${paint('dim', pad(label, LABEL), look)}  ${begin(clean(text, look), look.columns - LABEL - 6, look)}`
  const places = hosts.map((each) => `${each.count} on ${each.host}`).join(', ')
  const tilde = paint('yellow', '~', look)
  return [
    line(' ', 'tasks', places === '' ? 'none' : places),
    ...[...ways].map(([way, n]) => line(tilde, 'move', `${count(n, 'task')} from ${way}`)),
  ]
}
