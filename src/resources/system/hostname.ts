import * as v from 'valibot'
import { defineResource } from '../../model/define-resource.ts'
import type { Change, Fields, Item } from '../../model/resource.ts'
import { join, type Script, sh, shFile } from '../../shell/script.ts'
import { type EditState, editFile, editFunctions, parseEdit, updateIn } from '../edits/edit.ts'
import { put } from '../kit/put.ts'

const properties = v.object({})

interface HostnameState {
  readonly file: string
  readonly live: string
  /** What differs in the hosts file. */
  readonly hosts: EditState
}

const HOSTS = '/etc/hosts'
const NAME = '/etc/hostname'
const hostnameFunctions = shFile(import.meta.url, './hostname.sh')
const ownNames = (name: string): Script => sh`own_names ${name} "$(names_now)"`

const observe = (items: readonly Item<object>[]): Script =>
  join(
    items.map(
      ({ name }) => sh`
        IFS= read -r now </proc/sys/kernel/hostname
        boot=$(boot_name)
        printf '%s\tis\t%s\t%s\n' ${name} "$now" "$boot"
        [ ! -e ${HOSTS} ] || look_at_edit ${[name, HOSTS]} yes own_names ${name} "$now $boot"`,
    ),
  )

function parse(records: readonly Fields[]): HostnameState {
  const [, live = '', file = ''] = records.find(([word]) => word === 'is') ?? []
  return { live, file, hosts: parseEdit(records) }
}

function diff({ name }: HostnameProps, is: HostnameState | 'absent'): readonly Change[] {
  if (is === 'absent') return []
  const change = (attribute: string, from: string): readonly Change[] =>
    from === name ? [] : [{ action: 'update', attribute, ...(from === '' ? {} : { from }), to: name }]
  return [...change('at boot', is.file), ...change('now', is.live), ...updateIn(HOSTS, is.hosts)]
}

interface HostnameProps {
  readonly name: string
}

// the old names are known until the end, however often the step is cut off
const apply = ({ name }: Item<HostnameProps>): Script => sh`
  if [ -e ${HOSTS} ] && ! ${ownNames(name)} ${HOSTS} | cmp -s - ${HOSTS}; then
  ${editFile({ path: HOSTS, mode: '0644', call: ownNames(name) })}
  fi
  ${put(NAME, { word: `${name}\n` }, { mode: '0644', owner: 'root', group: 'root' })}
  hostname -- ${name}`

/**
 * The host's own name, now and after a reboot: `hostname('web-1.example.com', {})`. In `/etc/hosts`, it replaces the
 * old name on the lines of loopback addresses (Debian's `127.0.1.1`). It changes neither DNS nor `/etc/mailname`; if
 * nothing else resolves the name, add it with `hostsFile`.
 */
export const hostname = defineResource({
  name: 'hostname',
  properties,
  normalise(_, name, wrong): HostnameProps {
    const isName = name.split('.').every((label) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i.test(label))
    if (!isName || name.length > 64)
      wrong(
        'a name consists of letters, digits and "-", in parts of at most 63 with a "." between them, and at most 64 in all',
      )
    // systemd takes the one for no name, and resolvers the other for an address
    if (/^localhost(\.|$)/i.test(name)) wrong('that is every host; give the host a name of its own')
    if (/^[0-9.]+$/.test(name)) wrong('programs take that for an address; a name has a letter')
    return { name }
  },
  observe,
  parse,
  diff,
  apply,
  functions: join([editFunctions, hostnameFunctions]),
  probeFunctions: [editFunctions, hostnameFunctions],
  places: () => [{ path: NAME, as: 'file' }],
})
