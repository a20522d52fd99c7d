import { type Change, type Fields, type Item, type Refusal, type ResourceType, repair } from '../../model/resource.ts'
import { empty, join, type Script, sh } from '../../shell/script.ts'
import type { FileProps } from '../files/file.ts'
import { digestOf } from '../kit/content.ts'
import { relabel } from '../kit/relabel.ts'
import {
  askMount,
  hides,
  isBound,
  lostOptions,
  type Mounted,
  mountChange,
  oweMount,
  oweOptions,
  rootAsOptions,
  untilTold,
} from './mounted.ts'
import { asBeforeFunctions, orAsBefore } from './running/as-before.ts'
import { owe } from './running/owed.ts'
import { serviceType } from './service.ts'
import { parseService } from './service-look.ts'
import type { ServiceProps } from './service-properties.ts'
import { applyOneByOne, systemdUnitType } from './systemd-unit.ts'
import { serviceUnit, unitPath } from './unit-name.ts'

/** Something that systemd manages: some unit files, one of which is active. */
export interface UnitSet {
  readonly units: readonly Item<FileProps>[]
  readonly service: Item<ServiceProps>
  /** The user that it runs as, who must exist. */
  readonly user?: string
  /** The program that it runs, which must exist. */
  readonly program?: string
  /** For a timer: when it runs, in systemd's words. */
  readonly times?: readonly string[]
  /** For a mount. */
  readonly mounted?: Mounted
}

/** The lines about each part. */
export interface UnitSetState {
  readonly file: ReadonlyMap<string, readonly Fields[]>
  readonly unit: readonly Fields[]
  /** The right file system is mounted. */
  readonly same: boolean
  /** The kernel has nothing mounted there, whatever systemd says. */
  readonly unmounted: boolean
  /** The mount would hide its directory's content, and must not. */
  readonly hides: boolean
}

function observe(items: readonly Item<UnitSet>[]): Script {
  const units = items.flatMap(({ name, props }) => props.units.map((unit) => ({ item: name, part: unit.name, unit })))
  const services = items.map(({ name, props }) => ({ item: name, part: props.service.name, service: props.service }))
  return join([
    relabel('file', systemdUnitType.observe(units.map(({ unit }) => unit)), units),
    relabel('unit', serviceType.observe(services.map(({ service }) => service)), services),
    ...items.flatMap(({ props: { mounted, service } }) =>
      mounted === undefined ? [] : [askMount(mounted, service.name)],
    ),
  ])
}

function parse(records: readonly Fields[]): UnitSetState {
  const about = (word: string): readonly Fields[] =>
    records.filter(([first]) => first === word).map((fields) => fields.slice(1))
  const unit = about('unit').map((fields) => fields.slice(1))
  const file = new Map<string, Fields[]>()
  for (const [name = '', ...fields] of about('file')) file.set(name, [...(file.get(name) ?? []), fields])
  const said = (word: string): boolean => records.some(([first]) => first === word)
  return { file, unit, same: said('same'), unmounted: said('unmounted'), hides: said('hides') }
}

/** If there are several units, a change names the one that it is about. */
function ofUnit(unit: string, { attribute, text, ...change }: Change): Change {
  if (attribute === undefined) return { ...change, text: `${unit}: ${text ?? ''}` }
  return { ...change, attribute: `${unit}: ${attribute}`, ...(text === undefined ? {} : { text }) }
}

function diff(wanted: UnitSet, is: UnitSetState | 'absent'): readonly Change[] | Refusal {
  if (is === 'absent') return []
  if (wanted.mounted !== undefined && is.hides) return hides(wanted.mounted)
  const changes: Change[] = []
  for (const { name, props } of wanted.units) {
    const verdict = systemdUnitType.diff(props, systemdUnitType.parse(is.file.get(name) ?? []), [])
    if ('refusal' in verdict) return verdict
    changes.push(...verdict.map((change) => ofUnit(name, change)))
  }
  const heard = parseService(is.unit)
  const state = is.unmounted && heard.active === 'active' ? { ...heard, active: 'inactive', sub: 'dead' } : heard
  const replaced =
    wanted.mounted === undefined || changes.length === 0 ? undefined : mountChange(wanted.mounted, is, state)
  if (replaced !== undefined && 'refusal' in replaced)
    return { ...replaced, changes: [...changes, ...replaced.changes] }
  if (replaced !== undefined) return [...changes, replaced]
  const lost = wanted.mounted === undefined ? undefined : lostOptions(wanted.mounted, state)
  const service = serviceType.diff(
    wanted.service.props,
    state,
    changes.length > 0 ? [{ kind: 'restart', resource: 'its unit' }] : [],
  )
  if ('refusal' in service) return { ...service, changes: [...changes, ...service.changes] }
  if (lost !== undefined) return [...changes, ...service, lost]
  return wanted.service.props.running ? [...changes, ...service] : [...service, ...changes]
}

function applyOne({ name, props: { units, service, user, program, mounted } }: Item<UnitSet>): Script {
  const files = applyOneByOne(units)
  const state = repair(serviceType, [service])
  // with it, systemd would take a new timer of that name for one that has missed its runs since
  const stamp = service.name.endsWith('.timer') ? sh`rm -f ${`/var/lib/systemd/timers/stamp-${service.name}`}` : empty
  if (!service.props.running) return join([state, files, stamp])
  const sums = units.map(({ name, props }) => `${digestOf(props.content)}  ${unitPath(name)}`)
  return join([
    user === undefined
      ? empty
      : sh`getent passwd ${user} >/dev/null || { echo ${`timer ${name}: there is no user ${user}`} >&2; exit 1; }`,
    program === undefined
      ? empty
      : sh`{ [ -f ${program} ] && [ -x ${program} ]; } || { echo ${`timer ${name}: there is no program ${program}; list what brings it before the timer, or correct its path`} >&2; exit 1; }`,
    mounted === undefined || !isBound(mounted.options)
      ? empty
      : sh`[ -e ${mounted.what} ] || { echo ${`mount ${name}: there is no ${mounted.what} to bind; list what makes it before the mount, or correct its device`} >&2; exit 1; }`,
    orAsBefore(
      service.name,
      units.map((unit) => unit.name),
      mounted?.path,
      join([
        mounted === undefined ? empty : untilTold(mounted, service.name),
        sh`printf '%s\n' ${sums} | sha256sum -c --status 2>/dev/null || ! systemctl -q is-active ${service.name} || {`,
        mounted === undefined ? owe(serviceUnit(service.name), 'restart') : oweMount(mounted, service.name),
        sh`}`,
        mounted === undefined ? empty : oweOptions(mounted, service.name),
        files,
        state,
        mounted === undefined ? empty : rootAsOptions(mounted),
      ]),
    ),
  ])
}

/** The behaviour of types that consist of systemd units. */
export const unitSetType = (name: string): ResourceType<UnitSet, UnitSetState> => ({
  name,
  observe,
  parse,
  diff,
  apply: applyOne,
  needs: (path, { user, program, mounted }) => [
    ...(user === undefined ? [] : [{ kind: 'user', name: user, of: 'user', planned: true } as const]),
    ...(program === undefined ? [] : [{ kind: 'program', name: program, of: 'command', planned: true } as const]),
    ...(mounted === undefined ? [] : [{ kind: 'straight', name: path, of: 'path' } as const]),
    // a label, a network share or a word like tmpfs is not a path on the host
    ...(mounted === undefined || !/^\/[^/]/.test(mounted.what)
      ? []
      : [{ kind: 'path', name: mounted.what, of: 'device', planned: true } as const]),
  ],
  brings: ({ name }, path) => name === path || name.startsWith(`${path}/`),
  places: (_name, { units }) => units.flatMap((unit) => systemdUnitType.places?.(unit.name, unit.props) ?? []),
  probeFunctions: [...(systemdUnitType.probeFunctions ?? []), ...(serviceType.probeFunctions ?? [])],
  functions: join([serviceType.functions ?? empty, systemdUnitType.functions ?? empty, asBeforeFunctions]),
})
