import * as v from 'valibot'
import { there } from '../../lib/user-error.ts'
import { defineResource } from '../../model/define-resource.ts'
import { type Change, type Fields, type Item, type Refusal, type ResourceType, repair } from '../../model/resource.ts'
import { empty, join, type Script, sh, shFile } from '../../shell/script.ts'
import { Secret } from '../../shell/secret.ts'
import { asRead, type FileProps, type FileState, fileType, normaliseFile } from '../files/file.ts'
import { applyFiles, togetherFunctions } from '../files/together.ts'
import { baseName, dirName } from '../kit/path.ts'
import { ensure } from '../kit/properties.ts'
import { foreseeRead } from '../kit/readers.ts'
import { understood, understoodFunction } from './understood.ts'
import { isDropInDirectory, isUnitName, UNIT_DIR, unitPath } from './unit-name.ts'
import { unitNeeds } from './unit-needs.ts'

const properties = v.object({
  content: v.optional(v.pipe(v.union([v.string(), v.instance(Secret)]), v.description('The text of the unit.'))),
  validate: v.optional(
    v.pipe(
      v.array(v.string()),
      v.nonEmpty(),
      v.description(
        "A command that must accept the new text, as for a file. Default: systemd must understand every line (`systemd-analyze verify`). `['true']` accepts any text, such as keys of a newer systemd.",
      ),
    ),
  ),
  ensure: ensure(),
})

/** A unit file, and what systemd has loaded of it. */
export interface SystemdUnitState {
  readonly file: FileState | 'absent'
  /** systemd has loaded a different text from the one on disk. */
  readonly stale: boolean
}

/** The unit that a file belongs to, if systemd can be asked about it by name. */
function unitOf(name: string): string | undefined {
  const unit = name.includes('/') ? name.slice(0, name.indexOf('/')).replace(/\.d$/, '') : name
  return /@\.|^[a-z]+$/.test(unit) ? undefined : unit
}

const isEqual = (a: readonly string[], b: readonly string[]): boolean => a.join(' ') === b.join(' ')

/** Files by path; the probe refers to them by name, because it runs in {@link UNIT_DIR}. */
const asFiles = (items: readonly Item<FileProps>[]): readonly Item<FileProps>[] =>
  items.map(({ name, props }) => ({ name: unitPath(name), props }))

function observe(items: readonly Item<FileProps>[]): Script {
  const names = items.map(({ name }) => name)
  const known = names.filter((name) => unitOf(name) !== undefined)
  const units = known.flatMap((name) => unitOf(name) ?? [])
  // shared by all units, to save bytes
  const stale = sh`
    if [ -d /run/systemd/system ]; then
      ${isEqual(known, names) ? empty : sh`set -- ${known}`}
      reload=$(systemctl show -p NeedDaemonReload -- ${isEqual(units, known) ? sh`"$@"` : sh`${units}`})
      printf '%s\n' "$reload" | while IFS= read -r line; do
        case $line in
        '') shift ;;
        *=yes) printf '%s\tstale\n' "$1" ;;
        esac
      done
    fi`
  return sh`
    set -- ${names}
    if cd ${UNIT_DIR} 2>/dev/null; then
    ${fileType.observe(items)}
    else for name do printf '%s\tabsent\n' "$name"; done
    fi
    ${known.length > 0 ? stale : empty}`
}

/** Reads a unit's lines; never `absent`, because systemd may know a unit whose file is gone. */
const parse = (records: readonly Fields[]): SystemdUnitState => ({
  file: fileType.parse(records.filter(([word]) => word !== 'stale')),
  stale: records.some(([word]) => word === 'stale'),
})

function diff(wanted: FileProps, is: SystemdUnitState | 'absent'): readonly Change[] | Refusal {
  const changes = fileType.diff(wanted, is === 'absent' ? is : is.file, [])
  if ('refusal' in changes || changes.length > 0 || is === 'absent' || !is.stale) return changes
  return [{ action: 'update', text: 'daemon-reload: systemd has loaded an older text' }]
}

const linkFunctions: Script = join([sh`unit_folder=${UNIT_DIR}`, shFile(import.meta.url, './unit-links.sh')])

const isDropIn = ({ name }: Item<FileProps>): boolean => name.includes('/')
const isAbsent = ({ props: { ensure } }: Item<FileProps>): boolean => ensure === 'absent'

/** Is it checked as every unit is? Then systemd reads it together with others. */
const isPlain = ({ name, props: { ensure, content, validate = [] } }: Item<FileProps>): boolean =>
  ensure === 'present' &&
  (typeof content.word === 'string' || content.word instanceof Secret) &&
  isEqual(validate, understood(name, content.word))

/** sh that writes units, in order, and then has systemd load them. */
function write(items: readonly Item<FileProps>[]): Script {
  const present = items.filter((item) => !isAbsent(item))
  const units = present.filter((item) => !isDropIn(item)).map(({ name }) => name)
  const directories = [...new Set(present.filter(isDropIn).map(({ name }) => dirName(unitPath(name))))]
  const named = new Map(items.map((item) => [unitPath(item.name), item]))
  const ofPath = ({ name }: Item<FileProps>): Item<FileProps> => there(named.get(name), name)
  const allUnderstood = (files: readonly Item<FileProps>[]): Script => {
    const secrets = files.map(ofPath).filter(({ props: { content } }) => content.word instanceof Secret)
    return sh`all_understood ${['', ...secrets.map(({ name }) => name), ''].join(' ')} "$@"`
  }
  return join([
    units.length > 0 ? sh`note_links ${units}` : empty,
    directories.length > 0 ? sh`mkdir -p ${directories}` : empty,
    applyFiles(
      asFiles(items),
      (file) => isPlain(ofPath(file)),
      (file) => {
        const put = repair(fileType, [file])
        return isAbsent(file) && !isDropIn(ofPath(file)) ? join([put, sh`drop_links ${baseName(file.name)}`]) : put
      },
      allUnderstood,
    ),
    units.length > 0 ? sh`compare_links ${units}` : empty,
  ])
}

const load = sh`[ ! -d /run/systemd/system ] || { systemctl daemon-reload; make_links; }`

const applyTogether = (items: readonly Item<FileProps>[]): Script => join([sh`relink=`, write(items), load])

/** sh that writes the units of one step, in order, and then has systemd load them. */
export const applyOneByOne = (items: readonly Item<FileProps>[]): Script =>
  join([sh`relink=`, ...items.map((item) => write([item])), load])

/** The behaviour of units, for types that are made of units. */
export const systemdUnitType: ResourceType<FileProps, SystemdUnitState> = {
  name: 'unit',
  aside: true,
  observe,
  parse,
  diff,
  applyTogether,
  needs: (_name, { ensure, content: { word } }) =>
    ensure === 'present' && typeof word === 'string' ? unitNeeds(word) : [],
  foresee: (items, steps) =>
    foreseeRead(
      items.flatMap(({ name, props }) => (props.ensure === 'absent' ? [] : [asRead(name, unitPath(name), props)])),
      steps,
    ),
  // the name may be one of its aliases
  brings: ({ kind, name }, _unit, { content: { word } }) =>
    kind === 'unit' && typeof word === 'string' && word.includes(name),
  places: (name, { ensure }) => [{ path: unitPath(name), as: ensure === 'absent' ? 'nothing' : 'file' }],
  functions: join([togetherFunctions, understoodFunction, linkFunctions]),
  probeFunctions: fileType.probeFunctions ?? [],
}

/**
 * A unit in /etc/systemd/system, or a drop-in: `systemdUnit('haproxy.service', …)`,
 * `systemdUnit('haproxy.service.d/limits.conf', …)`.
 * systemd reloads its units; to restart the service, add this resource to its `restartOn`.
 */
export const systemdUnit = defineResource({
  ...systemdUnitType,
  properties,
  normalise(given, name, wrong): FileProps {
    const [unit = '', dropIn, ...more] = name.split('/')
    const right =
      dropIn === undefined
        ? isUnitName(name)
        : isDropInDirectory(unit) && /^[\w.-]+\.conf$/.test(dropIn) && more.length === 0
    if (!right) wrong('write it like "haproxy.service" or "haproxy.service.d/limits.conf"')
    const { content, ensure } = given
    if (content === undefined || ensure === 'absent') return normaliseFile({ ensure }, `unit ${JSON.stringify(name)}`)
    const { validate = understood(name, content) } = given
    const props = normaliseFile({ ensure, content, validate }, `unit ${JSON.stringify(name)}`)
    if (content === '') wrong("an empty text would mask it; give its content, or ensure: 'absent'")
    if (typeof content === 'string' && content.includes('\0')) wrong('content contains a NUL byte')
    return props
  },
})
