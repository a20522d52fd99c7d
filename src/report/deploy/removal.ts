import type { DeployEvent } from '../../deploy/events.ts'
import { count, list } from '../../lib/units.ts'
import { paint } from '../terminal/paint.ts'
import { begin, clean, type Look, pad } from '../terminal/text.ts'

/** The width of the column with the parts' names. */
export const LABEL = 9

type Removal = Extract<DeployEvent, { readonly event: 'removal' }>

/** What a removal would remove, one line per place. */
export function removalLines({ tasks, service, registered = 0, balancers, route }: Removal, look: Look): string[] {
  const line = (label: string, text: string): string =>
    `  ${paint('red', '-', look)} ${paint('dim', pad(label, LABEL), look)}  ${begin(clean(text, look), look.columns - LABEL - 6, look)}`
  const all = tasks.reduce((sum, each) => sum + each.count, 0)
  const places = tasks.map((each) => `${each.count} on ${each.host}`).join(', ')
  return [
    line('tasks', all === 0 ? 'none' : `${all}: ${places}`),
    ...(service === undefined ? [] : [line('consul', `${service}, ${count(registered, 'registration')}`)]),
    ...(balancers.length === 0
      ? []
      : [line('haproxy', `be_${service} on ${list(balancers)}${route === undefined ? '' : `, for ${route}`}`)]),
  ]
}

/** What remains of an app during its removal: `2 tasks, 1 registration in Consul, 3 HAProxies`. */
export function leavingText({
  tasks,
  registered,
  balancers,
}: Extract<DeployEvent, { readonly event: 'leaving' }>): string {
  const left = [
    ...(tasks > 0 ? [count(tasks, 'task')] : []),
    ...(registered > 0 ? [`${count(registered, 'registration')} in Consul`] : []),
    ...(balancers > 0 ? [balancers === 1 ? '1 HAProxy' : `${balancers} HAProxies`] : []),
  ]
  return left.length === 0 ? 'nothing is left' : `${list(left)} left`
}
