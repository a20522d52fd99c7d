import { defineByHand } from '../../model/define-resource.ts'
import { normaliseFile } from '../files/file.ts'
import { absolutePath } from '../kit/path.ts'
import { normaliseService } from './service.ts'
import { type UnitSet, type UnitSetState, unitSetType } from './unit-set.ts'

/** What a recipe writes about a mount. */
export interface MountInput {
  /** What is mounted: a device, `UUID=…`, a directory (with `options: ['bind']`), or a word like `tmpfs`. */
  readonly device?: string
  /** The file system's type; not needed for a bind mount. */
  readonly type?: string
  readonly options?: readonly string[]
  readonly ensure?: 'present' | 'absent'
}

const NETWORK = /^(nfs4?|cifs|ceph|glusterfs|fuse\.sshfs)$/

/** The name of the unit that systemd demands for a path (`systemd-escape --path --suffix=mount`). */
export function mountUnit(path: string): string {
  const bytes = [...Buffer.from(path.slice(1))]
  const escaped = bytes.map((byte, i) => {
    const char = String.fromCharCode(byte)
    if (char === '/') return '-'
    return /[A-Za-z0-9:_]/.test(char) || (char === '.' && i > 0) ? char : `\\x${byte.toString(16).padStart(2, '0')}`
  })
  return `${escaped.join('')}.mount`
}

/** A mounted file system, by a unit of systemd: `mount('/srv/data', { device: '/dev/nvme1n1', type: 'ext4' })`. systemd makes its directory. */
export const mount = defineByHand<MountInput, UnitSet, UnitSetState>(
  unitSetType('mount'),
  (input, path) => {
    const { device = '', type, options = [], ensure = 'present' } = input
    const what = `mount ${absolutePath('mount', path)}`
    if (path === '/') throw new TypeError(`${what}: the root file system is not a recipe's affair`)
    if (ensure === 'present' && device === '') throw new TypeError(`${what}: say which device`)
    if ([device, type ?? '', ...options].some((text) => /[\s\0]/.test(text)))
      throw new TypeError(`${what}: device, type and options hold no white space`)
    const plain = (text: string): string => text.replaceAll('%', '%%')
    const content = [
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
    const unit = mountUnit(path)
    return {
      units: [{ name: unit, props: normaliseFile(ensure === 'absent' ? { ensure } : { content }, what) }],
      service: { name: unit, props: normaliseService({ ensure }, unit) },
    }
  },
  { device: true, type: true, options: true, ensure: true },
)
