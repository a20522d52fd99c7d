import type { Fields, Item } from '../../model/resource.ts'
import { empty, join, type Script, sh, shFile } from '../../shell/script.ts'
import { fileOf } from './running/kept.ts'
import type { ServiceProps } from './service-properties.ts'
import { serviceUnit } from './unit-name.ts'

/** A service's observed state, in systemd's words. */
export interface ServiceState {
  readonly load: string
  /** The state of its unit file, in systemd's words; for a script in /etc/init.d, whether it is enabled. */
  readonly file: string
  /** The units that start it, including those that trigger it; asked only if the unit file does not tell. */
  readonly wantedBy: readonly string[]
  readonly triggeredBy: readonly string[]
  readonly canReload: boolean
  /**
   * How often systemd has restarted it since the last manual start, and, if it has, how many seconds it has been up.
   */
  readonly restarts: number
  readonly upFor: number
  /** The path of its unit file, if it should be masked. */
  readonly path?: string
  /** For a mount: what is mounted. */
  readonly mounted?: { readonly what: string; readonly type: string; readonly options: string }
  readonly active: string
  readonly sub: string
  /** Its last start was skipped because a Condition of the unit failed. */
  readonly conditionFailed: boolean
  readonly owed?: 'restart' | 'reload'
  /** Files in its `restartOn` that were written after it started. */
  readonly older: readonly string[]
}

/** The files that a service reads only at a restart. */
const filesOf = ({ restartOn }: ServiceProps): readonly string[] =>
  restartOn.flatMap((resource) => ('reloadable' in resource.props ? [] : (fileOf(resource) ?? [])))

/**
 * sh that prints `NAME<TAB>written<TAB>SECONDS AGO<TAB>UPTIME<TAB>PATH` for each file that a service should have read
 * at its start.
 */
function observeFiles(items: readonly Item<ServiceProps>[]): Script {
  const pairs = items.flatMap(({ name, props }) => filesOf(props).map((path) => ({ name, path })))
  if (pairs.length === 0) return empty
  return sh`
    now=$(date +%s)
    read -r up rest </proc/uptime
    { stat -c '%Y %n' -- ${[...new Set(pairs.map(({ path }) => path))]} 2>/dev/null || :; } | while read -r at path; do
      for pair in ${pairs.map(({ name, path }) => `${name}=${path}`)}; do
        case $pair in *"=$path") printf '%s\twritten\t%s\t%s\t%s\n' "\${pair%%=*}" $((now - at)) "\${up%.*}" "$path" ;; esac
      done
    done`
}

/** The properties of each unit that systemd is asked for. */
const ASKED = [
  'LoadState',
  'UnitFileState',
  'ActiveState',
  'SubState',
  'ConditionResult',
  'ConditionTimestampMonotonic',
  'ActiveEnterTimestampMonotonic',
  'NRestarts',
  'CanReload',
  'SourcePath',
  'WantedBy',
  'RequiredBy',
  'UpheldBy',
  'TriggeredBy',
]

/**
 * sh function `tell_units NAME…`, for probes: prints `$answer`, the output of `systemctl show` for the units of these
 * names.
 */
export const unitProbeFunctions: Script = join([
  sh`tab=${'\t'} nl=${'\n'}`,
  shFile(import.meta.url, './service-look.sh'),
])

/**
 * One question about all services. `systemctl show` answers in the order of its arguments, an alias under its real Id;
 * empty and usual values are not sent.
 */
export function observeServices(items: readonly Item<ServiceProps>[]): Script {
  const masks = items.some(({ props }) => props.masked)
  const some = (type: string): boolean => items.some(({ name }) => name.endsWith(type))
  const asked = [
    ...ASKED,
    ...(masks ? ['FragmentPath'] : []),
    ...(some('.mount') ? ['What', 'Type', 'Options'] : []),
    ...(some('.target') ? ['Names'] : []),
  ].join(',')
  return sh`
  set -- ${items.map(({ name }) => name)}
  if [ ! -d /run/systemd/system ]; then
    for name do printf '%s\t!\tsystemd does not run here\n' "$name"; done
    exit 0
  fi
  answer=$(systemctl show -p ${asked} -- "$@")
  tell_units "$@"
  tell_owed ${items.flatMap(({ name }) => [name, serviceUnit(name)])}
  ${observeFiles(items)}`
}

/** Tolerance in seconds between two clocks: file times have whole seconds, and the kernel has its own clock. */
const CLOCKS = 2

/** Reads the lines about one unit. */
export function parseService(records: readonly Fields[]): ServiceState {
  const values = new Map(
    records.map(([field = '']) => [field.slice(0, field.indexOf('=')), field.slice(field.indexOf('=') + 1)]),
  )
  const get = (key: string): string => {
    const value = values.get(key)
    if (value === undefined) throw new Error(`systemctl did not say its ${key}`)
    return value
  }
  const owed = values.get('owed')
  // what a boot starts first
  const first = values.get('Names')?.split(' ').includes('default.target') ? ['default.target'] : []
  const by = (...keys: readonly string[]): readonly string[] => keys.flatMap((key) => values.get(key)?.split(' ') ?? [])
  const startedAt = Number(get('ActiveEnterTimestampMonotonic')) / 1e6
  const older = records.flatMap(([word, ago, up, path = '']) =>
    word === 'written' && Number(ago) < Number(up) - startedAt - CLOCKS ? [path] : [],
  )
  return {
    load: get('LoadState'),
    file: values.get('script') ?? values.get('UnitFileState') ?? '',
    wantedBy: [...first, ...by('WantedBy', 'RequiredBy', 'UpheldBy')],
    triggeredBy: by('TriggeredBy'),
    canReload: values.get('CanReload') !== 'no',
    restarts: Number(values.get('NRestarts') ?? 0),
    upFor: Math.max(0, Number(values.get('up') ?? 0) - startedAt),
    ...(values.has('What')
      ? { mounted: { what: get('What'), type: values.get('Type') ?? '', options: values.get('Options') ?? '' } }
      : {}),
    ...(values.has('FragmentPath') ? { path: get('FragmentPath') } : {}),
    active: get('ActiveState'),
    sub: get('SubState'),
    conditionFailed: get('ConditionResult') === 'no' && get('ConditionTimestampMonotonic') !== '0',
    ...(owed === undefined ? {} : { owed: owed === 'reload' ? 'reload' : 'restart' }),
    older,
  }
}

/** Is it running, or about to? */
export const isRunning = ({ active, sub }: ServiceState): boolean =>
  active !== 'inactive' && active !== 'failed' && sub !== 'auto-restart'
