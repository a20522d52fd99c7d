import * as v from 'valibot'
import { defineResource } from '../model/define-resource.ts'
import type { Change, Fields, Item } from '../model/resource.ts'
import { join, quoted, type Script, sh, shFile } from '../shell/script.ts'
import { ensure } from './kit/properties.ts'
import { put } from './kit/put.ts'
import { foreseeMasked } from './systemd/boot/not-at-boot.ts'

const properties = v.object({
  value: v.optional(
    v.pipe(
      v.union([v.string(), v.number()]),
      v.description('The value; separate several numbers with single spaces. The kernel must accept it unchanged.'),
    ),
  ),
  ensure: ensure('`absent` removes the file; the running kernel keeps the value until the next reboot.'),
})

interface SysctlProps {
  readonly key: string
  readonly value: string
  readonly ensure: 'present' | 'absent'
}

/** A line in a file that sets the parameter at boot. */
interface Setting {
  readonly path: string
  readonly key: string
  readonly value: string
}

interface SysctlState {
  /** The first line of our file; undefined if there is no such file. */
  readonly line?: string
  /** The kernel's value; undefined if the kernel does not know the parameter. */
  readonly live?: string
  /** The settings in other files, in the order in which they are read. */
  readonly others: readonly Setting[]
}

/** Read late, but before files that an administrator numbers 99. */
const fileName = (key: string): string => `90-provision-${key.replaceAll('/', '-')}.conf`
const filePath = (key: string): string => `/etc/sysctl.d/${fileName(key)}`

/** As in sysctl.d(5): if a slash comes first, slashes and dots are literal; if a dot does, they are swapped. */
const slashed = (key: string): string =>
  /^[^./]*\//.test(key) ? key : key.replace(/[./]/g, (separator) => (separator === '.' ? '/' : '.'))
const dotted = (key: string): string => slashed(key).replace(/[./]/g, (separator) => (separator === '.' ? '/' : '.'))
const livePath = (key: string): string => `/proc/sys/${slashed(key)}`
const wantedLine = (key: string, value: string): string => `${key} = ${value}`

/** The directories that systemd-sysctl reads; for files of the same name, the first directory wins. */
const DIRS = ['/etc/sysctl.d', '/run/sysctl.d', '/usr/local/lib/sysctl.d', '/usr/lib/sysctl.d']

// One grep reads all lines but comments. sh reads byte by byte, and then the kernel returns only a number's first byte.
const observe = (items: readonly Item<SysctlProps>[]): Script => {
  const live = items.map(({ name }) => livePath(name))
  const others = DIRS.map((dir) => sh`${dir}/*.conf`)
  return join([
    sh`
      set -- ${items.flatMap(({ name }) => [name, filePath(name), livePath(name), dotted(name), slashed(name)])}
      all=$(grep -sH '^[[:space:]]*[^#;[:space:]]' -- ${live} ${join(others, ' ')}) || :
      dirs=${DIRS.join('\n')} nl=${'\n'}`,
    shFile(import.meta.url, './sysctl.sh'),
  ])
}

const plain = (value: string): string => value.trim().replace(/\s+/g, ' ')

function parse(records: readonly Fields[]): SysctlState {
  const textOf = (word: string): string | undefined =>
    records
      .find(([first]) => first === word)
      ?.slice(1)
      .join(' ')
  const line = textOf('file')
  const live = textOf('live') ?? (records.some(([word]) => word === 'known') ? '' : undefined)
  const others = records
    .filter(([word]) => word === 'set')
    .flatMap(([, path = '', ...text]): Setting[] => {
      const [, key = '', value = ''] = /^\s*-?([^\s=]+)\s*=(.*)$/.exec(text.join(' ')) ?? []
      return key === '' ? [] : [{ path, key, value: plain(value) }]
    })
  return { ...(line === undefined ? {} : { line }), ...(live === undefined ? {} : { live: plain(live) }), others }
}

const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

/** The line in another file that is read after ours and sets another value; the last such line wins. */
function winner({ key, value }: SysctlProps, { others }: SysctlState): Setting | undefined {
  const later = others.filter((other) => slashed(other.key) === slashed(key) && baseName(other.path) > fileName(key))
  const last = later.sort((a, b) => (baseName(a.path) < baseName(b.path) ? -1 : 1)).at(-1)
  return last?.value === value ? undefined : last
}

/** Debian 12 reads /etc/sysctl.conf under this name. */
const shownPath = (path: string): string => (path === '/etc/sysctl.d/99-sysctl.conf' ? '/etc/sysctl.conf' : path)

function diff(props: SysctlProps, is: SysctlState | 'absent'): readonly Change[] {
  if (is === 'absent') return []
  const { key, value, ensure } = props
  const said = is.line?.startsWith(`${key} = `) ? is.line.slice(key.length + 3) : is.line
  if (ensure === 'absent') return said === undefined ? [] : [{ action: 'remove', attribute: 'at boot', from: said }]
  const changes: Change[] = []
  const last = winner(props, is)
  const but = last === undefined ? {} : { text: `but ${shownPath(last.path)} sets ${last.value} after that` }
  if (said === undefined) changes.push({ action: 'create', attribute: 'at boot', to: value, ...but })
  else if (is.line !== wantedLine(key, value))
    changes.push({ action: 'update', attribute: 'at boot', from: said, to: value, ...but })
  if (is.live === undefined)
    changes.push({ action: 'update', attribute: 'now', to: value, text: 'the kernel does not know this parameter yet' })
  else if (is.live !== value)
    // what wins at the next boot is said where no change is about that, too
    changes.push({ action: 'update', attribute: 'now', from: is.live, to: value, ...(changes.length === 0 ? but : {}) })
  return changes
}

/** Sets the kernel's value first: a value that it rejects must not be written down for the next boot. */
function apply({ name, props: { value, ensure } }: Item<SysctlProps>): Script {
  if (ensure === 'absent') return sh`rm -f ${filePath(name)}`
  const live = livePath(name)
  return sh`
    set_parameter ${name} ${value} ${live}
    ( trap ${quoted(sh`[ $? = 0 ] || printf '%s\n' "$was" >${live}`)} EXIT
    mkdir -p /etc/sysctl.d
    ${put(filePath(name), { word: `${wantedLine(name, value)}\n` }, { mode: '0644', owner: 'root', group: 'root' })} )`
}

const present = (items: readonly Item<SysctlProps>[]): readonly string[] =>
  items.flatMap(({ name, props: { ensure } }) => (ensure === 'absent' ? [] : [name]))

/** A kernel parameter, now and after a reboot: `sysctl('net.core.somaxconn', { value: 4096 })`. */
export const sysctl = defineResource({
  name: 'sysctl',
  properties,
  normalise({ value = '', ensure }, key, wrong): SysctlProps {
    if (!/^[\w@+:][\w@+:-]*([./][\w@+:-]+)+$/.test(key)) wrong('write its name like "net.core.somaxconn"')
    const text = plain(String(value))
    if (ensure === 'present' && !/^[\x20-\x7e]+$/.test(text)) wrong('give its value, in plain ASCII')
    return { key, value: text, ensure }
  },
  observe,
  parse,
  diff,
  apply,
  functions: shFile(import.meta.url, './sysctl-set.sh'),
  foresee: (items) => foreseeMasked('systemd-sysctl.service', present(items)),
  // a parameter has several names
  places: (name, { ensure }) =>
    ensure === 'absent'
      ? [{ path: filePath(name), as: 'nothing' }]
      : [filePath(name), livePath(name)].map((path) => ({ path, as: 'file' })),
  warn(props, is) {
    const last = props.ensure === 'absent' || is === 'absent' ? undefined : winner(props, is)
    return last === undefined
      ? undefined
      : `${shownPath(last.path)} is read later and sets ${last.value}: after a boot it has that; take the line out there`
  },
})
