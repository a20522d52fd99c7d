import * as v from 'valibot'
import { defineResource } from '../../model/define-resource.ts'
import type { Change, Fields, Item, Refusal } from '../../model/resource.ts'
import { join, type Script, sh, shFile } from '../../shell/script.ts'

const TYPES = ['ext4', 'xfs'] as const
type Type = (typeof TYPES)[number]

/** Most characters of a label. */
const LABEL: Readonly<Record<Type, number>> = { ext4: 16, xfs: 12 }

const properties = v.object({
  type: v.pipe(v.picklist(TYPES), v.description('The kind of file system. `xfs` needs the package `xfsprogs`.')),
  label: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[\w.-]+$/, 'letters, digits, "_", "." and "-"'),
      v.description('Its label, by which it can be mounted: `LABEL=…`. At most 16 characters, for xfs 12.'),
    ),
  ),
  uuid: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 'a UUID in lower case'),
      v.description('Its UUID, by which it can be mounted: `UUID=…`. Default: a random one.'),
    ),
  ),
})

interface FilesystemProps {
  readonly type: Type
  readonly label?: string
  readonly uuid?: string
  /** The paths that the disk may have on the host. */
  readonly paths: readonly string[]
}

type FilesystemState =
  | { readonly is: 'gone'; readonly disks: readonly string[] }
  | { readonly is: 'other' }
  | { readonly is: 'fs'; readonly type: string; readonly label: string; readonly uuid: string }
  | { readonly is: 'some'; readonly what: string }
  | { readonly is: 'used'; readonly what: string }
  | { readonly is: 'nothing'; readonly bytes: number }

function parse([[is = '', first = '', second = '', third = ''] = []]: readonly Fields[]): FilesystemState {
  if (is === 'gone') return { is, disks: first.split(' ').filter(Boolean) }
  if (is === 'other') return { is }
  if (is === 'fs') return { is, type: first, label: second, uuid: third }
  return is === 'nothing' ? { is, bytes: Number(first) } : { is: is === 'used' ? is : 'some', what: first }
}

const EBS = '/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_'
/** Names that mean the same disk after the next boot. `/dev/VG/LV` is from LVM. */
const STABLE = /^\/dev\/(disk\/by-(id|partuuid|partlabel)|mapper|md|[a-z][\w+.-]*)\/[\w+.:@=-]+$/i
/** Directories in /dev with names that are numbers, or that contain no disks. */
const UNSTABLE = /^\/dev\/(disk|block|char|bus|cciss|cpu|dri|fd|ida|input|loop|nbd|net|pts|rd|shm|snd|vfio)\/[^/]*$/

/** The paths that a disk may have on a host; undefined for a name that may mean another disk after the next boot. */
function pathsOf(name: string): readonly string[] | undefined {
  const [, id] = /^vol-?([0-9a-f]{8,17})$/.exec(name) ?? []
  if (id !== undefined) return [`${EBS}vol${id}`, `${EBS}vol-${id}`]
  return STABLE.test(name) && !UNSTABLE.test(name) && !/\/\.{1,2}$/.test(name) ? [name] : undefined
}

const sizeOf = (bytes: number): string =>
  bytes < 2 ** 30 ? `${Math.round(bytes / 2 ** 20)} MiB` : `${Math.round((bytes / 2 ** 30) * 10) / 10} GiB`

const final = (refusal: string, reason: string, remedy: string): Refusal => ({
  refusal,
  reason,
  remedy,
  changes: [],
  final: true,
})

const named = (type: string, label: string, uuid = ''): string =>
  [type, ...(label === '' ? [] : [`label ${label}`]), ...(uuid === '' ? [] : [`UUID ${uuid}`])].join(', ')

const WIPE = 'If nobody needs that any more, remove it by hand (wipefs -a, blkdiscard); or name another disk.'

/** The differences to an existing file system. */
function differs(wanted: FilesystemProps, is: FilesystemState & { readonly is: 'fs' }): readonly Change[] | Refusal {
  const { type, label, uuid } = wanted
  const there = named(is.type, is.label, is.uuid)
  const other = (what: string): Refusal =>
    final('disk-not-empty', `The disk holds another file system (${there}), ${what}, and it would be lost.`, WIPE)
  if (is.type !== type) return other(`not ${type}`)
  if (uuid !== undefined && is.uuid !== uuid) return other(`not the one with UUID ${uuid}`)
  if (label === undefined || label === is.label) return []
  const change: Change = { action: 'update', attribute: 'label', from: is.label || 'none', to: label }
  if (is.label === '') return [change]
  return {
    refusal: 'filesystem-label',
    reason: `The file system on the disk has the label ${is.label}, not ${label}: it may be another one than you mean.`,
    remedy: `Name the disk that you mean, or allow it to be called ${label}.`,
    changes: [change],
  }
}

function diff(wanted: FilesystemProps, state: FilesystemState | 'absent'): readonly Change[] | Refusal {
  const { type, label = '', uuid = '' } = wanted
  const is = state as FilesystemState
  if (is.is === 'fs') return differs(wanted, is)
  if (is.is === 'gone') {
    const here = is.disks.length === 0 ? '' : ` Those that are: ${is.disks.join(', ')}.`
    return final('no-such-disk', `No such disk is attached to this host.${here}`, 'Attach it, or correct its name.')
  }
  if (is.is === 'other') return final('no-such-disk', 'That is no disk.', 'Correct its name.')
  if (is.is === 'used') return final('disk-not-empty', `The disk is in use: ${is.what}.`, 'Name another disk.')
  if (is.is === 'some') return final('disk-not-empty', `The disk holds ${is.what}, which would be lost.`, WIPE)
  return [
    {
      action: 'create',
      attribute: 'file system',
      to: named(type, label, uuid),
      text: `on an empty disk of ${sizeOf(is.bytes)}`,
    },
  ]
}

const observe = (items: readonly Item<FilesystemProps>[]): Script =>
  join(items.map(({ name, props }) => sh`look_at_filesystem ${[name, ...props.paths]}`))

const look = shFile(import.meta.url, './filesystem-look.sh')

/**
 * A file system on a disk that was empty: `filesystem('vol-0123456789abcdef0', { type: 'ext4', label: 'data' })`. The
 * disk is named by the id of its EBS volume, or by a path that means the same disk after every boot
 * (/dev/disk/by-id/…, /dev/disk/by-partuuid/…, /dev/VG/LV of LVM). A disk that holds or is used for anything else is
 * never overwritten. Mount it by its label: `mount('/srv/data', { device: 'LABEL=data', type: 'ext4' })`.
 */
export const filesystem = defineResource({
  name: 'filesystem',
  properties,
  normalise({ type, label, uuid }, name, wrong): FilesystemProps {
    const paths =
      pathsOf(name) ??
      wrong(
        'after the next boot this name may mean another disk: write the id of its EBS volume (vol-…), or a path like /dev/disk/by-id/…',
      )
    if (label !== undefined && label.length > LABEL[type])
      wrong(`a label of ${type} has at most ${LABEL[type]} characters`)
    return {
      type,
      paths,
      ...(label === undefined ? {} : { label }),
      ...(uuid === undefined ? {} : { uuid }),
    }
  },
  observe,
  parse,
  diff,
  apply: ({ name, props: { type, label = '', uuid = '', paths } }) =>
    sh`filesystem_made ${[name, type, label, uuid, ...paths]}`,
  functions: join([look, shFile(import.meta.url, './filesystem.sh')]),
  probeFunctions: [look],
  places: () => [],
  brings: ({ name }) => name.startsWith('/dev/disk/by-'), // its label, and its UUID
  needs: (_name, { type }) => [
    {
      kind: 'program',
      name: `mkfs.${type}`,
      of: 'type',
      from: type === 'xfs' ? 'package xfsprogs' : 'package e2fsprogs',
    },
  ],
})
