import { parseZkUrl } from '../../zookeeper.ts'
import { TABLE } from './table.ts'

export type Kind = 'toggle' | 'flag' | 'int' | 'text'

export interface Flag {
  readonly name: string
  readonly kind: Kind
  readonly preset?: string
}

export const FLAGS: readonly Flag[] = TABLE.trim()
  .split('\n')
  .map((line) => {
    const [name, kind, preset] = line.split(' ') as [string, Kind, string?]
    return { name, kind, ...(preset !== undefined && { preset }) }
  })

/** Why the process does not start. */
export interface Refused {
  readonly code: number
  readonly lines: readonly string[]
}

/** What was given, and the defaults of what was not. */
export type Values = Readonly<Record<string, string | undefined>>

const scallop = (message: string): Refused => ({ code: 1, lines: [`[scallop] Error: ${message}`] })
const bad = (name: string, given: string, why: string): Refused =>
  scallop(`Bad arguments for option '${name}': '${given}' - ${why}`)

/**
 * `MARATHON_X=v` stands for `--x v` before the arguments; an empty value is a bare flag. `MARATHON_APP_…` is for tasks,
 * not for Marathon.
 */
export const fromEnvironment = (env: Readonly<Record<string, string | undefined>>): string[] =>
  Object.entries(env)
    .filter(([name]) => name.startsWith('MARATHON_') && !name.startsWith('MARATHON_APP_'))
    .flatMap(([name, value]) => [`--${name.slice('MARATHON_'.length).toLowerCase()}`, ...(value ? [value] : [])])

const find = (option: string): { readonly flag: Flag; readonly on: boolean } | undefined => {
  const exact = FLAGS.find(({ name }) => name === option)
  if (exact) return { flag: exact, on: true }
  const toggle = FLAGS.find(({ name, kind }) => kind === 'toggle' && option === `disable_${name}`)
  return toggle && { flag: toggle, on: false }
}

/** Arguments as options with their values. */
const group = (args: readonly string[]): Refused | Map<string, string[]> => {
  const given = new Map<string, string[]>()
  const values = [...args]
  while (values.length > 0) {
    const arg = values.shift() as string
    if (!arg.startsWith('--')) return scallop(`Excess arguments provided: '${[arg, ...values].join(' ')}'`)
    const [option, attached] = arg.slice(2).split(/=(.*)/s) as [string, string?]
    const found = find(option)
    if (!found) return scallop(`Unknown option '${option}'`)
    const { flag, on } = found
    const alone = flag.kind === 'toggle' || flag.kind === 'flag'
    const own = attached !== undefined ? [attached] : []
    while (!alone && attached === undefined && values[0] !== undefined && !values[0].startsWith('--'))
      own.push(values.shift() as string)
    given.set(flag.name, [...(given.get(flag.name) ?? []), ...(alone ? [String(on)] : own)])
  }
  return given
}

const problem = ({ name, kind }: Flag, values: readonly string[]): Refused | undefined => {
  const all = values.join(' ')
  if (values.length !== 1) return bad(name, all, 'you should provide exactly one argument for this option')
  if (kind === 'int' && !/^-?\d+$/.test(all)) return bad(name, all, 'bad Int value')
  if (name !== 'zk') return undefined
  const hint =
    'is not a valid zk url; it should formatted like zk://user:pass@host1:port1,host2:port2/path, or zk://host1:port1,host2:port2/marathon'
  return /^zk:\/\/[^/]+\/.+/.test(all) && parseZkUrl(all).servers.length > 0
    ? undefined
    : bad('zk', all, `${all} ${hint}`)
}

/** Reads environment and arguments. Only --master must be given. */
export const parse = (args: readonly string[], env: Readonly<Record<string, string | undefined>>): Refused | Values => {
  const given = group([...fromEnvironment(env), ...args])
  if (!(given instanceof Map)) return given
  for (const flag of FLAGS) {
    const values = given.get(flag.name)
    const wrong = values && problem(flag, values)
    if (wrong) return wrong
  }
  if (!given.has('master')) return scallop("Required option 'master' not found")
  return Object.fromEntries(FLAGS.map(({ name, preset }) => [name, given.get(name)?.[0] ?? preset]))
}

export const refused = (result: Refused | Values): result is Refused => Array.isArray((result as Refused).lines)
