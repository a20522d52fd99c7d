import * as v from 'valibot'
import { defineResource } from '../../model/define-resource.ts'
import { empty, join } from '../../shell/script.ts'
import { normaliseFile } from '../files/file.ts'
import { absolutePath } from '../kit/path.ts'
import { ensure } from '../kit/properties.ts'
import { isBound, mountFunctions } from './mounted.ts'
import { serviceProps } from './service-properties.ts'
import { tmpfsFault } from './tmpfs-options.ts'
import { understood } from './understood.ts'
import { type UnitSet, unitSetType } from './unit-set.ts'

const word = () => v.pipe(v.string(), v.regex(/^[^\s\0]*$/, 'a text without white space'))

const option = v.pipe(word(), v.regex(/[^\\]$/, 'an option like "ro" or "size=1m"'))

const properties = v.object({
  device: v.optional(
    v.pipe(
      word(),
      v.regex(/^(?!-)/, 'a device; what begins with a dash is an option to mount'),
      v.regex(/(^|[^\\])$/, 'a text that does not end with a backslash'),
      v.description("The device, `LABEL=…`, `UUID=…`, a directory (with `options: ['bind']`), or a word like `tmpfs`."),
    ),
  ),
  type: v.optional(v.pipe(word(), v.nonEmpty(), v.description("The file system's type; not needed for a bind mount."))),
  options: v.optional(
    v.pipe(
      v.array(option),
      v.description(
        'Options as for `mount -o`, one per item. The `size` of a tmpfs is a limit, which may be larger than the memory.',
      ),
    ),
    [],
  ),
  existing: v.optional(
    v.pipe(
      v.literal('refuse'),
      v.description('Refuse to mount it over a directory that holds anything. Default: what is there is hidden.'),
    ),
  ),
  ensure: ensure('`absent` unmounts it and removes its unit.'),
})

/** What systemd mounts before it reads any unit. */
const BY_SYSTEMD =
  /^\/(proc|sys|dev|run|dev\/shm|dev\/pts|sys\/kernel\/security|sys\/fs\/(cgroup|pstore|bpf)|sys\/firmware\/efi\/efivars)$/

const NETWORK = /^(nfs4?|cifs|ceph|glusterfs|fuse\.sshfs)$/

/** The unit name that systemd requires for a path (`systemd-escape --path --suffix=mount`). */
export function mountUnit(path: string): string {
  const bytes = [...Buffer.from(path.slice(1))]
  const escaped = bytes.map((byte, i) => {
    const char = String.fromCharCode(byte)
    if (char === '/') return '-'
    return /[A-Za-z0-9:_]/.test(char) || (char === '.' && i > 0) ? char : `\\x${byte.toString(16).padStart(2, '0')}`
  })
  return `${escaped.join('')}.mount`
}

const plain = (text: string): string => text.replaceAll('%', '%%')

function unitText(path: string, { device = '', type, options }: v.InferOutput<typeof properties>): string {
  return [
    '[Unit]',
    `Description=Mount of ${plain(path)}`,
    '',
    '[Mount]',
    `What=${plain(device)}`,
    `Where=${plain(path)}`,
    ...(type === undefined ? [] : [`Type=${type}`]),
    ...(options.length === 0 ? [] : [`Options=${plain(options.join(','))}`]),
    '',
    '[Install]',
    `WantedBy=${NETWORK.test(type ?? '') ? 'remote' : 'local'}-fs.target`,
    '',
  ].join('\n')
}

const type = unitSetType('mount')

/**
 * A mounted file system, managed by a systemd unit: `mount('/srv/data', { device: 'LABEL=data', type: 'ext4' })`.
 * systemd creates the mount point.
 */
export const mount = defineResource({
  ...type,
  probeFunctions: [...(type.probeFunctions ?? []), mountFunctions],
  functions: join([type.functions ?? empty, mountFunctions]),
  properties,
  normalise(given, path, wrong): UnitSet {
    const what = `mount ${absolutePath('mount', path)}`
    const { device = '', type, ensure, existing } = given
    if (path === '/') wrong('the root file system is not managed by recipes')
    if (ensure === 'present' && BY_SYSTEMD.test(path))
      wrong('systemd mounts this itself, and takes no unit for it; a line in /etc/fstab changes its options')
    if (ensure === 'present' && device === '') wrong('give its device')
    if (/[\\\s]$/.test(path)) wrong('systemd cannot read a path that ends with a backslash or a blank')
    if (ensure === 'present' && isBound(given.options.join(',')) && !device.startsWith('/'))
      wrong('a bind mount needs the absolute path of a directory or a file as its device')
    const fault = ensure === 'present' && type === 'tmpfs' ? tmpfsFault(given.options) : undefined
    if (fault !== undefined) wrong(fault)
    const unit = mountUnit(path)
    const content = unitText(path, given)
    return {
      units: [
        {
          name: unit,
          props: normaliseFile(
            ensure === 'absent' ? { ensure } : { content, validate: understood(unit, content) },
            what,
          ),
        },
      ],
      service: { name: unit, props: serviceProps({ ensure }, wrong) },
      ...(ensure === 'absent'
        ? {}
        : {
            mounted: {
              path,
              what: device,
              ...(type === undefined ? {} : { type }),
              options: given.options.join(','),
              ...(existing === undefined ? {} : { bare: true }),
            },
          }),
    }
  },
})
