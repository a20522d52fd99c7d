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

/** Who listens already. */
interface Listener extends Listens {
  readonly program: string
  readonly pid: string
}

/** Whether the steps start a unit that is not running. */
export const starts = (steps: readonly Step[], unit: string): boolean =>
  steps.some(
    ({ type, name, changes }) =>
      type === 'service' &&
      name === unit &&
      changes.some(({ attribute, to }) => attribute === 'running' && to === 'running'),
  )

/** Whether the steps restart a unit that is running. */
export const restarts = (steps: readonly Step[], unit: string): boolean =>
  steps.some(
    ({ type, name, changes }) =>
      type === 'service' && name === unit && changes.some(({ action }) => action === 'restart'),
  )

/** One line of `ss -Hltunp`. */
function listener(line: string): Listener | undefined {
  const [protocol = '', , , , local = ''] = line.trim().split(/\s+/)
  const [, address = '', port = ''] = /^\[?([^\]]*?)\]?(?:%[^:]*)?:(\d+)$/.exec(local) ?? []
  if (port === '') return undefined
  const [, program = '', pid = ''] = /users:\(\("([^"]+)",pid=(\d+)/.exec(line) ?? []
  // "::": whether it is of IPv6 alone is not said
  const place = address === '*' || address === '::' ? {} : { address }
  return { udp: protocol === 'udp', ...place, port: Number(port), program, pid }
}

/**
 * sh that prints the processes of a unit in one line, then who listens where. A reload replaces processes at any time,
 * so that the unit's own are read before and after those that listen.
 */
const whoListens = (unit: string): Script =>
  join([
    sh`command -v ss >/dev/null || exit 0
    unit=${unit}`,
    shFile(import.meta.url, './processes.sh'),
    sh`own=$(own_processes) listeners=$(ss -H -ltunp)
    echo "$own $(own_processes)"
    echo "$listeners"`,
  ])

/**
 * Others who listen where a unit is about to, one refusal for all of them. Asked where its steps start it, restart it,
 * or have it `moved` while it runs: then what it holds itself is its own. A host that cannot tell refuses nothing.
 */
export async function portsTaken(
  net: Net,
  steps: readonly Step[],
  unit: string,
  wanted: readonly Listens[],
  moved = false,
): Promise<readonly Refusal[]> {
  const running = !starts(steps, unit) && (moved || restarts(steps, unit))
  if (!running && !starts(steps, unit)) return []
  const answer = await net.read(whoListens(unit))
  const [first = '', ...lines] = answer.split('\n')
  const own = new Set(running ? first.trim().split(/\s+/) : [])
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
