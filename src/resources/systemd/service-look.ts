import type { Fields, Item } from '../../model/resource.ts'
import { empty, join, type Script, sh, shFile } from '../../shell/script.ts'
import { fileOf } from './running/kept.ts'
import type { ServiceProps } from './service-properties.ts'
import { serviceUnit } from './unit-name.ts'

/** A service as it is: systemd's own words. */
export interface ServiceState {
  readonly load: string
  /** The state of its file, in systemd's word; of a script in /etc/init.d, whether it is enabled. */
  readonly file: string
  /**
   * The units that start it, and those that start it when something happens: asked where its file alone does not tell.
   */
  readonly wantedBy: readonly string[]
  readonly triggeredBy: readonly string[]
  readonly canReload: boolean
  /** How often systemd has restarted it since somebody last did, and for how many seconds it is up, where it has. */
  readonly restarts: number
  readonly upFor: number
  /** Its file, where it shall be masked. */
  readonly path?: string
  /** What is mounted, of a mount. */
  readonly mounted?: { readonly what: string; readonly type: string; readonly options: string }
  readonly active: string
  readonly sub: string
  /** Its last start was skipped because a Condition of the unit failed. */
  readonly conditionFailed: boolean
  readonly owed?: 'restart' | 'reload'
  /** Files of its `restartOn` that were written after it was started. */
  readonly older: readonly string[]
}

/** The files that only a restart makes a service read. */
const filesOf = ({ restartOn }: ServiceProps): readonly string[] =>
  restartOn.flatMap((resource) => ('reloadable' in resource.props ? [] : (fileOf(resource) ?? [])))

/**
 * sh that prints `NAME<TAB>written<TAB>SECONDS AGO<TAB>UPTIME<TAB>PATH` for each file that a service should have read
 * when it started.
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

/** What systemd is asked about each unit. */
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
 * sh function `tell_units NAME…`, for probes: prints what `$answer`, a `systemctl show` of the units of these names,
 * says.
 */
export const unitProbeFunctions: Script = join([
  sh`tab=${'\t'} nl=${'\n'}`,
  shFile(import.meta.url, './service-look.sh'),
])

// `systemctl show` answers in the order of the question, an alias by its real Id; what is empty or as ever is not sent.
/** One question about all of them. */
export function observeServices(items: readonly Item<ServiceProps>[]): Script {
  const masks = items.some(({ props }) => props.masked)
  const mounts = items.some(({ name }) => name.endsWith('.mount'))
  const asked = [...ASKED, ...(masks ? ['FragmentPath'] : []), ...(mounts ? ['What', 'Type', 'Options'] : [])].join(',')
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

/** Seconds by which the clocks that are compared may differ: a file's, of whole seconds, and the kernel's. */
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
  const by = (...keys: readonly string[]): readonly string[] => keys.flatMap((key) => values.get(key)?.split(' ') ?? [])
  const startedAt = Number(get('ActiveEnterTimestampMonotonic')) / 1e6
  const older = records.flatMap(([word, ago, up, path = '']) =>
    word === 'written' && Number(ago) < Number(up) - startedAt - CLOCKS ? [path] : [],
  )
  return {
    load: get('LoadState'),
    file: values.get('script') ?? values.get('UnitFileState') ?? '',
    wantedBy: by('WantedBy', 'RequiredBy', 'UpheldBy'),
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

/** Does it run, or is it about to? */
export const isRunning = ({ active, sub }: ServiceState): boolean =>
  active !== 'inactive' && active !== 'failed' && sub !== 'auto-restart'
