import * as v from 'valibot'
import { defineResource } from '../../model/define-resource.ts'
import type { Change, Item } from '../../model/resource.ts'
import { type Script, sh } from '../../shell/script.ts'
import { put } from '../kit/put.ts'

const properties = v.object({})

interface HostnameState {
  readonly file: string
  readonly live: string
}

const observe = (items: readonly Item<object>[]): Script => sh`
  IFS= read -r now </proc/sys/kernel/hostname
  boot=; [ ! -e /etc/hostname ] || boot=$(sed -e 's/#.*//' -e '/^[[:space:]]*$/d' /etc/hostname | head -n 1)
  printf '%s\t%s\t%s\n' ${items[0]?.name ?? ''} "$now" "$boot"`

function diff({ name }: HostnameProps, is: HostnameState | 'absent'): readonly Change[] {
  if (is === 'absent') return []
  const change = (attribute: string, from: string): readonly Change[] =>
    from === name ? [] : [{ action: 'update', attribute, ...(from === '' ? {} : { from }), to: name }]
  return [...change('at boot', is.file), ...change('now', is.live)]
}

interface HostnameProps {
  readonly name: string
}

const apply = ({ name }: Item<HostnameProps>): Script => sh`
  ${put('/etc/hostname', { word: `${name}\n` }, { mode: '0644', owner: 'root', group: 'root' })}
  hostname -- ${name}`

/**
 * The host's own name, now and after a reboot: `hostname('web-1.example.com', {})`. It does not change DNS; if nothing
 * else resolves the name, add it with `hostsFile`.
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
    return { name }
  },
  observe,
  parse: ([[live = '', file = ''] = []]): HostnameState => ({ live, file }),
  diff,
  apply,
  places: () => [{ path: '/etc/hostname', as: 'file' }],
})
