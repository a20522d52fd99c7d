import {
  join,
  type Listens,
  listensAtOnce,
  type Net,
  type Refusal,
  type Script,
  type Step,
  sh,
  shFile,
} from '../../src/index.ts'

/** A process that already listens. */
interface Listener extends Listens {
  readonly program: string
  readonly pid: string
}

/** Do the steps start a unit that is not running? */
export const starts = (steps: readonly Step[], unit: string): boolean =>
  steps.some(
    ({ type, name, changes }) =>
      type === 'service' &&
      name === unit &&
      changes.some(({ attribute, to }) => attribute === 'running' && to === 'running'),
  )

/** Do the steps restart a running unit? */
export const restarts = (steps: readonly Step[], unit: string): boolean =>
  steps.some(
    ({ type, name, changes }) =>
      type === 'service' && name === unit && changes.some(({ action }) => action === 'restart'),
  )

/** Parses one line of `ss -Hltunp`. */
function listener(line: string): Listener | undefined {
  const [protocol = '', , , , local = ''] = line.trim().split(/\s+/)
  const [, address = '', port = ''] = /^\[?([^\]]*?)\]?(?:%[^:]*)?:(\d+)$/.exec(local) ?? []
  if (port === '') return undefined
  const [, program = '', pid = ''] = /users:\(\("([^"]+)",pid=(\d+)/.exec(line) ?? []
  // for "::", ss does not say whether it is IPv6 only
  const place = address === '*' || address === '::' ? {} : { address }
  return { udp: protocol === 'udp', ...place, port: Number(port), program, pid }
}

/**
 * sh that prints the processes of a unit in one line, followed by all listeners. A reload may replace processes at any
 * time, so it reads the unit's own both before and after the listeners. ss reads the processes before the sockets, so
 * it cannot name who began to listen in between: it is asked again.
 */
const whoListens = (unit: string): Script =>
  join([
    sh`command -v ss >/dev/null || exit 0
    unit=${unit}`,
    shFile(import.meta.url, './processes.sh'),
    sh`own=$(own_processes) listeners=
    for _ in 1 2 3; do
      listeners=$(ss -H -ltunp)
      echo "$listeners" | grep -vq 'users:(' || break
    done
    echo "$own $(own_processes)"
    echo "$listeners"`,
  ])

/**
 * Refuses ports that other processes hold and on which a unit is about to listen; one refusal for all of them. Checks
 * only if the steps start or restart the unit, or if it is `moved` while it runs. Its own listeners do not count, even
 * where the plan found it down: systemd may have started it since.
 * If the host cannot list its listeners, nothing is refused.
 */
export async function portsTaken(
  net: Net,
  steps: readonly Step[],
  unit: string,
  wanted: readonly Listens[],
  moved = false,
): Promise<readonly Refusal[]> {
  if (!moved && !starts(steps, unit) && !restarts(steps, unit)) return []
  const answer = await net.read(whoListens(unit))
  const [first = '', ...lines] = answer.split('\n')
  const own = new Set(first.match(/\d+/g))
  const others = lines.flatMap((line) => listener(line) ?? []).filter(({ pid }) => !own.has(pid))
  const taken = wanted.flatMap((each) => {
    const by = others.find((is) => listensAtOnce(each, is))
    return by === undefined
      ? []
      : [{ port: each.port, by: by.program === '' ? '' : ` by ${by.program} (process ${by.pid})` }]
  })
  if (taken.length === 0) return []
  const what = [
    ...new Map(taken.map((each) => [each.port, `Port ${each.port}, which ${unit} wants, is taken${each.by}`])).values(),
  ]
  return [{ refusal: 'port-in-use', reason: `${what.join('. ')}.`, remedy: 'Stop or move that first.', changes: [] }]
}
