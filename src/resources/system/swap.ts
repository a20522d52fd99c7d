import * as v from 'valibot'
import { defineResource } from '../../model/define-resource.ts'
import type { Change, Fields, Item, Refusal } from '../../model/resource.ts'
import { empty, join, type Script, sh, shFile } from '../../shell/script.ts'
import { editFile, editFunctions } from '../edits/edit.ts'
import { madeIn } from '../kit/needs.ts'
import { ensure } from '../kit/properties.ts'

const properties = v.object({
  sizeMb: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(1),
      v.description(
        'The size of a swap file, in MiB. A file of another size is recreated. A device is always used as a whole.',
      ),
    ),
  ),
  priority: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(0),
      v.maxValue(32767),
      v.description('Swap space with a higher priority is used first. Default: the kernel decides.'),
    ),
  ),
  ensure: ensure('`absent` turns it off and removes the file. A device keeps its content.'),
})

interface SwapProps {
  /** Only for a file. */
  readonly sizeMb?: number
  readonly priority?: number
  readonly ensure: 'present' | 'absent'
  /** Its line in /etc/fstab. */
  readonly line: string
}

interface SwapState {
  readonly is: 'file' | 'device' | 'other' | 'absent'
  /** Only for a file. */
  readonly file?: { readonly size: number; readonly access: string }
  /** Its priority, while it is active. */
  readonly on?: number
  /** What it holds, while it is inactive. */
  readonly holds: 'swap' | 'nothing' | 'something'
  /** /etc/fstab has the right entry. */
  readonly table: boolean
}

const FSTAB = '/etc/fstab'
const MB = 1048576
const ACCESS = '600 root:root'

const observe = (items: readonly Item<SwapProps>[]): Script =>
  join(items.map(({ name, props }) => sh`look_at_swap ${[name, props.line]}`))

function parse(records: readonly Fields[]): SwapState {
  const of = (word: string): Fields | undefined => records.find(([first]) => first === word)?.slice(1)
  const [is = 'absent', file] = of('is') ?? []
  const [size, ...access] = file?.split(' ') ?? []
  const [on] = of('on') ?? []
  const [holds = 'swap'] = of('holds') ?? []
  return {
    is: is as SwapState['is'],
    ...(size === undefined ? {} : { file: { size: Number(size), access: access.join(' ') } }),
    ...(on === undefined ? {} : { on: Number(on) }),
    holds: holds as SwapState['holds'],
    table: of('table') !== undefined,
  }
}

const inTheWay: Refusal = {
  refusal: 'not-swap',
  reason: 'Something else than swap is there, and it would be lost.',
  remedy: 'If nobody needs it, remove the file, or run mkswap on the device.',
  changes: [],
  final: true,
}

const size = (bytes: number): string => (bytes % MB === 0 ? `${bytes / MB} MiB` : `${bytes} bytes`)

function diff({ ensure, sizeMb, priority }: SwapProps, state: SwapState | 'absent'): readonly Change[] | Refusal {
  const { is, file, on, holds, table } = state as SwapState
  if (ensure === 'absent') {
    if (is === 'other' || (is === 'file' && holds !== 'swap')) return inTheWay
    return [
      ...(on === undefined ? [] : [{ action: 'remove', attribute: 'now', from: 'on' } as const]),
      ...(is === 'file' && file !== undefined
        ? [{ action: 'remove', attribute: 'file', from: size(file.size) } as const]
        : []),
      ...(table ? [] : [{ action: 'remove', attribute: 'at boot', from: 'on' } as const]),
    ]
  }
  const isFile = sizeMb !== undefined
  if (is === 'other' || is === (isFile ? 'device' : 'file')) return inTheWay
  if (holds === 'something' || (isFile && holds === 'nothing')) return inTheWay
  const changes: Change[] = []
  if (isFile && file === undefined) changes.push({ action: 'create', attribute: 'file', to: `${sizeMb} MiB` })
  else if (isFile && file?.size !== sizeMb * MB)
    changes.push({ action: 'update', attribute: 'size', from: size(file?.size ?? 0), to: `${sizeMb} MiB` })
  else if (file !== undefined && file.access !== ACCESS)
    changes.push({ action: 'update', attribute: 'mode', from: file.access, to: ACCESS })
  if (holds === 'nothing') changes.push({ action: 'create', attribute: 'device', text: 'made swap' })
  if (on === undefined) changes.push({ action: 'update', attribute: 'now', from: 'off', to: 'on' })
  else if (priority !== undefined && on !== priority)
    changes.push({ action: 'update', attribute: 'priority', from: String(on), to: String(priority) })
  return table ? changes : [...changes, { action: 'update', attribute: 'at boot', to: 'on' }]
}

function apply({ name, props: { sizeMb, priority, ensure, line } }: Item<SwapProps>): Script {
  const table = join([
    editFile({ path: FSTAB, mode: '0644', call: sh`fstab_lines ${[name, line]}` }),
    sh`[ ! -d /run/systemd/system ] || systemctl daemon-reload`,
  ])
  if (ensure === 'absent') return join([sh`swap_gone ${name}`, table])
  const make = sizeMb === undefined ? empty : sh`swap_file ${[name, sizeMb]}`
  return join([
    sh`swap_there ${sizeMb === undefined ? [name] : [name, sizeMb]}`,
    make,
    sh`swap_on ${[name, priority === undefined ? '' : String(priority)]}`,
    table,
  ])
}

const look = shFile(import.meta.url, './swap-look.sh')
const swapFunctions = shFile(import.meta.url, './swap.sh')

const words = (line: string): readonly string[] => line.trim().split(/\s+/)

/** Is this line of /etc/fstab about that swap space? */
const isEntry = (name: string, line: string): boolean => words(line)[0] === name && words(line)[2] === 'swap'

/** The options of such a line that mean anything, as swap-look.sh compares them. */
const optionsOf = (line: string): string =>
  (words(line)[3] ?? '')
    .split(',')
    .filter((option) => option !== 'sw' && option !== 'defaults')
    .join()

/**
 * A swap file or device, now and after a reboot: `swap('/swapfile', { sizeMb: 2048 })`, `swap('/dev/nvme1n1', {})`. A
 * file or device that holds anything else is never overwritten.
 */
export const swap = defineResource({
  name: 'swap',
  properties,
  normalise({ sizeMb, priority, ensure }, name, wrong): SwapProps {
    if (!/^(\/[\w.:+@-]+)+$/.test(name) || /\/\.\.?(\/|$)/.test(name)) wrong('write an absolute, plain path')
    const device = name.startsWith('/dev/')
    if (device && sizeMb !== undefined) wrong('sizeMb is the size of a file: a device is used whole')
    if (!device && ensure === 'present' && sizeMb === undefined) wrong('give sizeMb, the size of the file')
    const options = ['sw', ...(priority === undefined ? [] : [`pri=${priority}`])].join()
    return {
      ensure,
      ...(sizeMb === undefined ? {} : { sizeMb }),
      ...(priority === undefined ? {} : { priority }),
      line: ensure === 'absent' ? '' : `${name} none swap ${options} 0 0`,
    }
  },
  observe,
  parse,
  diff,
  apply,
  functions: join([editFunctions, look, swapFunctions]),
  foresee: (items) =>
    join([
      swapFunctions,
      ...items.map(({ name, props: { sizeMb, ensure } }) => {
        if (ensure === 'absent') return sh`foresee_off ${name}`
        return sizeMb === undefined ? empty : sh`foresee_swap ${[name, sizeMb]}`
      }),
    ]),
  needs: (name, { sizeMb }) => (sizeMb === undefined ? [] : madeIn(name)),
  probeFunctions: [look],
  lines: (name, { line }) => ({
    path: FSTAB,
    keeps: () => [],
    drops: (other) => isEntry(name, other) && (line === '' || optionsOf(line) !== optionsOf(other)),
  }),
  places: (name, { ensure }) => {
    if (name.startsWith('/dev/')) return []
    return [{ path: name, as: ensure === 'absent' ? 'nothing' : 'file' }]
  },
})
