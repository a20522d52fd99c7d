import * as v from 'valibot'
import { defineResource } from '../../model/define-resource.ts'
import type { Change, Resource } from '../../model/resource.ts'
import { join, sh, shFile } from '../../shell/script.ts'

const properties = v.object({
  ifNeeded: v.boolean(),
  /** Seconds that the reboot may take. */
  within: v.number(),
})
/** What a run wants of a reboot. */
export type RebootWish = v.InferOutput<typeof properties>

/** What a host reports about its current boot. */
export interface Boot {
  readonly id: string
  /** The running kernel, and the installed ones. */
  readonly runs: string
  readonly installed: readonly string[]
  /** The packages that ask for a reboot; empty if they are not named, undefined if none asks. */
  readonly asked: readonly string[] | undefined
}

/** A kernel's version and flavour: `6.1.0-32` and `cloud-amd64`. */
const parts = (kernel: string): { readonly version: readonly number[]; readonly kind: string } => {
  const [version = ''] = /^\d+([.-]\d+)*/.exec(kernel) ?? []
  return { version: version.split(/[.-]/).map(Number), kind: kernel.slice(version.length) }
}

function isNewer(a: readonly number[], b: readonly number[]): boolean {
  const at = a.findIndex((number, i) => number !== (b[i] ?? -1))
  return at >= 0 && (a[at] ?? 0) > (b[at] ?? -1)
}

/** The newest installed kernel of the running flavour, if it is newer than the running one. Pure. */
export function newerKernel({ runs, installed }: Pick<Boot, 'runs' | 'installed'>): string | undefined {
  const own = parts(runs)
  return installed
    .filter((kernel) => parts(kernel).kind === own.kind && isNewer(parts(kernel).version, own.version))
    .sort((a, b) => (isNewer(parts(a).version, parts(b).version) ? -1 : 1))[0]
}

/** Why a host needs a reboot; empty if it does not. Pure. */
export function needs(boot: Boot): readonly string[] {
  const newer = newerKernel(boot)
  const named = boot.asked?.join(', ') ?? ''
  return [
    ...(newer === undefined ? [] : [`it runs the kernel ${boot.runs}, and ${newer} is installed`]),
    ...(boot.asked === undefined ? [] : [named === '' ? 'its packages ask for it' : `packages ask for it: ${named}`]),
  ]
}

function diff({ ifNeeded }: RebootWish, boot: Boot | 'absent'): readonly Change[] {
  const reasons = boot === 'absent' ? [] : needs(boot)
  if (ifNeeded && reasons.length === 0) return []
  return [{ action: 'restart', text: reasons.length === 0 ? 'as asked' : reasons.join('; ') }]
}

const words = (text = ''): readonly string[] => text.split(' ').filter((word) => word !== '')

/** A reboot of the host: a step if the run asks for one, or the host needs one. The host's turn carries it out. */
export const reboot = defineResource<typeof properties, RebootWish, Boot>({
  name: 'reboot',
  properties,
  interruptsHost: true,
  observe: (items) =>
    join([
      shFile(import.meta.url, './boot.sh'),
      sh`for name in ${items.map(({ name }) => name)}; do
        printf '%s\t%s\t%s\t%s\t%s\n' "$name" "$boot" "$(uname -r)" "$required" "$kernels"
      done`,
    ]),
  parse([first = []]) {
    const [id = '', runs = '', required = '', installed] = first
    const [said, ...asked] = words(required)
    return { id, runs, installed: words(installed), asked: said === 'yes' ? asked : undefined }
  },
  diff,
  apply: () => sh`: # the run itself does that`,
})

/** What a step asks of a reboot, if it is one. */
export const rebootWish = ({ type, props }: Resource): RebootWish | undefined =>
  type === reboot.type ? (props as RebootWish) : undefined
