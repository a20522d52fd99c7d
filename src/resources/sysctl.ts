import { defineByHand } from '../model/define-resource.ts'
import type { Change, Fields, Item } from '../model/resource.ts'
import { type Script, sh } from '../shell/script.ts'
import { put } from './kit/put.ts'

/** What a recipe writes about a kernel parameter. */
export interface SysctlInput {
  /** Several numbers are separated by one space. */
  readonly value?: string | number
  /** `absent` removes our file; the running kernel keeps the value until it boots. */
  readonly ensure?: 'present' | 'absent'
}

interface SysctlProps {
  readonly key: string
  readonly value: string
  readonly ensure: 'present' | 'absent'
}

interface SysctlState {
  /** The first line of our file; nothing where there is none. */
  readonly line?: string
  /** What the kernel says; nothing where it does not know the parameter. */
  readonly live?: string
}

/** Read late, but before what an administrator numbers 99. */
const filePath = (key: string): string => `/etc/sysctl.d/90-provision-${key.replaceAll('/', '-')}.conf`
/** In a key dots and slashes are the other way round, as in `sysctl(8)`. */
const livePath = (key: string): string => `/proc/sys/${key.replace(/[./]/g, (c) => (c === '.' ? '/' : '.'))}`
const wantedLine = (key: string, value: string): string => `${key} = ${value}`

const observe = (items: readonly Item<SysctlProps>[]): Script => sh`
  set -- ${items.flatMap(({ name }) => [name, filePath(name), livePath(name)])}
  break=${'\n'}
  # one grep reads all: sh reads byte by byte, and of numbers the kernel gives only the first byte then
  all=$break$(grep -sH '' -- ${items.map(({ name }) => livePath(name))} /dev/null) || :
  while [ $# -gt 0 ]; do
    if [ -e "$2" ]; then
      { IFS= read -r line || :; if IFS= read -r more; then line="$line …"; fi; } <"$2"
      printf '%s\tfile\t%s\n' "$1" "$line"
    fi
    rest=\${all#*"$break$3:"}
    [ "$rest" = "$all" ] || printf '%s\tlive\t%s\n' "$1" "\${rest%%"$break"*}"
    printf '%s\tlooked\n' "$1"
    shift 3
  done`

function parse(records: readonly Fields[]): SysctlState {
  const line = records.find(([word]) => word === 'file')?.[1]
  const live = records
    .find(([word]) => word === 'live')
    ?.slice(1)
    .join(' ')
    .trim()
  return { ...(line === undefined ? {} : { line }), ...(live === undefined ? {} : { live }) }
}

function diff({ key, value, ensure }: SysctlProps, is: SysctlState | 'absent'): readonly Change[] {
  if (is === 'absent') return []
  if (ensure === 'absent') return is.line === undefined ? [] : [{ action: 'remove', text: is.line }]
  const wanted = wantedLine(key, value)
  const changes: Change[] = []
  if (is.line === undefined) changes.push({ action: 'create', text: wanted })
  else if (is.line !== wanted) changes.push({ action: 'update', text: `${is.line} → ${wanted}` })
  if (is.live !== value) changes.push({ action: 'update', text: `the kernel has ${is.live ?? 'no such parameter'}: ${value}` })
  return changes
}

function applyOne({ name, props: { value, ensure } }: Item<SysctlProps>): Script {
  if (ensure === 'absent') return sh`rm -f ${filePath(name)}`
  return sh`
    mkdir -p /etc/sysctl.d
    ${put(filePath(name), { word: `${wantedLine(name, value)}\n` }, { mode: '0644', owner: 'root', group: 'root' })}
    [ -e ${livePath(name)} ] || { echo ${`${name}: the kernel does not know this parameter; is its module loaded?`} >&2; exit 1; }
    printf '%s\n' ${value} >${livePath(name)}`
}

/** A parameter of the kernel, now and after a boot: `sysctl('net.core.somaxconn', { value: 4096 })`. */
export const sysctl = defineByHand<SysctlInput, SysctlProps, SysctlState>(
  { name: 'sysctl', observe, parse, diff, apply: applyOne },
  ({ value = '', ensure = 'present' }, key) => {
    if (!/^[\w-]+([./][\w-]+)+$/.test(key)) throw new TypeError(`sysctl ${JSON.stringify(key)}: write it like "net.core.somaxconn"`)
    const plain = String(value).trim().replace(/\s+/g, ' ')
    if (ensure === 'present' && !/^[\x20-\x7e]+$/.test(plain)) throw new TypeError(`sysctl ${key}: say its value`)
    return { key, value: plain, ensure }
  },
  { value: true, ensure: true },
)
