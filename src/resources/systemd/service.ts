import * as v from 'valibot'
import { defineResource, type Wrong } from '../../model/define-resource.ts'
import type { Change, Fields, Item, Resource, ResourceType, Trigger } from '../../model/resource.ts'
import { empty, join, type Script, sh } from '../../shell/script.ts'
import { ensure, resources } from '../kit/properties.ts'
import { fileOf, keep, keptDir } from './kept.ts'
import { observeOwed, owe, owedMark, readOwed } from './owed.ts'
import { startFunction } from './start.ts'
import { isUnitName } from './systemd-unit.ts'

const properties = v.object({
  enabled: v.optional(v.pipe(v.boolean(), v.description('Started at boot. Default: true, unless it is masked or absent.'))),
  running: v.optional(v.pipe(v.boolean(), v.description('Runs now. Default: true, unless it is masked or absent.'))),
  masked: v.optional(
    v.pipe(v.boolean(), v.description('A masked unit cannot be started by anybody; implies neither enabled nor running.')),
    false,
  ),
  restartOn: v.optional(v.pipe(resources(), v.description('What makes a restart necessary when it changes.')), []),
  reloadOn: v.optional(v.pipe(resources(), v.description('What makes a reload necessary when it changes.')), []),
  listens: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(1),
      v.maxValue(65535),
      v.description('The TCP port that it listens on once it has started: until then its start is watched, for 30 s at most.'),
    ),
  ),
  ensure: ensure('`absent`: stopped and disabled.'),
})

/** A service as it shall be. */
export interface ServiceProps {
  readonly enabled: boolean
  readonly running: boolean
  readonly masked: boolean
  readonly restartOn: readonly Resource[]
  readonly reloadOn: readonly Resource[]
  readonly listens?: number
}

/** A service as it is: systemd's own words. */
export interface ServiceState {
  readonly load: string
  readonly file: string
  readonly active: string
  readonly sub: string
  /** Its last start was skipped because a Condition of the unit failed. */
  readonly conditionFailed: boolean
  readonly owed?: 'restart' | 'reload'
  /** Files of its `restartOn` that were written after it was started. */
  readonly older: readonly string[]
}

/** The unit of a service: `zookeeper` is `zookeeper.service`, `x.timer` is itself. */
export const serviceUnit = (name: string): string => (isUnitName(name) ? name : `${name}.service`)

/** The files among what a service restarts on. */
const filesOf = ({ restartOn }: ServiceProps): readonly string[] => restartOn.flatMap((resource) => fileOf(resource) ?? [])

/** sh that prints `NAME<TAB>written<TAB>SECONDS AGO<TAB>UPTIME<TAB>PATH` for each file that a service should have read when it started. */
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

const observe = (items: readonly Item<ServiceProps>[]): Script => sh`
  set -- ${items.map(({ name }) => name)}
  if [ ! -d /run/systemd/system ]; then
    for name do printf '%s\t!\tsystemd does not run here\n' "$name"; done
    exit 0
  fi
  # systemctl answers in the order of the question, an alias by its real Id
  answer=$(systemctl show -p LoadState,UnitFileState,ActiveState,SubState,ConditionResult,ConditionTimestampMonotonic,ActiveEnterTimestampMonotonic -- ${items.map(({ name }) => serviceUnit(name))})
  printf '%s\n' "$answer" | while IFS= read -r line; do
    case $line in '') shift ;; *) printf '%s\t%s\n' "$1" "$line" ;; esac
  done
  ${observeOwed(items.map(({ name }) => ({ name, unit: serviceUnit(name) })))}
  ${observeFiles(items)}`

/** Seconds by which the clocks that are compared may differ: a file's, of whole seconds, and the kernel's. */
const CLOCKS = 2

function parse(records: readonly Fields[]): ServiceState {
  const values = new Map(records.map(([field = '']) => [field.slice(0, field.indexOf('=')), field.slice(field.indexOf('=') + 1)]))
  const get = (key: string): string => {
    const value = values.get(key)
    if (value === undefined) throw new Error(`systemctl did not say its ${key}`)
    return value
  }
  const owed = values.get('owed')
  const startedAt = Number(get('ActiveEnterTimestampMonotonic')) / 1e6
  const older = records.flatMap(([word, ago, up, path = '']) =>
    word === 'written' && Number(ago) < Number(up) - startedAt - CLOCKS ? [path] : [],
  )
  return {
    load: get('LoadState'),
    file: get('UnitFileState'),
    active: get('ActiveState'),
    sub: get('SubState'),
    conditionFailed: get('ConditionResult') === 'no' && get('ConditionTimestampMonotonic') !== '0',
    ...(owed === undefined ? {} : { owed: owed === 'reload' ? 'reload' : 'restart' }),
    older,
  }
}

/** Unit files that cannot be enabled or disabled: they are what they are. */
const FIXED = new Set(['static', 'indirect', 'generated', 'transient', 'alias'])

const isRunning = ({ active, sub }: ServiceState): boolean => active !== 'inactive' && active !== 'failed' && sub !== 'auto-restart'

const enabled = (from: string | undefined, to: boolean): Change =>
  from === undefined
    ? { action: 'create', attribute: 'enabled', to: 'enabled' }
    : { action: 'update', attribute: 'enabled', from, to: to ? 'enabled' : 'disabled' }

function diff(wanted: ServiceProps, is: ServiceState | 'absent', triggers: readonly Trigger[]): readonly Change[] {
  if (is === 'absent') return []
  if (is.load === 'not-found' && !isRunning(is)) {
    if (wanted.masked) return [{ action: 'create', attribute: 'masked', to: 'masked' }]
    return [
      ...(wanted.enabled ? [enabled(undefined, true)] : []),
      ...(wanted.running ? [{ action: 'create', attribute: 'running', to: 'running' } as const] : []),
    ]
  }
  const changes: Change[] = []
  const masked = is.file.startsWith('masked')
  if (wanted.masked && !masked) changes.push({ action: 'update', attribute: 'masked', to: 'masked' })
  if (!wanted.masked && masked) changes.push({ action: 'update', attribute: 'masked', from: is.file, to: 'unmasked' })
  if (!wanted.masked && !masked && !FIXED.has(is.file) && wanted.enabled !== (is.file === 'enabled')) {
    changes.push(enabled(is.file || 'disabled', wanted.enabled))
  }
  return [...changes, ...runningChanges(wanted, is, triggers)]
}

function runningChanges(wanted: ServiceProps, is: ServiceState, triggers: readonly Trigger[]): readonly Change[] {
  const failing = is.sub === 'auto-restart'
  const change = { attribute: 'running', from: isRunning(is) || failing ? 'running' : is.active }
  if (!wanted.running) {
    if (change.from !== 'running') return []
    return [{ action: 'remove', ...change, to: 'stopped', ...(failing ? { text: 'it fails again and again' } : {}) }]
  }
  if (!isRunning(is)) {
    const skipped = is.conditionFailed ? { text: 'its last start was skipped: a condition of the unit failed' } : {}
    return [{ action: 'update', ...change, from: failing ? 'failing again and again' : is.active, to: 'running', ...skipped }]
  }
  const changing = (kind: Trigger['kind']): readonly string[] => triggers.filter((t) => t.kind === kind).map((t) => t.resource)
  for (const action of ['restart', 'reload'] as const) {
    const inputs = changing(action)
    if (inputs.length > 0) return [{ action, text: `${action}: ${inputs.join(', ')} ${inputs.length === 1 ? 'changes' : 'change'}` }]
    if (is.owed === action) return [{ action, text: `${action}: owed since an earlier run` }]
  }
  return []
}

const unmask = sh`case $(systemctl is-enabled "$unit" 2>/dev/null) in masked*) systemctl unmask --quiet "$unit"; systemctl unmask --quiet --runtime "$unit" ;; esac`
const enable = sh`
  case $(systemctl is-enabled "$unit" 2>/dev/null) in
  enabled | static | indirect | generated | transient | alias) ;;
  *) systemctl enable --quiet "$unit" ;;
  esac`
const disable = sh`case $(systemctl is-enabled "$unit" 2>/dev/null) in enabled* | linked*) systemctl disable --quiet "$unit" ;; esac`
const stop = sh`
  case $(systemctl is-active "$unit") in inactive | failed) ;; *) systemctl stop "$unit" ;; esac
  systemctl reset-failed "$unit" 2>/dev/null || :`

const applyOne = ({ name, props: { enabled, running, masked, listens } }: Item<ServiceProps>): Script =>
  join([
    sh`unit=${serviceUnit(name)}`,
    sh`[ "$(systemctl show -p NeedDaemonReload --value "$unit")" != yes ] || systemctl daemon-reload`,
    masked ? empty : unmask,
    enabled ? enable : disable,
    ...(running
      ? [
          readOwed(serviceUnit(name)),
          sh`mark=${owedMark(serviceUnit(name))} kept=${keptDir(serviceUnit(name))} port=${listens ?? ''}`,
          sh`start_unit`,
        ]
      : [stop]),
    masked ? sh`systemctl mask --quiet "$unit"` : empty,
    sh`rm -rf ${[owedMark(serviceUnit(name)), keptDir(serviceUnit(name))]}`,
  ])

function unite(first: ServiceProps, second: ServiceProps): ServiceProps | 'conflict' {
  if (first.enabled !== second.enabled || first.running !== second.running || first.masked !== second.masked) return 'conflict'
  if (first.listens !== undefined && second.listens !== undefined && first.listens !== second.listens) return 'conflict'
  const both = (a: readonly Resource[], b: readonly Resource[]): readonly Resource[] => [
    ...a,
    ...b.filter((r) => !a.some(({ id }) => id === r.id)),
  ]
  return { ...first, ...second, restartOn: both(first.restartOn, second.restartOn), reloadOn: both(first.reloadOn, second.reloadOn) }
}

/** The behaviour of services, for types that are made of them. */
export const serviceType: ResourceType<ServiceProps, ServiceState> = {
  name: 'service',
  observe,
  parse,
  diff,
  apply: applyOne,
  functions: startFunction,
  inputs: ({ restartOn, reloadOn }) => [
    ...restartOn.map((resource) => ({ kind: 'restart' as const, resource })),
    ...reloadOn.map((resource) => ({ kind: 'reload' as const, resource })),
  ],
  owe: (name, kind, changing) => join([owe(serviceUnit(name), kind), keep(serviceUnit(name), changing)]),
  unite,
  warn: ({ running }, is) =>
    running && is !== 'absent' && isRunning(is) && is.older.length > 0
      ? `it runs since before ${is.older.join(' and ')} ${is.older.length === 1 ? 'was' : 'were'} last written, and not by this program: restart it when that suits`
      : undefined,
  interrupts: (name, is, changes) =>
    is !== 'absent' && isRunning(is) && changes.some(({ action }) => action === 'restart' || action === 'remove')
      ? serviceUnit(name)
      : undefined,
}

/** A service as it shall be, from what is said about it. */
export function serviceProps(given: Partial<v.InferOutput<typeof properties>>, wrong: Wrong): ServiceProps {
  const { masked = false, restartOn = [], reloadOn = [], listens, ensure = 'present' } = given
  const off = masked || ensure === 'absent'
  const { enabled = !off, running = !off } = given
  if (off && (enabled || running)) wrong(`${masked ? 'masked' : 'absent'} means neither enabled nor running`)
  return { enabled, running, masked, restartOn, reloadOn, ...(listens === undefined ? {} : { listens }) }
}

/** A service of systemd: `service('haproxy', { restartOn: [unit], reloadOn: [config] })`. */
export const service = defineResource({
  ...serviceType,
  properties,
  normalise(given, name, wrong): ServiceProps {
    if (name.endsWith('.service')) wrong('leave out ".service"')
    const unit = serviceUnit(name)
    if (!isUnitName(unit) || unit.includes('@.')) wrong("is not a unit's name")
    return serviceProps(given, wrong)
  },
})
