import * as v from 'valibot'
import { defineResource } from '../../model/define-resource.ts'
import type { Change, Item, Refusal } from '../../model/resource.ts'
import { join, type Script, sh, shFile } from '../../shell/script.ts'
import { type FileState, fileType, normaliseFile } from '../files/file.ts'
import { fileOf, type OwnFile, ownFileType } from '../files/own-file.ts'
import { ensure } from '../kit/properties.ts'
import { foreseeMasked } from '../systemd/boot/not-at-boot.ts'

const properties = v.object({
  ensure: ensure('`absent`: it is no longer loaded at boot; the running kernel keeps it until the next boot.'),
})

interface ModuleState {
  readonly file: FileState | 'absent'
  readonly loaded: boolean
}

const type = ownFileType<OwnFile>('kernelModule')

/** The kernel's spelling of the name. */
const kernelName = (name: string): string => name.replaceAll('-', '_')

const functions = shFile(import.meta.url, './kernel-module.sh')

const observe = (items: readonly Item<OwnFile>[]): Script =>
  join([
    type.observe(items),
    sh`
      set -- ${items.flatMap(({ name }) => [name, kernelName(name)])}
      while [ $# -gt 0 ]; do
        ! has_module "$2" || printf '%s\tloaded\n' "$1"
        shift 2
      done`,
  ])

function diff({ file }: OwnFile, is: ModuleState | 'absent'): readonly Change[] | Refusal {
  const { file: lies, loaded } = is as ModuleState
  const changes = fileType.diff(file.props, lies, [])
  if ('refusal' in changes || file.props.ensure === 'absent' || loaded) return changes
  return [...changes, { action: 'update', attribute: 'now', to: 'loaded' }]
}

/** Loads it first: a module that the kernel rejects must not be written down for the next boot. */
function apply(item: Item<OwnFile>): Script {
  const put = type.apply(item)
  if (item.props.file.props.ensure === 'absent') return put
  const { name } = item
  return join([
    sh`
      load_module ${[name, kernelName(name)]}
      mkdir -p /etc/modules-load.d`,
    put,
  ])
}

const present = (items: readonly Item<OwnFile>[]): readonly string[] =>
  items.flatMap(({ name, props: { file } }) => (file.props.ensure === 'absent' ? [] : [name]))

/** A kernel module, loaded now and at boot: `kernelModule('br_netfilter', {})`. */
export const kernelModule = defineResource({
  ...type,
  properties,
  normalise({ ensure }, name, wrong): OwnFile {
    if (!/^[\w-]+$/.test(name)) wrong('write its name like "br_netfilter"')
    const what = `kernelModule ${JSON.stringify(name)}`
    const given = ensure === 'absent' ? { ensure } : { content: `${name}\n` }
    return {
      file: { name: `/etc/modules-load.d/provision-${kernelName(name)}.conf`, props: normaliseFile(given, what) },
    }
  },
  observe,
  parse: (records): ModuleState => ({ file: fileOf(records), loaded: records.some(([word]) => word === 'loaded') }),
  diff,
  apply,
  functions,
  foresee: (items) => foreseeMasked('systemd-modules-load.service', present(items)),
  probeFunctions: [...type.probeFunctions, functions],
})
