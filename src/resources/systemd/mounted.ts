/** What happens to a mounted file system when its mount unit changes: options are changed in place, nothing else is. */
import type { Change, Fields, Refusal } from '../../model/resource.ts'
import { empty, join, type Script, sh, shFile } from '../../shell/script.ts'
import { owe } from './running/owed.ts'
import type { ServiceState } from './service-look.ts'
import { unitPath } from './unit-name.ts'

/** What should be mounted where. */
export interface Mounted {
  readonly path: string
  readonly what: string
  readonly type?: string
  /** In the format of `mount -o`. */
  readonly options: string
  /** Mount it only over an empty directory. */
  readonly bare?: true
}

const plain = (text: string): string => text.replaceAll('%', '%%')

/** The lines of its unit that identify what is mounted. */
const source = ({ what, type }: Mounted): readonly string[] => [
  `What=${plain(what)}`,
  ...(type === undefined ? [] : [`Type=${type}`]),
]

/** The text of the unit file on the host, if it was read and differs. */
function textOf(file: ReadonlyMap<string, readonly Fields[]>): string | undefined {
  const sent = [...file.values()].flat().find(([word]) => word === 'content')?.[1]
  return sent === undefined ? undefined : Buffer.from(sent, 'base64').toString('utf8')
}

const lineOf = (text: string | undefined, key: string): string | undefined =>
  new RegExp(`^${key}=(.*)$`, 'm').exec(text ?? '')?.[1]

/**
 * sh functions. `same_mount PATH WHAT OPTIONS`: is WHAT mounted at PATH? The kernel names a bind mount after its
 * device, and a device by its first name. `lost_options UNIT SHOWN NOT`: does the kernel not show what it must, or what
 * it must not? `is_mounted PLACE` asks the kernel; `until_told PLACE UNIT` waits until systemd agrees with it.
 */
export const mountFunctions: Script = shFile(import.meta.url, './mounts.sh')

/** A path as the kernel spells it in /proc/self/mountinfo. */
const placeOf = ({ path }: Mounted): string =>
  path.replace(/[\\ \t\n]/g, (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`)

/** Do these options, in the format of `mount -o`, make it a bind mount? */
export const isBound = (options: string): boolean => /(^|,)r?bind(,|$)/.test(options)

/** Options that the kernel shows, and their opposites. */
const FLAGS = { ro: 'rw', nosuid: 'suid', nodev: 'dev', noexec: 'exec', noatime: 'relatime' }

/** File systems that are read-only only if somebody, or an error, has made them so. */
const WRITABLE = /^(ext[234]|xfs|btrfs|f2fs|vfat|tmpfs)$/

const UNITS = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 }
/** The kernel rounds a size up to whole pages; no page is larger. */
const PAGE = 64 * 1024

/** The size of a tmpfs as the kernel shows it: not if it is relative, or no limit. */
function sizeOf(words: readonly string[]): readonly string[] {
  const [, digits, unit = ''] =
    /^size=(\d+)([kmgt]?)$/i.exec(words.findLast((word) => word.startsWith('size=')) ?? '') ?? []
  const bytes = Number(digits ?? 0) * UNITS[unit.toLowerCase() as keyof typeof UNITS]
  return bytes > 0 && bytes % PAGE === 0 ? [`size=${bytes / 1024}k`] : []
}

/** The options that the kernel must show for a mount, and those that it must not. */
function flagsOf({ type = '', options }: Mounted): {
  readonly shown: readonly string[]
  readonly not: readonly string[]
} {
  const words = options.split(',')
  const shown = Object.entries(FLAGS).flatMap(([flag, other]) =>
    words.includes(flag) && !words.includes(other) ? [flag] : [],
  )
  if (type === 'tmpfs') shown.push(...sizeOf(words))
  return { shown, not: WRITABLE.test(type) && !words.includes('ro') ? ['ro'] : [] }
}

/** The change for options that somebody, or an error, has taken from a mount since. */
export function lostOptions(wanted: Mounted, { active, mounted }: ServiceState): Change | undefined {
  if (active !== 'active' || mounted === undefined) return undefined
  const { shown, not } = flagsOf(wanted)
  const is = mounted.options.split(',')
  if (shown.every((flag) => is.includes(flag)) && !not.some((flag) => is.includes(flag))) return undefined
  const to = wanted.options || 'defaults'
  return { action: 'reload', attribute: 'options', from: mounted.options, to, text: 'remounted in place' }
}

/** sh that owes a mount the same. */
export function oweOptions(wanted: Mounted, unit: string): Script {
  const { shown, not } = flagsOf(wanted)
  if (shown.length + not.length === 0) return empty
  return join([sh`! lost_options ${[unit, shown.join(' '), not.join(' ')]} || {`, owe(unit, 'reload'), sh`}`])
}

/** Only a directory or a device has several names; `tmpfs` is just a word. */
const hasNames = ({ what }: Mounted): boolean => /^\/|=/.test(what)

/**
 * sh that asks the kernel whether it is mounted, and checks the mount itself if its unit does not say what is mounted:
 * it is missing, a link, or has no such lines.
 */
export const askMount = (wanted: Mounted, unit: string): Script => {
  const { path, what, options, bare } = wanted
  const same = sh`
    grep -qs ^What= ${unitPath(unit)} || ! same_mount ${path} ${what} ${options} || printf '%s\tsame\n' ${path}`
  const hidden = sh`
    mountpoint -q -- ${path} || [ -z "$(ls -A -- ${path} 2>/dev/null)" ] || printf '%s\thides\n' ${path}`
  const away = sh`is_mounted ${placeOf(wanted)} || printf '%s\tunmounted\n' ${path}`
  return join([away, hasNames(wanted) ? same : empty, bare ? hidden : empty])
}

/** sh that waits until systemd knows what the kernel has mounted. */
export const untilTold = (wanted: Mounted, unit: string): Script => sh`until_told ${placeOf(wanted)} ${unit}`

/** Refuses a mount that would hide a directory's content and must not. */
export const hides = ({ path, what }: Mounted): Refusal => ({
  refusal: 'mount-hides',
  reason: `${path} holds data, which ${what} would hide.`,
  remedy: 'Stop what uses it and move its content onto that file system by hand, or remove it if nobody needs it.',
  changes: [],
  final: true,
})

/** Options of a tmpfs that a remount changes if they are given, and otherwise leaves as they are. */
const TMPFS = ['size', 'nr_blocks', 'nr_inodes', 'mode', 'uid', 'gid', 'huge', 'mpol']

/** A remark if a tmpfs was mounted with options that are no longer wanted. */
function stay({ type, options }: Mounted, were: string): readonly string[] {
  if (type !== 'tmpfs') return []
  const names = (words: string): readonly string[] => words.split(',').map((word) => word.split('=')[0] ?? '')
  const wanted = names(options)
  const left = names(were).filter((name) => TMPFS.includes(name) && !wanted.includes(name))
  if (left.length === 0) return []
  return [`its ${left.join(', ')} ${left.length === 1 ? 'stays' : 'stay'} as before until it is mounted anew`]
}

/** What happens to a mount if its unit changes while it is mounted; undefined if it is not mounted. */
export function mountChange(
  wanted: Mounted,
  { file, same }: { readonly file: ReadonlyMap<string, readonly Fields[]>; readonly same: boolean },
  { active, mounted }: ServiceState,
): Change | Refusal | undefined {
  if (active !== 'active' || mounted === undefined) return undefined
  const text = textOf(file)
  const was = ['What', 'Type'].flatMap((key) =>
    lineOf(text, key) === undefined ? [] : [`${key}=${lineOf(text, key)}`],
  )
  const ours = text !== undefined && was.join('\n') === source(wanted).join('\n')
  const others = mounted.what === wanted.what && (wanted.type === undefined || mounted.type === wanted.type)
  if (ours || others || same) {
    const options = { from: lineOf(text, 'Options') ?? mounted.options, to: wanted.options || 'defaults' }
    const change = { action: 'reload', text: ['remounted in place', ...stay(wanted, options.from)].join('; ') } as const
    return options.from === options.to ? change : { ...change, attribute: 'options', ...options }
  }
  const named = (what: string, type = ''): string => (type === '' ? what : `${what} (${type})`)
  const is = named(mounted.what, mounted.type)
  const to = named(wanted.what, wanted.type)
  const lost = /^(tmpfs|ramfs)$/.test(mounted.type) ? ', and its content is gone' : ''
  return {
    refusal: 'mounted-otherwise',
    reason: `${is} is mounted at ${wanted.path}, and would be unmounted for ${to}: whoever uses it loses it${lost}.`,
    remedy: 'Unmount it yourself when nobody needs it, or allow it to be replaced.',
    changes: [{ action: 'restart', attribute: 'device', from: is, to }],
  }
}

/**
 * sh that records what a mount owes before its unit changes: a remount if the source stays the same, else a new mount.
 */
export function oweMount(wanted: Mounted, unit: string): Script {
  const { path, what, type = '', options } = wanted
  const same = hasNames(wanted) ? sh` || same_mount ${path} ${what} ${options}` : empty
  const lines = source(wanted).join('\n')
  return join([
    sh`
      was=$(grep -E '^(What|Type)=' ${unitPath(unit)} 2>/dev/null) || :
      what=$(systemctl show -p What --value ${unit})
      type=$(systemctl show -p Type --value ${unit})
      if [ "$was" = ${lines} ] || { [ "$what" = ${what} ] && case ${type} in '' | "$type") ;; *) false ;; esac; }${same}; then`,
    owe(unit, 'reload'),
    sh`else`,
    owe(unit, 'restart'),
    sh`fi`,
  ])
}

/** sh that gives the root of a tmpfs the mode and owner of its options, which only a new mount takes by itself. */
export function rootAsOptions({ path, type, options }: Mounted): Script {
  if (type !== 'tmpfs') return empty
  const last = (key: string): string | undefined =>
    options
      .split(',')
      .findLast((option) => /^\w+=[0-9]+$/.test(option) && option.startsWith(`${key}=`))
      ?.slice(key.length + 1)
  const given = (format: string, value: string | undefined, change: string): Script =>
    value === undefined
      ? empty
      : sh`[ "$(stat -c ${format} -- ${path})" = ${value.replace(/^0+(?=\d)/, '')} ] || ${sh`${change}`} ${value} ${path}`
  return join([
    given('%u', last('uid'), 'chown'),
    given('%g', last('gid'), 'chgrp'),
    given('%a', last('mode'), 'chmod'),
  ])
}
