import * as v from 'valibot'
import { defineResource } from '../../model/define-resource.ts'
import { type Change, type Fields, type Item, type Refusal, type ResourceType, repair } from '../../model/resource.ts'
import { empty, join, type Script, sh } from '../../shell/script.ts'
import { Secret } from '../../shell/secret.ts'
import { type FileProps, type FileState, fileType, normaliseFile } from '../files/file.ts'
import { dirName } from '../kit/path.ts'
import { ensure } from '../kit/properties.ts'

const properties = v.object({
  content: v.optional(v.pipe(v.union([v.string(), v.instance(Secret)]), v.description("The unit's text."))),
  validate: v.optional(
    v.pipe(
      v.array(v.string()),
      v.nonEmpty(),
      v.description('As for a file; `systemd-analyze verify` complains about units that are not installed yet, so there is no default.'),
    ),
  ),
  ensure: ensure(),
})

/** A unit's file and what systemd thinks of it. */
export interface SystemdUnitState {
  readonly file: FileState | 'absent'
  /** systemd has loaded another text than the one that lies on the disk. */
  readonly stale: boolean
}

const UNIT_DIR = '/etc/systemd/system'

/** Where a unit's file, or a drop-in, lies. */
export const unitPath = (name: string): string => `${UNIT_DIR}/${name}`

/** The unit that a file belongs to, where systemd can be asked about it by name. */
function unitOf(name: string): string | undefined {
  const unit = name.includes('/') ? name.slice(0, name.indexOf('/')).replace(/\.d$/, '') : name
  return /@\.|^[a-z]+$/.test(unit) ? undefined : unit
}

/** Files by their path; the probe speaks of them by their name, since it stands in {@link UNIT_DIR}. */
const asFiles = (items: readonly Item<FileProps>[]): readonly Item<FileProps>[] =>
  items.map(({ name, props }) => ({ name: unitPath(name), props }))

function observe(items: readonly Item<FileProps>[]): Script {
  const known = items.filter(({ name }) => unitOf(name) !== undefined)
  const stale = sh`
    if [ -d /run/systemd/system ]; then
      set -- ${known.map(({ name }) => name)}
      reload=$(systemctl show -p NeedDaemonReload -- ${known.map(({ name }) => unitOf(name) as string)})
      printf '%s\n' "$reload" | while IFS= read -r line; do
        case $line in
        '') shift ;;
        *=yes) printf '%s\tstale\n' "$1" ;;
        esac
      done
    fi`
  return sh`
    if cd ${UNIT_DIR} 2>/dev/null; then
    ${fileType.observe(items)}
    else for name in ${items.map(({ name }) => name)}; do printf '%s\tabsent\n' "$name"; done
    fi
    ${known.length > 0 ? stale : empty}`
}

/** Reads a unit's lines; never `absent`, since systemd may know a unit whose file is gone. */
const parse = (records: readonly Fields[]): SystemdUnitState => ({
  file: fileType.parse(records.filter(([word]) => word !== 'stale')),
  stale: records.some(([word]) => word === 'stale'),
})

function diff(wanted: FileProps, is: SystemdUnitState | 'absent'): readonly Change[] | Refusal {
  const changes = fileType.diff(wanted, is === 'absent' ? is : is.file, [])
  if ('refusal' in changes || changes.length > 0 || is === 'absent' || !is.stale) return changes
  return [{ action: 'update', text: 'daemon-reload: systemd has loaded an older text' }]
}

function applyTogether(items: readonly Item<FileProps>[]): Script {
  const write = asFiles(items).map((item) => {
    if (item.props.ensure === 'absent' || !item.name.endsWith('.conf')) return repair(fileType, [item])
    return join([sh`mkdir -p ${dirName(item.name)}`, repair(fileType, [item])])
  })
  return join([...write, sh`[ ! -d /run/systemd/system ] || systemctl daemon-reload`])
}

/** The behaviour of units, for types that are made of them. */
export const systemdUnitType: ResourceType<FileProps, SystemdUnitState> = {
  name: 'unit',
  observe,
  parse,
  diff,
  applyTogether,
  probeFunctions: fileType.probeFunctions ?? [],
}

const TYPES = 'service|timer|socket|mount|automount|path|target|slice|swap'

/** A unit's name, escaped as systemd wants it, with its type. */
export const isUnitName = (name: string): boolean => new RegExp(`^[\\w:.@\\\\-]+\\.(${TYPES})$`).test(name)

/**
 * A unit in /etc/systemd/system, or a drop-in: `systemdUnit('haproxy.service', …)`, `systemdUnit('haproxy.service.d/limits.conf', …)`.
 * systemd loads it anew; to restart the service, put it into the service's `restartOn`.
 */
export const systemdUnit = defineResource({
  ...systemdUnitType,
  properties,
  normalise(given, name, wrong): FileProps {
    const [unit = '', dropIn, ...more] = name.split('/')
    const right =
      dropIn === undefined
        ? isUnitName(name)
        : new RegExp(`^([\\w:.@\\\\-]+\\.)?(${TYPES})\\.d$`).test(unit) && /^[\w.-]+\.conf$/.test(dropIn) && more.length === 0
    if (!right) wrong('write it like "haproxy.service" or "haproxy.service.d/limits.conf"')
    const { content, validate, ensure } = given
    const rest = validate === undefined ? { ensure } : { ensure, validate }
    return normaliseFile(content === undefined ? rest : { ...rest, content }, `unit ${JSON.stringify(name)}`)
  },
})
